public import Networks

/// What clients have for themselves beside what the norm policy leaves with them: arrays that never leave them, models of
/// their own. A scenario says it under `personal:`, and it combines with every strategy and norm policy.
public protocol PersonalMethod: RunComponent {
  /// Who has an array of the model, as far as the norm policy shares it.
  func sharing(of tensor: StateTensor, in network: Network) -> TensorSharing
  /// What each client remembers of it from one round that it reports in to the next.
  var clientSlots: [MemorySlot] { get }
  /// Where a client's personal model is, if it is another than the one that it starts a round from.
  var model: PersonalModel? { get }

  /// A client's part in a round.
  ///
  /// - Parameters:
  ///   - round: The round, as the strategy is given it too.
  ///   - shared: The strategy's part, which makes what is sent. By default nothing else is done.
  /// - Throws: What `shared` and the round's calls throw.
  func train(_ round: ClientRound, shared: () throws -> Void) throws
}

extension PersonalMethod {
  public func sharing(of tensor: StateTensor, in network: Network) -> TensorSharing { .shared }
  public var clientSlots: [MemorySlot] { [] }
  public var model: PersonalModel? { nil }
  public func train(_ round: ClientRound, shared: () throws -> Void) throws { try shared() }
}

/// Where a client's personal model is: the values αv + (1 − α)w of the model v in a slot and the state w that it starts a
/// round from, with the statistics and counters of the slot.
public struct PersonalModel: Sendable, Equatable {
  /// The slot of v, which holds a state.
  public let slot: String
  /// The slot of α, which holds one number; nil where α is 1.
  public let share: String?
  /// α of a client that never trained; its v is the initial state.
  public let initialShare: Double

  /// Describes a model.
  public init(slot: String, share: String? = nil, initialShare: Double = 1) {
    self.slot = slot
    self.share = share
    self.initialShare = initialShare
  }

  /// What a client remembers of its model that never trained.
  func initialMemory(_ initial: ModelState) -> SlotMemory {
    var memory = SlotMemory()
    memory[state: slot] = initial
    if let share { memory[scalars: share] = [initialShare] }
    return memory
  }

  /// The personal model of a client. Nil where the slot holds none, or one of another size.
  ///
  /// - Parameter start: The state that the client starts a round from.
  func state(_ start: ModelState, _ memory: SlotMemory, trainableCount: Int) -> ModelState? {
    guard var own = memory[state: slot] else { return nil }
    guard own.values.count == start.values.count, own.counters.count == start.counters.count else { return nil }
    guard let share, let part = memory[scalars: share]?.first else { return own }
    for place in 0..<trainableCount {
      own.values[place] = Self.mixed(own.values[place], start.values[place], part)
    }
    return own
  }

  /// αv + (1 − α)w.
  static func mixed(_ own: Float, _ shared: Float, _ part: Double) -> Float {
    Float(part * Double(own) + (1 - part) * Double(shared))
  }
}

internal import Catalogs
public import Federation
internal import Networks

// guide: begin
/// Each client uses an average of the models that it sent: v ← βv + (1 − β)w_k after each round that it reports in,
/// values and running statistics alike, and the first v is its first w_k. Counters are those of w_k. What is shared is
/// as without it.
///
/// Source: Polyak & Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992, with exponential weights.
public struct OwnAverage: PersonalMethod {
  /// β.
  public let decay: Float

  /// Makes the method.
  ///
  /// - Precondition: 0 ≤ β < 1.
  public init(decay: Float = 0.5) {
    precondition(decay >= 0 && decay < 1, "a β of \(decay)")
    self.decay = decay
  }

  public var clientSlots: [MemorySlot] { [.state("average")] }
  public var model: PersonalModel? { PersonalModel(slot: "average") }

  public func train(_ round: ClientRound, shared: () throws -> Void) throws {
    try shared()
    var average = try round.state()
    if let before = round.memory[state: "average"] {
      for place in average.values.indices {
        average.values[place] = decay * before.values[place] + (1 - decay) * average.values[place]
      }
    }
    round.memory[state: "average"] = average
  }

  static let entry = CatalogEntry<any PersonalMethod>(
    "own-average", "an average of the models that a client sent", source: "Polyak & Juditsky 1992",
    options: [
      Option("decay", .number(.init(0, 1, upperIsOpen: true)), default: .number(0.5), "weight β of the old average")
    ], shorthand: "decay"
  ) { OwnAverage(decay: Float($0.number("decay"))) }
}
// guide: end

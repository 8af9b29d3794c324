public import Networks

/// How updates become the next global weights. The client half is what a local step's gradient gains and what is handed
/// back and kept beside w_k; the server half is what is made of the means. Normalization statistics and counters are
/// never part of either.
///
/// Only `next` has to be written: the rest is by default that of a strategy without a client half. One that says so by
/// `hasGradientTerm` costs a client neither room nor a pass over its values.
public protocol Strategy: Sendable {
  /// What the server's half remembers; its `next` makes it.
  var serverSlots: [MemorySlot] { get }
  /// What each client remembers until it takes part again; its `contribution` sets all of it.
  var clientSlots: [MemorySlot] { get }
  /// The names of the vectors that each client sends beside w_k, of one number for each shared trainable value.
  var returnedVectors: [String] { get }

  /// Why the strategy can't be used with the clients' optimizer, or nil.
  func mismatch(_ optimizer: any Optimizer) -> String?

  /// Whether there may be a `gradientTerm`. A strategy that never has one says so, and layers may put their steps off;
  /// true unless it is said, which costs time and never a term. To have one all the same is an error of the run.
  var hasGradientTerm: Bool { get }

  /// The client half, before the first step: what each local step's gradient gains; nil when nothing does, so that layers
  /// may step by themselves.
  func gradientTerm(_ received: ReceivedState) -> GradientTerm?

  /// s_k, what multiplies a client's weight p_k in the mean of trainable values: above 0 and at most 1.
  ///
  /// - Parameter steps: τ_k.
  func influence(steps: Int) -> Double

  /// The client half, after the last step: the vectors that go to the server beside w_k, by their names, and what the
  /// client remembers.
  ///
  /// Called only where `clientSlots` or `returnedVectors` says that there is something.
  ///
  /// - Parameter memory: Empty at first; takes all of `clientSlots`.
  func contribution(_ received: ReceivedState, _ trained: TrainedState, memory: inout SlotMemory) -> [String: [Float]]

  /// The server half: the next shared trainable values.
  ///
  /// - Parameters:
  ///   - global: The values that the clients received: w.
  ///   - update: What the clients that reported made of them.
  ///   - memory: What the server's slots hold since the round before.
  func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout SlotMemory) -> [Float]
}

extension Strategy {
  public var serverSlots: [MemorySlot] { [] }
  public var clientSlots: [MemorySlot] { [] }
  public var returnedVectors: [String] { [] }
  public func mismatch(_ optimizer: any Optimizer) -> String? { nil }
  public var hasGradientTerm: Bool { true }
  public func gradientTerm(_ received: ReceivedState) -> GradientTerm? { nil }
  public func influence(steps: Int) -> Double { 1 }
  public func contribution(
    _ received: ReceivedState, _ trained: TrainedState, memory: inout SlotMemory
  ) -> [String: [Float]] { [:] }

  /// The names of the server's slots that clients receive.
  var sentSlots: [String] { serverSlots.filter(\.isSent).map(\.name) }
  /// Whether a client hands over or keeps anything beside w_k.
  var hasContribution: Bool { !clientSlots.isEmpty || !returnedVectors.isEmpty }
}

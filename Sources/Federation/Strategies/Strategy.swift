public import Networks

/// What a strategy keeps on the server from round to round; a checkpoint holds it as it is.
public struct StrategyMemory: Sendable, Equatable {
  /// Vectors of one number a shared trainable value, in an order that the strategy knows; empty before the first round.
  public var vectors: [[Float]]

  /// Makes a memory.
  public init(vectors: [[Float]] = []) { self.vectors = vectors }
}

/// How updates become the next global weights. The client half is what a local step's gradient gains and what is handed
/// back and kept beside w_k; the server half is what is made of the means. Normalization statistics and counters are
/// never part of either.
///
/// Only `next` has to be written: the rest is by default that of a strategy without a client half. One that says so by
/// `hasGradientTerm` costs a client neither room nor a pass over its values.
public protocol Strategy: Sendable {
  /// The vectors that travel beside the state and that clients keep.
  var vectors: StrategyVectors { get }

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

  /// The client half, after the last step: what goes to the server beside w_k, and what the client keeps.
  ///
  /// Called only when `vectors` says that there is something.
  func contribution(_ received: ReceivedState, _ trained: TrainedState) -> ClientContribution

  /// The server half: the next shared trainable values.
  ///
  /// - Parameters:
  ///   - global: The values that the clients received: w.
  ///   - update: What the clients that reported made of them.
  ///   - memory: What the strategy kept from the round before.
  func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout StrategyMemory) -> [Float]
}

extension Strategy {
  public var vectors: StrategyVectors { .none }
  public func mismatch(_ optimizer: any Optimizer) -> String? { nil }
  public var hasGradientTerm: Bool { true }
  public func gradientTerm(_ received: ReceivedState) -> GradientTerm? { nil }
  public func influence(steps: Int) -> Double { 1 }
  public func contribution(_ received: ReceivedState, _ trained: TrainedState) -> ClientContribution {
    ClientContribution()
  }
}

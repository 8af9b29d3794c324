/// How many vectors a strategy needs beside the state, each of one number a shared trainable value.
public struct StrategyVectors: Sendable, Equatable {
  /// Of the server's memory, the first so many go to each client of the cohort.
  public var received: Int
  /// So many come back from each client beside w_k and are averaged over those that reported.
  public var returned: Int
  /// So many stay with each client until it takes part again; a checkpoint holds them.
  public var kept: Int

  /// Makes a description.
  public init(received: Int = 0, returned: Int = 0, kept: Int = 0) {
    self.received = received
    self.returned = returned
    self.kept = kept
  }

  /// The state alone.
  public static let none = StrategyVectors()
}

/// What a client's half of a strategy makes of a round beside w_k.
public struct ClientContribution: Sendable, Equatable {
  /// What goes to the server, as many vectors as `StrategyVectors.returned`.
  public var returned: [[Float]]
  /// What the client keeps, as many vectors as `StrategyVectors.kept`.
  public var kept: [[Float]]

  /// Makes a contribution.
  public init(returned: [[Float]] = [], kept: [[Float]] = []) {
    self.returned = returned
    self.kept = kept
  }
}

/// What a client has when its last step is done.
public struct TrainedState {
  /// The values, from value 0 on: w_k where they are shared.
  public let values: UnsafePointer<Float>
  /// τ_k, the steps that it took in this round, at least 1.
  public let steps: Int
  /// η, the learning rate of its optimizer.
  public let learningRate: Double

  /// Describes an end.
  public init(values: UnsafePointer<Float>, steps: Int, learningRate: Double) {
    self.values = values
    self.steps = steps
    self.learningRate = learningRate
  }
}

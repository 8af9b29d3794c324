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

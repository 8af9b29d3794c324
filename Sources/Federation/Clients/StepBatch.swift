public import Networks
public import Tensors

/// The batch of a step that is about to be taken, for who needs gradients elsewhere than at the model that trains.
public struct StepBatch {
  /// The values that the client trains, before the step.
  public let current: Values
  /// The learning rate of the step.
  public let learningRate: Double
  let gradient: (inout ModelState) throws -> [Float]

  /// The gradient of the mean loss of the batch over the trained values of another state, by a training pass that moves
  /// its running statistics and counters; clipped as those of steps are.
  ///
  /// - Throws: `NonFiniteLoss`, or `LibraryError` when oneDNN fails.
  public func gradient(under state: inout ModelState) throws -> [Float] { try gradient(&state) }
}

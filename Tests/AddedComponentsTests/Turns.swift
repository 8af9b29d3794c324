public import Networks
internal import Tensors

// guide: begin
/// A network of features and a head behind it, trained in turns: on each batch first the head, by the features f as they
/// are and with noise, while they rest; then the features, through the new head h', which rests. Each network has its
/// optimizer.
///
///     L_head = CE(h(f), y) + CE(h(f + σε), y)        L_features = CE(h'(f), y)        ε from N(0, 1)
///
/// The loss of a batch is CE(h(f), y); the mean of L_features is recorded as `features_loss`.
///
/// Source: Tseng, "Convergence of a block coordinate descent method", 2001, a network a block; Bishop, "Training with noise
/// is equivalent to Tikhonov regularization", 1995.
public struct Turns: Objective, StepProcedure {
  /// σ.
  public let noise: Float

  /// Makes the objective.
  ///
  /// - Precondition: σ ≥ 0.
  public init(noise: Float = 0.1) {
    precondition(noise >= 0, "a σ of \(noise)")
    self.noise = noise
  }

  public var criterion: any Objective { .crossEntropy }
  public var networks: [String] { ["features", "head"] }
  public func trainingPasses(of network: String) -> Int { network == "head" ? 3 : 1 }

  public func trainingFLOPs(_ model: Network) -> Int {
    guard let features = model.part("features"), let head = model.part("head") else { return 0 }
    // Of the head's last pass the input's gradient is wanted too.
    return features.trainingFLOPs + 2 * head.trainingFLOPs + 3 * head.forwardFLOPs
  }

  public func train(_ step: TrainingStep) throws -> ObjectiveValue {
    let features = try step.forward("features")
    let plain = try step.forward("head", features.outputs)
    var value = try step.loss(self, of: plain)
    try step.backward(plain)
    let shaken = zip(features.outputs, step.noise(features.outputs.count)).map { $0 + noise * $1 }
    let noisy = try step.forward("head", shaken)
    _ = try step.loss(self, of: noisy)
    try step.backward(noisy, adding: true)
    step.take("head")

    let new = try step.forward("head", features.outputs, needsInputGradient: true)
    value.measures["features_loss"] = try step.loss(self, of: new).loss
    try step.backward(features, from: try step.backward(new))
    step.take("features")
    return value
  }

  public func outputs(_ pass: EvaluationPass) throws -> NetworkPass {
    try pass.forward("head", pass.forward("features").outputs)
  }
}
// guide: end

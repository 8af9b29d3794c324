internal import Catalogs
internal import Tensors

/// Adagrad: v ← v + g², w ← w − η·g/(√v + ε).
///
/// Source: Duchi et al. 2011; PyTorch `torch.optim.Adagrad` without learning-rate decay.
public struct Adagrad: Optimizer {
  public var learningRate: Double
  /// Added to the root.
  public let epsilon: Double
  /// λ, added to the gradient as λw.
  public var weightDecay: Double

  /// Makes the optimizer.
  public init(learningRate: Double = 0.01, epsilon: Double = 1e-10, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public var slotNames: [String] { ["sum"] }

  public func step(
    values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, range: Range<Int>, memory: OptimizerMemory
  ) {
    let start = range.lowerBound
    Kernels.adagrad(
      values + start, gradient: gradients + start, accumulator: memory.slot(0, from: start), count: range.count,
      rate: Float(learningRate), epsilon: Float(epsilon), decay: Float(weightDecay))
  }

  static let entry = CatalogEntry<any Optimizer>(
    "adagrad", "steps by the accumulated squares", source: "Duchi et al. 2011",
    options: [
      .learningRate(0.01), Option("epsilon", .number(.above(0)), default: .number(1e-10), "added to the root"),
      .weightDecay(0),
    ]
  ) {
    Adagrad(
      learningRate: $0.number("learning_rate"), epsilon: $0.number("epsilon"), weightDecay: $0.number("weight_decay"))
  }
}

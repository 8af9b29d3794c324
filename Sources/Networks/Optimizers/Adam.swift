internal import Catalogs
internal import Tensors

/// Adam: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − η·m̂/(√v̂ + ε) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ); weight
/// decay is added to g.
///
/// Source: Kingma & Ba 2015; PyTorch `torch.optim.Adam`.
public struct Adam: Optimizer {
  public var learningRate: Double
  /// The weights of the old averages.
  public let betas: (Double, Double)
  /// Added to the root.
  public let epsilon: Double
  /// λ.
  public var weightDecay: Double

  /// Makes the optimizer.
  public init(
    learningRate: Double = 0.001, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public var slotNames: [String] { ["exp_avg", "exp_avg_sq"] }

  public func step(
    values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, range: Range<Int>, memory: OptimizerMemory
  ) {
    adamStep(self, decoupled: false, values: values, gradients: gradients, range: range, memory: memory)
  }

  static let entry = CatalogEntry<any Optimizer>(
    "adam", "Adam", source: "Kingma & Ba 2015", options: adamOptions(weightDecay: 0)
  ) { makeAdam($0) }
}

func adamStep(
  _ adam: Adam, decoupled: Bool, values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
  range: Range<Int>,
  memory: OptimizerMemory
) {
  let start = range.lowerBound
  Kernels.adam(
    values + start, gradient: gradients + start, first: memory.slot(0, from: start),
    second: memory.slot(1, from: start),
    count: range.count, rate: Float(adam.learningRate), beta1: adam.betas.0, beta2: adam.betas.1,
    epsilon: Float(adam.epsilon),
    decay: Float(adam.weightDecay), decoupled: decoupled, step: memory.step)
}

func adamOptions(weightDecay: Double) -> [Option] {
  [
    .learningRate(0.001),
    Option("beta1", .number(.init(0, 1, upperIsOpen: true)), default: .number(0.9), "weight of the old mean"),
    Option("beta2", .number(.init(0, 1, upperIsOpen: true)), default: .number(0.999), "weight of the old mean square"),
    Option("epsilon", .number(.above(0)), default: .number(1e-8), "added to the root"), .weightDecay(weightDecay),
  ]
}

func makeAdam(_ options: Options) -> Adam {
  Adam(
    learningRate: options.number("learning_rate"), betas: (options.number("beta1"), options.number("beta2")),
    epsilon: options.number("epsilon"), weightDecay: options.number("weight_decay"))
}

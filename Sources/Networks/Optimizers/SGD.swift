internal import Catalogs
internal import Tensors

/// Stochastic gradient descent, with momentum if asked for.
///
/// g ← g + λw; v ← momentum·v + g (v = g on the first step); w ← w − η·v, or with Nesterov w ← w − η(g + momentum·v).
///
/// Source: PyTorch `torch.optim.SGD` (Sutskever et al. 2013 for the momentum, without dampening).
public struct SGD: Optimizer {
  public var learningRate: Double
  /// The weight of the old velocity.
  public let momentum: Double
  /// Whether to look ahead.
  public let nesterov: Bool
  /// λ.
  public var weightDecay: Double

  /// Makes the optimizer.
  public init(learningRate: Double, momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  public var slotNames: [String] { momentum == 0 ? [] : ["momentum_buffer"] }
  public var plainRate: Float? { momentum == 0 && weightDecay == 0 ? Float(learningRate) : nil }

  public func step(
    values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, range: Range<Int>, memory: OptimizerMemory
  ) {
    let start = range.lowerBound
    if momentum == 0 {
      Kernels.sgd(
        values + start, gradient: gradients + start, count: range.count, rate: Float(learningRate),
        decay: Float(weightDecay))
    } else {
      Kernels.sgdMomentum(
        values + start, gradient: gradients + start, velocity: memory.slot(0, from: start), count: range.count,
        rate: Float(learningRate), decay: Float(weightDecay), momentum: Float(momentum), nesterov: nesterov,
        isFirst: memory.step == 1)
    }
  }

  static let entry = CatalogEntry<any Optimizer>(
    "sgd", "stochastic gradient descent", source: "torch.optim.SGD",
    options: [
      .learningRate(0.01),
      Option("momentum", .number(.init(0, 1, upperIsOpen: true)), default: .number(0), "weight of the old velocity"),
      Option("nesterov", .boolean, default: .boolean(false), "whether to look ahead"), .weightDecay(0),
    ]
  ) { options in
    if options.boolean("nesterov"), options.number("momentum") == 0 {
      throw OptionProblem("nesterov", "needs a momentum above 0")
    }
    return SGD(
      learningRate: options.number("learning_rate"), momentum: options.number("momentum"),
      nesterov: options.boolean("nesterov"),
      weightDecay: options.number("weight_decay"))
  }
}

extension Option {
  /// The learning rate of every optimizer.
  static func learningRate(_ value: Double) -> Option {
    Option("learning_rate", .number(.above(0)), default: .number(value), "step size η")
  }

  /// The weight decay of every optimizer.
  static func weightDecay(_ value: Double) -> Option {
    Option("weight_decay", .number(.atLeast(0)), default: .number(value), "pull of the weights to zero")
  }
}

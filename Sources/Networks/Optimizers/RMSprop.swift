internal import Catalogs
internal import Tensors

/// RMSprop: v ← αv + (1−α)g², w ← w − η·g/(√v + ε), through a velocity if there is a momentum.
///
/// Source: Tieleman & Hinton 2012; PyTorch `torch.optim.RMSprop`, not centred.
public struct RMSprop: Optimizer {
  /// η.
  public var learningRate: Double
  /// The weight of the old mean square.
  public let alpha: Double
  /// Added to the root.
  public let epsilon: Double
  /// The weight of the old velocity.
  public let momentum: Double
  /// λ, added to the gradient as λw.
  public var weightDecay: Double

  /// Makes the optimizer.
  public init(
    learningRate: Double = 0.01, alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.alpha = alpha
    self.epsilon = epsilon
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  /// The mean squares, and velocities if there is a momentum.
  public var slotNames: [String] { ["square_avg"] + (momentum == 0 ? [] : ["momentum_buffer"]) }

  /// Changes the values of `range` by their gradients.
  public func step(
    values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, range: Range<Int>, memory: OptimizerMemory
  ) {
    let start = range.lowerBound
    Kernels.rmsprop(
      values + start, gradient: gradients + start, average: memory.slot(0, from: start),
      velocity: momentum == 0 ? nil : memory.slot(1, from: start), count: range.count, rate: Float(learningRate),
      alpha: alpha, epsilon: Float(epsilon), decay: Float(weightDecay), momentum: Float(momentum))
  }

  static let entry = CatalogEntry<any Optimizer>(
    "rmsprop", "steps by the running mean square", source: "Tieleman & Hinton 2012",
    options: [
      .learningRate(0.01),
      Option("alpha", .number(.init(0, 1, upperIsOpen: true)), default: .number(0.99), "weight of the old mean square"),
      Option("epsilon", .number(.above(0)), default: .number(1e-8), "added to the root"),
      Option("momentum", .number(.init(0, 1, upperIsOpen: true)), default: .number(0), "weight of the old velocity"),
      .weightDecay(0),
    ]
  ) {
    RMSprop(
      learningRate: $0.number("learning_rate"), alpha: $0.number("alpha"), epsilon: $0.number("epsilon"),
      momentum: $0.number("momentum"), weightDecay: $0.number("weight_decay"))
  }
}

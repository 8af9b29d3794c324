internal import Catalogs
internal import Tensors

/// Adam with decoupled weight decay: w ← w − ηλw before the step.
///
/// Source: Loshchilov & Hutter 2019; PyTorch `torch.optim.AdamW`.
public struct AdamW: Optimizer {
  private var adam: Adam

  /// Makes the optimizer.
  public init(
    learningRate: Double = 0.001, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 0.01
  ) {
    adam = Adam(learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay)
  }

  init(_ adam: Adam) { self.adam = adam }

  public var learningRate: Double {
    get { adam.learningRate }
    set { adam.learningRate = newValue }
  }
  public var weightDecay: Double {
    get { adam.weightDecay }
    set { adam.weightDecay = newValue }
  }
  public var slotNames: [String] { ["exp_avg", "exp_avg_sq"] }

  public func step(
    values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, range: Range<Int>, memory: OptimizerMemory
  ) {
    adamStep(adam, decoupled: true, values: values, gradients: gradients, range: range, memory: memory)
  }

  static let entry = CatalogEntry<any Optimizer>(
    "adamw", "Adam with decoupled weight decay", source: "Loshchilov & Hutter 2019",
    options: adamOptions(weightDecay: 0.01)
  ) { AdamW(makeAdam($0)) }
}

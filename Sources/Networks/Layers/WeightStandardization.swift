internal import Catalogs
internal import Tensors

/// Scaled weight standardization: a convolution uses Ŵ = γ·g/√N · (W − μ)/√(σ² + ε) in place of its weights W.
///
/// μ and σ² (biased) are those of each filter's N = C/groups · kernel area weights; γ is a constant, g a trainable value
/// a filter that starts at 1. What is stored, sent and stepped is W; the gradient goes through μ and σ.
///
/// Source: Brock, De & Smith, "Characterizing signal propagation to close the performance gap in unnormalized ResNets",
/// ICLR 2021; the gain as in Brock et al., "High-Performance Large-Scale Image Recognition Without
/// Normalization", ICML 2021.
/// Differs: ε = 1e-6 is added to σ²; the authors' code bounds N·σ² from below by 1e-4.
public struct WeightStandardization: Sendable, Equatable {
  /// γ; for ReLU networks √2/√(1 − 1/π), so that a convolution behind a ReLU puts out what varies as much as what came
  /// in before it.
  public let gamma: Double
  /// Whether there is a g.
  public let hasGain: Bool

  /// γ of ReLU.
  public static let reluGamma = (2 / (1 - 1 / Double.pi)).squareRoot()
  /// ε.
  static let epsilon = 1e-6

  /// Makes a standardization.
  public init(gamma: Double = reluGamma, hasGain: Bool = true) {
    self.gamma = gamma
    self.hasGain = hasGain
  }

  static let options: [Option] = [
    Option("gamma", .number(.above(0)), default: .number(reluGamma), "constant factor of the weights; that of ReLU"),
    Option("gain", .boolean, default: .boolean(true), "whether each filter has a trainable factor"),
  ]

  init(_ options: Options) {
    self.init(gamma: options.number("gamma"), hasGain: options.boolean("gain"))
  }
}

/// The part of a convolution's plan that makes Ŵ of W, and W's gradient of Ŵ's.
final class StandardizedWeights {
  private let filters: Int
  private let fanIn: Int
  private let factor: Double
  private let weight: Int
  private let gain: Int?
  /// Ŵ, then μ and 1/√(σ² + ε) of each filter.
  private let standardized: Int
  private let means: Int
  private let inverses: Int

  init(_ settings: WeightStandardization, filters: Int, fanIn: Int, _ context: PlanContext) {
    self.filters = filters
    self.fanIn = fanIn
    factor = settings.gamma / Double(fanIn).squareRoot()
    weight = context.offset(named: "weight")
    gain = settings.hasGain ? context.offset(named: "gain") : nil
    standardized = context.reserve(floats: filters * fanIn)
    means = context.reserve(floats: filters)
    inverses = context.reserve(floats: filters)
  }

  /// Ŵ as `forward` left it.
  func values(_ memory: PassMemory) -> UnsafePointer<Float> { UnsafePointer(memory.arena + standardized) }

  func forward(_ memory: PassMemory) {
    Kernels.standardizeRows(
      memory.values + weight, gain: gain.map { UnsafePointer(memory.values + $0) }, rows: filters, columns: fanIn,
      factor: factor, epsilon: WeightStandardization.epsilon, mean: memory.arena + means,
      inverse: memory.arena + inverses, into: memory.arena + standardized)
  }

  /// Makes W's gradient of Ŵ's, which lies where W's is to be, and writes that of g.
  func backward(_ memory: PassMemory) {
    Kernels.standardizeRowsBackward(
      memory.values + weight, gain: gain.map { UnsafePointer(memory.values + $0) }, rows: filters, columns: fanIn,
      factor: factor, mean: memory.arena + means, inverse: memory.arena + inverses,
      gradient: memory.gradients + weight, gainGradient: gain.map { memory.gradients + $0 })
  }
}

internal import Catalogs
internal import Tensors

/// Batch renormalization: a training pass normalizes with the batch's statistics, corrected towards the running ones.
///
///     r = clip(σ_B/σ, 1/r_max, r_max)        d = clip((μ_B − μ)/σ, −d_max, d_max)
///     y = γ·[(x − μ_B)/σ_B·r + d] + β
///
/// σ_B = √(σ²_B + ε), σ = √(σ² + ε) with the running μ and σ² of before the batch. No gradient goes through r and d.
/// Running statistics are updated, and used in evaluation, as without. With r_max = 1 and d_max = 0 it is plain batch
/// normalization.
///
/// Source: Ioffe, "Batch Renormalization", NeurIPS 2017, Algorithm 1.
/// Differs: r_max and d_max are constants, where the paper relaxes them over the first steps; the running variance is
/// averaged in place of σ, and as the layer's convention has it. Keras' `renorm` averages statistics of their own for r
/// and d, with `renorm_momentum`.
public struct BatchRenormalization: Sendable, Equatable {
  /// r_max, at least 1.
  public let ratioLimit: Double
  /// d_max, at least 0.
  public let shiftLimit: Double

  /// Makes a renormalization; the limits are those that the paper ends with unless given.
  public init(ratioLimit: Double = 3, shiftLimit: Double = 5) {
    self.ratioLimit = ratioLimit
    self.shiftLimit = shiftLimit
  }

  static let options: [Option] = [
    Option("r_max", .number(.atLeast(1)), default: .number(3), "r is within 1/r_max and r_max"),
    Option("d_max", .number(.atLeast(0)), default: .number(5), "d is within ±d_max"),
  ]

  init(_ options: Options) {
    self.init(ratioLimit: options.number("r_max"), shiftLimit: options.number("d_max"))
  }
}

/// The part of a plan that has r and d, one a channel.
struct BatchCorrections {
  private let limits: BatchRenormalization
  private let channels: Int
  private let epsilon: Double
  private let runningMean: Int
  private let runningVariance: Int
  private let r: Int
  private let d: Int

  /// Reserves room for r and d; nil where the pass has no use for them.
  init?(_ layer: BatchNorm, channels: Int, isUsed: Bool, _ context: PlanContext) {
    guard isUsed, let limits = layer.renormalization, let mean = context.offset(.runningMean),
      let variance = context.offset(.runningVariance)
    else { return nil }
    self.limits = limits
    self.channels = channels
    epsilon = layer.epsilon
    runningMean = mean
    runningVariance = variance
    r = context.reserve(floats: channels)
    d = context.reserve(floats: channels)
  }

  /// r, d = of the batch's moments and the running statistics, before these are updated.
  func measure(mean: UnsafePointer<Float>, variance: UnsafePointer<Float>, _ memory: PassMemory) {
    for c in 0..<channels {
      let own = (Double(variance[c]) + epsilon).squareRoot()
      let running = (Double(memory.values[runningVariance + c]) + epsilon).squareRoot()
      let shift = (Double(mean[c]) - Double(memory.values[runningMean + c])) / running
      memory.arena[r + c] = Float(min(max(own / running, 1 / limits.ratioLimit), limits.ratioLimit))
      memory.arena[d + c] = Float(min(max(shift, -limits.shiftLimit), limits.shiftLimit))
    }
  }

  /// scale = γ/σ_B·r, where it was γ/σ_B, and shift = β − μ_B·scale + γ·d.
  func apply(
    mean: UnsafePointer<Float>, scale: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>, gamma: Int?,
    beta: Int?, _ memory: PassMemory
  ) {
    for c in 0..<channels {
      let (ratio, offset) = (memory.arena[r + c], memory.arena[d + c])
      // Left as it is where there is nothing to correct, so that it is plain batch normalization to the last bit.
      if ratio == 1, offset == 0 { continue }
      scale[c] *= ratio
      let scaled = (gamma.map { memory.values[$0 + c] } ?? 1) * offset
      let moved = Double(beta.map { memory.values[$0 + c] } ?? 0) - Double(mean[c]) * Double(scale[c])
      shift[c] = Float(moved + Double(scaled))
    }
  }

  /// γ's gradient = Σg·(x̂·r + d), of Σg·x̂ and Σg.
  func writeScaleGradient(
    dot: UnsafePointer<Float>, sum: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>,
    _ memory: PassMemory
  ) {
    for c in 0..<channels { gradient[c] = memory.arena[r + c] * dot[c] + memory.arena[d + c] * sum[c] }
  }
}

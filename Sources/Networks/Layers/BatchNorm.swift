internal import Catalogs
public import Tensors

/// Normalizes each channel over the batch, then scales and shifts it: y = γ(x − μ_B)/√(σ²_B + ε) + β, σ²_B biased.
///
/// Activations `[N, H, W, C]`, `[N, T, C]` or `[N, C]`; the channel is the last axis. M = N·H·W values a channel;
/// training needs M ≥ 2. Inference normalizes with the running statistics, or with the batch's if `track` is off.
///
/// Running update (PyTorch): μ ← (1−m)μ + m·μ_B, σ² ← (1−m)σ² + m·M/(M−1)·σ²_B; `cumulative`: m = 1/(batches seen).
/// Keras: μ ← m·μ + (1−m)μ_B and the same for σ² with the biased variance.
///
/// Source: Ioffe & Szegedy 2015, Algorithm 1.
/// Differs: the running variance is unbiased and `momentum` weighs the new batch, as in PyTorch, unless `convention:
/// keras`.
public struct BatchNorm: NormalizationLayer {
  public static let kind = "batch_norm"
  public static let namePrefix = "bn"

  /// What `momentum` weighs and which variance is kept.
  public enum Convention: String, Sendable, CaseIterable {
    /// `momentum` weighs the new batch; the running variance is unbiased.
    case pytorch
    /// `momentum` weighs the old value; the running variance is biased.
    case keras
  }

  /// How fast running statistics follow the batches.
  public enum Momentum: Sendable, Equatable {
    /// A fixed weight, of what the convention says.
    case fixed(Double)
    /// All batches weigh the same.
    case cumulative
  }

  public let name: String?
  /// The convention.
  public let convention: Convention
  /// How fast running statistics follow.
  public let momentum: Momentum
  /// Added to the variance.
  public let epsilon: Double
  /// Whether there is a β.
  public let center: Bool
  /// Whether there is a γ.
  public let scale: Bool
  /// Whether running statistics are kept.
  public let track: Bool
  /// Whether a ReLU follows in the same pass.
  public let hasReLU: Bool

  /// Makes the layer; momentum and epsilon are those of the convention unless given: 0.1 and 1e-5, or Keras' 0.99 and
  /// 1e-3.
  public init(
    name: String? = nil, convention: Convention = .pytorch, momentum: Momentum? = nil, epsilon: Double? = nil,
    center: Bool = true, scale: Bool = true, track: Bool = true, hasReLU: Bool = false
  ) {
    self.name = name
    self.convention = convention
    self.momentum = momentum ?? .fixed(convention == .keras ? 0.99 : 0.1)
    self.epsilon = epsilon ?? (convention == .keras ? 1e-3 : 1e-5)
    self.center = center
    self.scale = scale
    self.track = track
    self.hasReLU = hasReLU
  }

  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    let shape = [input.channels]
    var tensors: [TensorSpec] = []
    if scale { tensors.append(TensorSpec("weight", shape, .normScale, .constant(1))) }
    if center { tensors.append(TensorSpec("bias", shape, .normShift, .constant(0))) }
    if track {
      tensors.append(TensorSpec("running_mean", shape, .runningMean, .constant(0)))
      tensors.append(TensorSpec("running_var", shape, .runningVariance, .constant(1)))
      tensors.append(TensorSpec("num_batches_tracked", [], .batchCount, .constant(0)))
    }
    return ResolvedLayer(output: input, tensors: tensors, flops: 8 * input.count, batchPositions: input.positions)
  }

  public var takesBlockedImages: Bool { true }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { BatchNormPlan(self, context, relu: hasReLU) }

  static let entry = CatalogEntry<any Layer>(
    kind, "normalizes each channel over the batch", source: "Ioffe & Szegedy 2015",
    options: [
      .layerName,
      Option(
        "convention", .choice(Convention.allCases.map(\.rawValue)), default: .text("pytorch"), "what momentum weighs"),
      .optional(
        "momentum", .either([.number(.unit), .choice(["cumulative"])]),
        "weight of the new batch (keras: of the old value); 0.1, keras 0.99"),
      .optional("epsilon", .number(.above(0)), "added to the variance; 1e-5, keras 1e-3"),
      Option("center", .boolean, default: .boolean(true), "whether there is a β"),
      Option("scale", .boolean, default: .boolean(true), "whether there is a γ"),
      Option("track", .boolean, default: .boolean(true), "whether running statistics are kept"),
      Option("activation", .choice(["none", "relu"]), default: .text("none"), "what follows in the same pass"),
    ]
  ) { options in
    let momentum: Momentum? =
      options.optionalText("momentum") == "cumulative"
      ? .cumulative : options.optionalNumber("momentum").map { .fixed($0) }
    return BatchNorm(
      name: options.optionalText("name"), convention: Convention(rawValue: options.text("convention")) ?? .pytorch,
      momentum: momentum, epsilon: options.optionalNumber("epsilon"), center: options.boolean("center"),
      scale: options.boolean("scale"), track: options.boolean("track"), hasReLU: options.text("activation") == "relu")
  }
}

extension BatchNorm: ReLUFusing {
  func makeFusedPlan(_ context: PlanContext) throws -> LayerPlan { BatchNormPlan(self, context, relu: true) }
}

private final class BatchNormPlan: LayerPlan {
  private let layer: BatchNorm
  private let relu: Bool
  private let rows: Int
  private let channels: Int
  private let blockedSamples: Int?
  private let usesBatch: Bool
  private let updates: Bool
  private let gamma: Int?
  private let beta: Int?
  private let runningMean: Int?
  private let runningVariance: Int?
  private let batchCount: Int?
  /// Seven vectors of one value a channel: mean, inverse deviation, scale, shift, and the backward pass's a, b, c.
  private let vectors: Int
  private let stride: Int

  init(_ layer: BatchNorm, _ context: PlanContext, relu: Bool) {
    self.layer = layer
    self.relu = relu
    rows = context.batch * context.input.positions
    channels = context.input.channels
    blockedSamples = context.inputLayout == .blocked ? context.batch : nil
    usesBatch = !layer.track || context.mode.statistics == .batch
    updates = layer.track && context.mode == .training
    gamma = context.offset(.normScale)
    beta = context.offset(.normShift)
    runningMean = context.offset(.runningMean)
    runningVariance = context.offset(.runningVariance)
    batchCount = context.offset(.batchCount)
    stride = (channels + 15) & ~15
    vectors = context.reserve(floats: 7 * stride)
  }

  override var sharesGradient: Bool { true }
  override var backwardReadsOutput: Bool { false }

  private func vector(_ index: Int, _ memory: PassMemory) -> UnsafeMutablePointer<Float> {
    memory.arena + vectors + index * stride
  }

  override func forward(_ memory: PassMemory) {
    let mean = vector(0, memory)
    let inverse = vector(1, memory)
    if usesBatch {
      Kernels.channelMoments(
        x(memory), rows: rows, channels: channels, blockedSamples: blockedSamples, mean: mean, variance: inverse)
      if updates { updateRunning(mean: mean, variance: inverse, memory) }
    } else if let runningMean, let runningVariance {
      mean.update(from: memory.values + runningMean, count: channels)
      inverse.update(from: memory.values + runningVariance, count: channels)
    }
    let scale = vector(2, memory)
    let shift = vector(3, memory)
    Kernels.normalizationVectors(
      mean: mean, gamma: gamma.map { UnsafePointer(memory.values + $0) },
      beta: beta.map { UnsafePointer(memory.values + $0) }, channels: channels, epsilon: layer.epsilon,
      inverse: inverse, scale: scale, shift: shift)
    Kernels.channelAffine(
      x(memory), rows: rows, channels: channels, blockedSamples: blockedSamples, scale: scale, shift: shift, relu: relu,
      into: y(memory))
  }

  private func updateRunning(mean: UnsafePointer<Float>, variance: UnsafePointer<Float>, _ memory: PassMemory) {
    guard let runningMean, let runningVariance, let batchCount else { return }
    memory.counters[batchCount] += 1
    let newShare = layer.fixedNewShare ?? 1 / Double(memory.counters[batchCount])
    let count = Double(rows)
    let correction = layer.convention == .keras ? 1 : count / max(1, count - 1)
    let kept = Float(1 - newShare)
    let taken = Float(newShare)
    let takenVariance = Float(newShare * correction)
    let means = memory.values + runningMean
    let variances = memory.values + runningVariance
    for c in 0..<channels {
      means[c] = kept * means[c] + taken * mean[c]
      variances[c] = kept * variances[c] + takenVariance * variance[c]
    }
  }

  override func backward(_ memory: PassMemory) {
    let mean = vector(0, memory)
    let inverse = vector(1, memory)
    let scale = vector(2, memory)
    let shift = vector(3, memory)
    let sum = vector(5, memory)
    let dot = vector(6, memory)
    Kernels.normalizationSums(
      x(memory), gradient: dy(memory), rows: rows, channels: channels, blockedSamples: blockedSamples, mean: mean,
      inverse: inverse, scale: scale, shift: shift, relu: relu, sum: sum, dot: dot)
    if let gamma { (memory.gradients + gamma).update(from: dot, count: channels) }
    if let beta { (memory.gradients + beta).update(from: sum, count: channels) }
    guard let dx = dx(memory) else { return }
    // dx = γ/σ · (g − Σg/M − x̂·Σ(g·x̂)/M); with running statistics the sums have no part in it.
    let share = usesBatch ? 1 / Float(rows) : 0
    for c in 0..<channels {
      sum[c] = scale[c] * sum[c] * share
      dot[c] = scale[c] * inverse[c] * dot[c] * share
    }
    Kernels.normalizationInputGradient(
      x(memory), gradient: dy(memory), rows: rows, channels: channels, blockedSamples: blockedSamples, mean: mean,
      scale: scale, shift: shift, relu: relu, a: scale, b: sum, c: dot, into: dx)
  }
}

internal import Foundation
internal import Tensors

extension BatchNorm: LayerFusing {
  /// A ReLU, a pooling that keeps the largest values, or both; with channels that are not the last axis a ReLU alone.
  func fusedCount(of following: [any Layer], input: Shape) -> Int {
    let relus = following.first is ReLU ? 1 : 0
    let isPooled = permuted(input) == nil && following.dropFirst(relus).first is MaxPool2D
    return isPooled ? relus + 1 : relus
  }

  func makePlan(_ context: PlanContext, followedBy fused: [any Layer]) throws -> LayerPlan {
    let relu = hasReLU || fused.first is ReLU
    guard let permuted = permuted(context.input) else {
      return BatchNormPlan(self, context, relu: relu, pool: fused.last as? MaxPool2D)
    }
    return PermutedBatchNormPlan(self, context, permuted: permuted, relu: relu)
  }
}

/// Forward and backward of `BatchNorm`, under every source of statistics, and of a ReLU and a pooling behind it.
///
/// With a pooling what is normalized is never stored: both passes find each window's largest value from the input.
final class BatchNormPlan: LayerPlan {
  private let layer: BatchNorm
  private let relu: Bool
  private let pool: MaxPooling?
  private let rows: Int
  private let channels: Int
  private let source: PassMode.Statistics
  private let updates: Bool
  private let collects: Bool
  private let gamma: Int?
  private let beta: Int?
  private let mixing: Int?
  private let runningMean: Int?
  private let runningVariance: Int?
  private let batchCount: Int?
  private let statisticsStart: Int
  /// Seven vectors of one value a channel: mean, inverse deviation, scale, shift, and the backward pass's a, b, c; where
  /// statistics are mixed two more, the batch's own mean and variance.
  private let vectors: Int
  private let stride: Int
  /// r and d of batch renormalization, where the pass has them.
  private let corrections: BatchCorrections?

  init(_ layer: BatchNorm, _ context: PlanContext, relu: Bool, pool: MaxPool2D?) {
    self.layer = layer
    self.relu = relu
    self.pool = pool.map {
      MaxPooling(batch: context.batch, input: context.input, output: context.output, geometry: $0.geometry)
    }
    rows = context.batch * context.input.positions
    channels = context.input.channels
    gamma = context.offset(.normScale)
    beta = context.offset(.normShift)
    mixing = context.offset(.normMixing)
    runningMean = context.offset(.runningMean)
    runningVariance = context.offset(.runningVariance)
    batchCount = context.offset(.batchCount)
    statisticsStart = context.statisticsStart
    let wanted = context.mode.statistics
    // A layer without running statistics, or without mixing, has nothing but the batch; or the batches of all clients.
    source = wanted != .joint && !layer.track || wanted == .mixed && mixing == nil ? .batch : wanted
    updates = layer.track && context.mode.isTraining && (wanted == .batch || wanted == .joint)
    collects = layer.track && context.mode.collectsMoments
    stride = (channels + 15) & ~15
    vectors = context.reserve(floats: (source == .mixed ? 9 : 7) * stride)
    if collects { context.requireScratch(bytes: 16 * channels) }
    if let pool = self.pool, context.mode.isTraining { context.requireScratch(bytes: pool.scratchBytes) }
    corrections = BatchCorrections(layer, channels: channels, isUsed: updates && source == .batch, context)
  }

  /// The gradient of a pooled output is smaller than that of the input.
  override var sharesGradient: Bool { pool == nil }
  override var backwardReadsOutput: Bool { false }

  private func vector(_ index: Int, _ memory: PassMemory) -> UnsafeMutablePointer<Float> {
    memory.arena + vectors + index * stride
  }

  override func forward(_ memory: PassMemory) throws {
    let mean = vector(0, memory)
    let inverse = vector(1, memory)
    if collects {
      collect(mean: mean, variance: inverse, memory)
    } else if source == .batch || source == .mixed {
      Kernels.channelMoments(
        x(memory), rows: rows, channels: channels, mean: mean, variance: inverse)
    }
    switch source {
    case .batch:
      corrections?.measure(mean: mean, variance: inverse, memory)
      if updates { updateRunning(mean: mean, variance: inverse, rows: rows, memory) }
    case .running:
      if let runningMean, let runningVariance {
        mean.update(from: memory.values + runningMean, count: channels)
        inverse.update(from: memory.values + runningVariance, count: channels)
      }
    case .mixed: mix(memory, mean: mean, variance: inverse)
    case .joint:
      let joint = try joint(memory).nextMoments { ownMoments(memory) }
      for c in 0..<channels { (mean[c], inverse[c]) = (joint.mean[c], joint.variance[c]) }
      if updates { updateRunning(mean: mean, variance: inverse, rows: Int(joint.count), memory) }
    }
    let scale = vector(2, memory)
    let shift = vector(3, memory)
    Kernels.normalizationVectors(
      mean: mean, gamma: gamma.map { UnsafePointer(memory.values + $0) },
      beta: beta.map { UnsafePointer(memory.values + $0) }, channels: channels, epsilon: layer.epsilon,
      inverse: inverse, scale: scale, shift: shift)
    corrections?.apply(mean: mean, scale: scale, shift: shift, gamma: gamma, beta: beta, memory)
    if let pool {
      pool.forward(x(memory), scale: scale, shift: shift, relu: relu, into: y(memory))
    } else {
      Kernels.channelAffine(
        x(memory), rows: rows, channels: channels, scale: scale, shift: shift, relu: relu, into: y(memory))
    }
  }

  /// The batch's moments as they are before they are rounded.
  private func measure(
    _ memory: PassMemory, mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>
  ) {
    Kernels.unroundedChannelMoments(
      x(memory), rows: rows, channels: channels, mean: mean, variance: variance)
  }

  /// Measures the batch, and adds its moments to those of the pass.
  private func collect(
    mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>, _ memory: PassMemory
  ) {
    let means = memory.scratch.assumingMemoryBound(to: Double.self)
    let variances = means + channels
    measure(memory, mean: means, variance: variances)
    for c in 0..<channels {
      mean[c] = Float(means[c])
      variance[c] = Float(variances[c])
    }
    guard let moments = memory.moments, let runningMean, let runningVariance, let batchCount else { return }
    moments.add(
      mean: means, variance: variances, channels: channels, rows: rows, meanPlace: runningMean - statisticsStart,
      variancePlace: runningVariance - statisticsStart, counter: batchCount)
  }

  private func updateRunning(
    mean: UnsafePointer<Float>, variance: UnsafePointer<Float>, rows: Int, _ memory: PassMemory
  ) {
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

  override func backward(_ memory: PassMemory) throws {
    let mean = vector(0, memory)
    let inverse = vector(1, memory)
    let scale = vector(2, memory)
    let shift = vector(3, memory)
    let sum = vector(5, memory)
    let dot = vector(6, memory)
    if let pool {
      pool.sums(
        x(memory), gradient: dy(memory), mean: mean, inverse: inverse, scale: scale, shift: shift, relu: relu, sum: sum,
        dot: dot, scratch: memory.scratch)
    } else {
      Kernels.normalizationSums(
        x(memory), gradient: dy(memory), rows: rows, channels: channels, mean: mean, inverse: inverse, scale: scale,
        shift: shift, relu: relu, sum: sum, dot: dot)
    }
    if let gamma, let corrections {
      corrections.writeScaleGradient(dot: dot, sum: sum, into: memory.gradients + gamma, memory)
    } else if let gamma {
      (memory.gradients + gamma).update(from: dot, count: channels)
    }
    if let beta { (memory.gradients + beta).update(from: sum, count: channels) }
    if source == .mixed { writeMixingGradient(memory) }
    guard let dx = dx(memory) else { return }
    if source == .joint {
      let joint = try joint(memory).nextSums {
        (
          Array(UnsafeBufferPointer(start: sum, count: channels)),
          Array(UnsafeBufferPointer(start: dot, count: channels))
        )
      }
      for c in 0..<channels { (sum[c], dot[c]) = (joint.sum[c], joint.dot[c]) }
    }
    // dx = γ/σ · (g − Σg/M − x̂·Σ(g·x̂)/M); with running statistics the sums have no part in it.
    let share = source == .running ? 0 : 1 / Float(rows)
    for c in 0..<channels {
      sum[c] = scale[c] * sum[c] * share
      dot[c] = scale[c] * inverse[c] * dot[c] * share
    }
    if source == .mixed { weighMixedSums(memory) }
    if let pool {
      pool.inputGradient(
        x(memory), gradient: dy(memory), mean: mean, scale: scale, shift: shift, relu: relu, a: scale, b: sum, c: dot,
        into: dx, scratch: memory.scratch)
    } else {
      Kernels.normalizationInputGradient(
        x(memory), gradient: dy(memory), rows: rows, channels: channels, mean: mean, scale: scale, shift: shift,
        relu: relu, a: scale, b: sum, c: dot, into: dx)
    }
  }
}

// MARK: Part batch, part running statistics

extension BatchNorm {
  /// s = ln(a/(1 − a)); ±40 stand for ±∞, where a is 1 or 0 to the last bit and learns no more.
  static func mixingTensor(_ shape: [Int], initial part: Double) -> TensorSpec {
    let logit = part <= 0 ? -40 : part >= 1 ? 40 : max(-40, min(40, log(part / (1 - part))))
    return TensorSpec("mixing", shape, .normMixing, .constant(Float(logit)))
  }
}

extension BatchNormPlan {
  private func part(_ channel: Int, _ memory: PassMemory) -> Float {
    guard let mixing else { return 1 }
    return 1 / (1 + exp(-memory.values[mixing + channel]))
  }

  /// μ = a·μ_B + (1 − a)·μ_running, and the same for σ²; both hold the batch's before.
  private func mix(_ memory: PassMemory, mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>) {
    guard let runningMean, let runningVariance else { return }
    let batchMean = vector(7, memory)
    let batchVariance = vector(8, memory)
    batchMean.update(from: mean, count: channels)
    batchVariance.update(from: variance, count: channels)
    for c in 0..<channels {
      let a = part(c, memory)
      mean[c] = a * mean[c] + (1 - a) * memory.values[runningMean + c]
      variance[c] = a * variance[c] + (1 - a) * memory.values[runningVariance + c]
    }
  }

  /// ∂L/∂s = a(1 − a)·[∂L/∂μ·(μ_B − μ_running) + ∂L/∂σ²·(σ²_B − σ²_running)], where ∂L/∂μ = −γ/σ·Σg and
  /// ∂L/∂σ² = −½·γ/σ²·Σg·x̂.
  private func writeMixingGradient(_ memory: PassMemory) {
    guard let mixing, let runningMean, let runningVariance else { return }
    let (inverse, scale, sum, dot) = (
      vector(1, memory), vector(2, memory), vector(5, memory), vector(6, memory)
    )
    for c in 0..<channels {
      let a = part(c, memory)
      let byMean = -scale[c] * sum[c] * (vector(7, memory)[c] - memory.values[runningMean + c])
      let byVariance =
        -0.5 * scale[c] * inverse[c] * dot[c] * (vector(8, memory)[c] - memory.values[runningVariance + c])
      memory.gradients[mixing + c] = a * (1 - a) * (byMean + byVariance)
    }
  }

  /// The batch has only the part a in the statistics; and its mean is not theirs: (x − μ_B) = (x − μ) + (μ − μ_B).
  private func weighMixedSums(_ memory: PassMemory) {
    let (mean, sum, dot) = (vector(0, memory), vector(5, memory), vector(6, memory))
    for c in 0..<channels {
      let a = part(c, memory)
      dot[c] *= a
      sum[c] = a * sum[c] + dot[c] * (mean[c] - vector(7, memory)[c])
    }
  }
}

// MARK: Statistics of several clients' batches

extension BatchNormPlan {
  private func joint(_ memory: PassMemory) -> JointPasses {
    guard let joint = memory.joint else { preconditionFailure("a pass with joint statistics was given none") }
    return joint
  }

  /// The moments of the batch at hand, not rounded, and the values a channel that they are of.
  private func ownMoments(_ memory: PassMemory) -> (mean: [Double], variance: [Double], rows: Int) {
    var (mean, variance) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    measure(memory, mean: &mean, variance: &variance)
    return (mean, variance, rows)
  }
}

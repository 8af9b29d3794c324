internal import Catalogs
internal import Tensors

/// A layer that normalizes within each sample, over groups of channels and all their positions, then scales and
/// shifts each channel.
///
/// It keeps no running statistics: training and inference are the same. A ReLU may follow in the same pass. `GroupNorm`, `LayerNorm` and `InstanceNorm`
/// differ in the groups alone.
protocol SampleNormLayer: NormalizationLayer, LayerFusing {
  /// Added to the variance.
  var epsilon: Double { get }
  /// Whether there is a β a channel.
  var center: Bool { get }
  /// Whether there is a γ a channel.
  var scale: Bool { get }
  /// The groups of channels, and over how many positions at a time they are normalized.
  ///
  /// - Throws: `LayerProblem` when the input can't be grouped so.
  func grouping(input: Shape) throws(LayerProblem) -> (groups: Int, positions: Int)
}

extension SampleNormLayer {
  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    let (groups, positions) = try grouping(input: input)
    guard input.channels / groups * positions >= 2 else {
      throw LayerProblem("\(Self.kind) would normalize single values: its input is [\(input)] in \(groups) groups")
    }
    var tensors: [TensorSpec] = []
    if scale { tensors.append(TensorSpec("weight", [input.channels], .normScale, .constant(1))) }
    if center { tensors.append(TensorSpec("bias", [input.channels], .normShift, .constant(0))) }
    return ResolvedLayer(output: input, tensors: tensors, flops: 8 * input.count)
  }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { try makePlan(context, relu: hasReLU) }

  func makePlan(_ context: PlanContext, followedBy fused: [any Layer]) throws -> LayerPlan {
    try makePlan(context, relu: hasReLU || !fused.isEmpty)
  }

  private func makePlan(_ context: PlanContext, relu: Bool) throws -> LayerPlan {
    let (groups, positions) = try grouping(input: context.input)
    return SampleNormPlan(context, groups: groups, positions: positions, epsilon: epsilon, relu: relu)
  }
}

let sampleNormOptions: [Option] = [
  Option("epsilon", .number(.above(0)), default: .number(1e-5), "added to the variance"),
  Option("center", .boolean, default: .boolean(true), "whether there is a β"),
  Option("scale", .boolean, default: .boolean(true), "whether there is a γ"),
  Option("activation", .choice(["none", "relu"]), default: .text("none"), "what follows in the same pass"),
]

/// Group normalization of `instances` = samples, or samples × positions, each `positions × channels`.
private final class SampleNormPlan: LayerPlan {
  private let instances: Int
  private let positions: Int
  private let channels: Int
  private let groups: Int
  private let epsilon: Double
  private let relu: Bool
  private let gamma: Int?
  private let beta: Int?
  /// Mean and inverse deviation of each instance's groups.
  private let statistics: Int
  /// Eight vectors of one value a channel.
  private let vectors: Int
  private let stride: Int

  init(_ context: PlanContext, groups: Int, positions: Int, epsilon: Double, relu: Bool) {
    self.relu = relu
    self.groups = groups
    self.positions = positions
    self.epsilon = epsilon
    channels = context.input.channels
    instances = context.batch * context.input.positions / positions
    gamma = context.offset(.normScale)
    beta = context.offset(.normShift)
    stride = (channels + 15) & ~15
    statistics = context.reserve(floats: 2 * instances * groups)
    vectors = context.reserve(floats: 8 * stride)
    context.requireScratch(bytes: 16 * channels)
  }

  override var sharesGradient: Bool { true }
  override var backwardReadsOutput: Bool { false }

  private func vector(_ index: Int, _ memory: PassMemory) -> UnsafeMutablePointer<Float> {
    memory.arena + vectors + index * stride
  }

  override func forward(_ memory: PassMemory) {
    let size = channels / groups
    // Not rounded: the group's variance is of what its channels' means are apart.
    let mean = memory.scratch.assumingMemoryBound(to: Double.self)
    let variance = mean + channels
    for instance in 0..<instances {
      let offset = instance * positions * channels
      Kernels.unroundedChannelMoments(
        x(memory) + offset, rows: positions, channels: channels, mean: mean, variance: variance)
      let own = memory.arena + statistics + 2 * instance * groups
      for group in 0..<groups {
        // The law of total variance over the group's channels, which all have the same number of values.
        let members = (group * size)..<((group + 1) * size)
        var groupMean = 0.0
        for c in members { groupMean += mean[c] }
        groupMean /= Double(size)
        var groupVariance = 0.0
        for c in members {
          let distance = mean[c] - groupMean
          groupVariance += variance[c] + distance * distance
        }
        own[2 * group] = Float(groupMean)
        own[2 * group + 1] = Float(1 / (groupVariance / Double(size) + epsilon).squareRoot())
      }
      spread(instance, memory)
      Kernels.channelAffine(
        x(memory) + offset, rows: positions, channels: channels, scale: vector(2, memory), shift: vector(3, memory),
        relu: relu,
        into: y(memory) + offset)
    }
  }

  /// Vectors 0 to 3 = mean, inverse deviation, scale and shift of an instance's channels.
  private func spread(_ instance: Int, _ memory: PassMemory) {
    let size = channels / groups
    let own = memory.arena + statistics + 2 * instance * groups
    for c in 0..<channels {
      let mean = own[2 * (c / size)]
      let inverse = own[2 * (c / size) + 1]
      let scale = inverse * (gamma.map { memory.values[$0 + c] } ?? 1)
      vector(0, memory)[c] = mean
      vector(1, memory)[c] = inverse
      vector(2, memory)[c] = scale
      vector(3, memory)[c] = Float(Double(beta.map { memory.values[$0 + c] } ?? 0) - Double(mean) * Double(scale))
    }
  }

  override func backward(_ memory: PassMemory) {
    let size = channels / groups
    let values = Double(size * positions)
    let sum = vector(4, memory)
    let dot = vector(5, memory)
    let b = vector(6, memory)
    let c = vector(7, memory)
    if let gamma { (memory.gradients + gamma).update(repeating: 0, count: channels) }
    if let beta { (memory.gradients + beta).update(repeating: 0, count: channels) }
    for instance in 0..<instances {
      let offset = instance * positions * channels
      spread(instance, memory)
      let inverse = vector(1, memory)
      let scale = vector(2, memory)
      Kernels.normalizationSums(
        x(memory) + offset, gradient: dy(memory) + offset, rows: positions, channels: channels, mean: vector(0, memory),
        inverse: inverse, scale: scale, shift: vector(3, memory), relu: relu, sum: sum, dot: dot)
      if let gamma { Kernels.addScaled(dot, count: channels, factor: 1, to: memory.gradients + gamma) }
      if let beta { Kernels.addScaled(sum, count: channels, factor: 1, to: memory.gradients + beta) }
      guard let dx = dx(memory) else { continue }
      // dx = 1/σ · (γg − Σγg/m − x̂·Σ(γg·x̂)/m), sums over the group.
      for group in 0..<groups {
        let members = (group * size)..<((group + 1) * size)
        var groupSum = 0.0
        var groupDot = 0.0
        for channel in members {
          groupSum += Double(scale[channel]) * Double(sum[channel])
          groupDot += Double(scale[channel]) * Double(dot[channel])
        }
        for channel in members {
          b[channel] = Float(groupSum / values)
          c[channel] = Float(groupDot / values) * inverse[channel]
        }
      }
      Kernels.normalizationInputGradient(
        x(memory) + offset, gradient: dy(memory) + offset, rows: positions, channels: channels, mean: vector(0, memory),
        scale: scale, shift: vector(3, memory), relu: relu, a: scale, b: b, c: c, into: dx + offset)
    }
  }
}

internal import Catalogs
public import Tensors

/// Normalizes each channel over the batch, then scales and shifts it: y = γ(x − μ_B)/√(σ²_B + ε) + β, σ²_B biased.
///
/// Activations `[N, H, W, C]`, `[N, T, C]` or `[N, C]`; the channel is the last axis unless `axis` says another. M =
/// N·H·W values a channel; training needs M ≥ 2. Inference normalizes with the running statistics, or with the batch's if `track` is off.
///
/// Running update (PyTorch): μ ← (1−m)μ + m·μ_B, σ² ← (1−m)σ² + m·M/(M−1)·σ²_B; `cumulative`: m = 1/(batches seen).
/// Keras: μ ← m·μ + (1−m)μ_B and the same for σ² with the biased variance.
///
/// Source: Ioffe & Szegedy 2015, Algorithm 1.
/// Differs: the running variance is unbiased and `momentum` weighs the new batch, as in PyTorch, unless `convention:
/// keras`.
public struct BatchNorm: NormalizationLayer, Equatable {
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
  /// The part a of the batch that `PassMode.Statistics.mixed` starts with, one a channel and learned as s = ln(a/(1 − a));
  /// nil for a layer without mixing.
  public let mixing: Double?
  /// The axis of the channels, counted with the batch as 0; −1 is the last.
  public let axis: Int
  /// How training passes are corrected towards the running statistics; nil where they are not.
  public let renormalization: BatchRenormalization?

  /// Makes the layer; momentum and epsilon are those of the convention unless given: 0.1 and 1e-5, or Keras' 0.99 and
  /// 1e-3.
  public init(
    name: String? = nil, convention: Convention = .pytorch, momentum: Momentum? = nil, epsilon: Double? = nil,
    center: Bool = true, scale: Bool = true, track: Bool = true, hasReLU: Bool = false, mixing: Double? = nil,
    axis: Int = -1, renormalization: BatchRenormalization? = nil
  ) {
    precondition(axis == -1 || axis > 0, "axis \(axis) is no axis of channels")
    precondition(renormalization == nil || track, "renormalization without running statistics")
    self.name = name
    self.convention = convention
    self.momentum = momentum ?? .fixed(convention == .keras ? 0.99 : 0.1)
    self.epsilon = epsilon ?? (convention == .keras ? 1e-3 : 1e-5)
    self.center = center
    self.scale = scale
    self.track = track
    self.hasReLU = hasReLU
    self.mixing = mixing
    self.axis = axis
    self.renormalization = renormalization
  }

  /// The same layer with a part of the batch to start mixing with.
  public func withMixing(_ part: Double) -> BatchNorm {
    BatchNorm(
      name: name, convention: convention, momentum: momentum, epsilon: epsilon, center: center, scale: scale,
      track: track, hasReLU: hasReLU, mixing: part, axis: axis, renormalization: renormalization)
  }

  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    let shape = [input[try channelAxis(of: input)]]
    var tensors: [TensorSpec] = []
    if scale { tensors.append(TensorSpec("weight", shape, .normScale, .constant(1))) }
    if center { tensors.append(TensorSpec("bias", shape, .normShift, .constant(0))) }
    if let mixing, track { tensors.append(Self.mixingTensor(shape, initial: mixing)) }
    if track {
      tensors.append(TensorSpec("running_mean", shape, .runningMean, .constant(0)))
      tensors.append(TensorSpec("running_var", shape, .runningVariance, .constant(1)))
      tensors.append(TensorSpec("num_batches_tracked", [], .batchCount, .constant(0)))
    }
    return ResolvedLayer(
      output: input, tensors: tensors, flops: 8 * input.count, batchPositions: input.count / shape[0])
  }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { try makePlan(context, followedBy: []) }

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
      Option(
        "axis", .choice(["-1", "1", "2", "3"]), default: .text("-1"),
        "the axis of channels, the batch being 0; -1 is the last"),
      .optional(
        "renorm", .group(BatchRenormalization.options),
        "corrects training passes towards the running statistics (Ioffe 2017); {} does"),
    ]
  ) { options in
    let renormalization =
      options.value("renorm") == nil ? nil : BatchRenormalization(try options.group("renorm"))
    if renormalization != nil, !options.boolean("track") {
      throw OptionProblem("renorm", "needs running statistics (allowed: with track: true)")
    }
    let momentum: Momentum? =
      options.optionalText("momentum") == "cumulative"
      ? .cumulative : options.optionalNumber("momentum").map { .fixed($0) }
    return BatchNorm(
      name: options.optionalText("name"), convention: Convention(rawValue: options.text("convention")) ?? .pytorch,
      momentum: momentum, epsilon: options.optionalNumber("epsilon"), center: options.boolean("center"),
      scale: options.boolean("scale"), track: options.boolean("track"), hasReLU: options.text("activation") == "relu",
      axis: Int(options.text("axis")) ?? -1, renormalization: renormalization)
  }
}

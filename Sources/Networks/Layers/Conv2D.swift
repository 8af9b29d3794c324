internal import Catalogs
public import Tensors

/// Two-dimensional convolution of images `[N, H, W, C]` to `[N, H′, W′, filters]`.
///
/// Weights are `filters × C/groups × kernel` as in PyTorch's `Conv2d`. Initial values: uniform ±1/√(C/groups · kernel
/// area) for weights and biases. With a `WeightStandardization` the weights are standardized before they are used.
///
/// Source: PyTorch `torch.nn.Conv2d`.
/// Differs: `padding: same` also works with a stride and then pads as Keras does, the odd row or column behind.
public struct Conv2D: Layer {
  public static let kind = "conv2d"
  public static let namePrefix = "conv"

  /// How the image's border is padded with zeros.
  public enum Padding: Sendable, Equatable {
    /// So that stride 1 keeps the extent.
    case same
    /// So many rows and columns on each side.
    case each(height: Int, width: Int)
  }

  /// How it is computed.
  public enum Algorithm: String, Sendable, CaseIterable {
    /// By Winograd's algorithm F(4×4, 3×3) where the processor and the shapes allow it, else directly.
    case auto
    /// Product by product.
    case direct
  }

  public let name: String?
  /// Channels that come out.
  public let filters: Int
  /// Height and width of the window.
  public let kernel: [Int]
  /// How far it moves.
  public let stride: [Int]
  /// The padding.
  public let padding: Padding
  /// The distance of the window's elements.
  public let dilation: [Int]
  /// Into how many groups the channels are divided.
  public let groups: Int
  /// Whether each filter adds a bias.
  public let hasBias: Bool
  /// How it is computed.
  public let algorithm: Algorithm
  /// How its weights are standardized; nil uses them as they are.
  public let standardization: WeightStandardization?

  /// Makes a convolution; `kernel`, `stride` and `dilation` are height and width.
  public init(
    name: String? = nil, filters: Int, kernel: [Int], stride: [Int] = [1, 1],
    padding: Padding = .each(height: 0, width: 0),
    dilation: [Int] = [1, 1], groups: Int = 1, hasBias: Bool = true, algorithm: Algorithm = .auto,
    standardization: WeightStandardization? = nil
  ) {
    self.standardization = standardization
    self.algorithm = algorithm
    self.name = name
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
  }

  func geometry(input: Shape) -> WindowGeometry {
    var geometry = WindowGeometry(
      kernel: (kernel[0], kernel[1]), stride: (stride[0], stride[1]), dilation: (dilation[0], dilation[1]))
    switch padding {
    case .each(let height, let width):
      geometry.padBefore = (height, width)
      geometry.padAfter = (height, width)
    case .same:
      func total(_ axis: Int) -> Int {
        let size = input[axis]
        let out = (size + stride[axis] - 1) / stride[axis]
        return max(0, (out - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - size)
      }
      geometry.padBefore = (total(0) / 2, total(1) / 2)
      geometry.padAfter = (total(0) - total(0) / 2, total(1) - total(1) / 2)
    }
    return geometry
  }

  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    guard input.rank == 3 else { throw LayerProblem("conv2d needs images [H, W, C], its input is [\(input)]") }
    let channels = input[2]
    guard channels % groups == 0, filters % groups == 0 else {
      throw LayerProblem("\(groups) groups do not divide \(channels) input channels and \(filters) filters")
    }
    let out = geometry(input: input).output(height: input[0], width: input[1])
    guard out.height >= 1, out.width >= 1 else {
      throw LayerProblem("a kernel of \(kernel[0])×\(kernel[1]) does not fit an image of \(input[0])×\(input[1])")
    }
    let fanIn = try sized(channels / groups, kernel[0], kernel[1])
    _ = try sized(fanIn, filters)
    let bound = 1 / Float(fanIn).squareRoot()
    var tensors = [TensorSpec("weight", [filters, channels / groups] + kernel, .weight, .uniform(bound: bound))]
    if hasBias { tensors.append(TensorSpec("bias", [filters], .bias, .uniform(bound: bound))) }
    if standardization?.hasGain == true {
      tensors.append(TensorSpec("gain", [filters, 1, 1, 1], .weight, .constant(1)))
    }
    let flops = try sized(2, fanIn, out.height, out.width, filters)
    return ResolvedLayer(output: [out.height, out.width, filters], tensors: tensors, flops: flops)
  }

  /// How it is computed for an input: by Winograd's algorithm where it is allowed, can be, and saves products; tiles of 4×4 for
  /// less than 3×3 outputs don't. It goes by shapes alone, so that an example has the same output in a batch of any size.
  package func computation(input: Shape, output: Shape) -> ConvolutionAlgorithm {
    let tiles = (output[0] + 3) / 4 * ((output[1] + 3) / 4)
    let products = (winograd: 36 * tiles, direct: 9 * output[0] * output[1])
    let fits = Convolution.winogradFits(
      input: input, output: output, geometry: geometry(input: input), groups: groups)
    return algorithm == .auto && fits && products.winograd < products.direct ? .winograd : .direct
  }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { try Conv2DPlan(self, context) }

  /// The same convolution with standardized weights and a bias; nil where they are standardized already.
  func standardized(_ standardization: WeightStandardization) -> Conv2D? {
    guard self.standardization == nil else { return nil }
    return Conv2D(
      name: name, filters: filters, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
      groups: groups, hasBias: true, algorithm: algorithm, standardization: standardization)
  }

  static let entry = CatalogEntry<any Layer>(
    kind, "two-dimensional convolution", source: "torch.nn.Conv2d",
    options: [
      .layerName, .required("filters", .integer(1...65_536), "output channels"), .pair("kernel", "window"),
      .pair("stride", default: 1, "step of the window"),
      Option(
        "padding", .either([.choice(["same", "valid"]), .integer(0...1024), .list(.integer(0...1024), count: 2...2)]),
        default: .integer(0), "zeros around the image"),
      .pair("dilation", default: 1, "distance of the window's elements"),
      Option("groups", .integer(1...65_536), default: .integer(1), "groups of channels"),
      Option("bias", .boolean, default: .boolean(true), "whether each filter adds a bias"),
      Option(
        "algorithm", .choice(Algorithm.allCases.map(\.rawValue)), default: .text("auto"),
        "auto: Winograd's where it can be, which rounds otherwise than direct"),
      .optional(
        "standardize", .group(WeightStandardization.options), "standardizes each filter's weights before use; {} does"),
    ]
  ) { options in
    let standardization =
      options.value("standardize") == nil ? nil : WeightStandardization(try options.group("standardize"))
    let padding: Padding =
      switch options.optionalText("padding") {
      case "same": .same
      case "valid": .each(height: 0, width: 0)
      default: .each(height: options.pair("padding")[0], width: options.pair("padding")[1])
      }
    return Conv2D(
      name: options.optionalText("name"), filters: options.integer("filters"), kernel: options.pair("kernel"),
      stride: options.pair("stride"), padding: padding, dilation: options.pair("dilation"),
      groups: options.integer("groups"),
      hasBias: options.boolean("bias"), algorithm: Algorithm(rawValue: options.text("algorithm")) ?? .auto,
      standardization: standardization)
  }
}

private final class Conv2DPlan: LayerPlan {
  private let convolution: Convolution
  private let weight: Int
  private let bias: Int?
  private let standardized: StandardizedWeights?

  init(_ layer: Conv2D, _ context: PlanContext) throws {
    convolution = try Convolution(
      batch: context.batch, input: context.input, output: context.output,
      geometry: layer.geometry(input: context.input),
      groups: layer.groups, hasBias: layer.hasBias, needsWeightGradient: context.mode.isTraining,
      needsInputGradient: context.needsInputGradient,
      algorithm: layer.computation(input: context.input, output: context.output))
    context.requireScratch(bytes: convolution.scratchBytes)
    weight = context.offset(named: "weight")
    bias = context.offset(.bias)
    let fanIn = context.input.channels / layer.groups * layer.kernel[0] * layer.kernel[1]
    standardized = layer.standardization.map { StandardizedWeights($0, filters: layer.filters, fanIn: fanIn, context) }
  }

  /// What the images are convolved with.
  private func weights(_ memory: PassMemory) -> UnsafePointer<Float> {
    standardized?.values(memory) ?? UnsafePointer(memory.values + weight)
  }

  override var backwardReadsOutput: Bool { false }

  override func forward(_ memory: PassMemory) throws {
    standardized?.forward(memory)
    try convolution.forward(
      input: x(memory), weights: weights(memory), bias: bias.map { UnsafePointer(memory.values + $0) },
      output: y(memory),
      scratch: memory.scratch)
  }

  override func backward(_ memory: PassMemory) throws {
    if let dx = dx(memory) {
      try convolution.backwardInput(
        outputGradient: dy(memory), weights: weights(memory), inputGradient: dx, scratch: memory.scratch)
    }
    try convolution.backwardWeights(
      input: x(memory), outputGradient: dy(memory), weightGradient: memory.gradients + weight,
      biasGradient: bias.map { memory.gradients + $0 }, scratch: memory.scratch)
    standardized?.backward(memory)
  }
}

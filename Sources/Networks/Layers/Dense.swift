internal import Catalogs
public import Tensors

/// A matrix product over the last axis: `[N, …, C]` to `[N, …, units]`, y = x·Wᵀ + b.
///
/// Weights are `units × C` as in PyTorch's `Linear`. Initial values: uniform ±1/√C for weights and biases.
///
/// Source: PyTorch `torch.nn.Linear`.
public struct Dense: Layer {
  public static let kind = "dense"
  public static let namePrefix = "fc"

  public let name: String?
  /// Values that come out.
  public let units: Int
  /// Whether each adds a bias.
  public let hasBias: Bool

  /// Makes a dense layer.
  public init(name: String? = nil, units: Int, hasBias: Bool = true) {
    self.name = name
    self.units = units
    self.hasBias = hasBias
  }

  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    guard input.rank <= 2 else {
      throw LayerProblem("dense needs vectors or sequences, its input is an image [\(input)]; put flatten before it")
    }
    let bound = 1 / Float(input.channels).squareRoot()
    var tensors = [TensorSpec("weight", [units, input.channels], .weight, .uniform(bound: bound))]
    if hasBias { tensors.append(TensorSpec("bias", [units], .bias, .uniform(bound: bound))) }
    let output = Shape(input.dimensions.dropLast() + [units])
    return ResolvedLayer(output: output, tensors: tensors, flops: try sized(2, input.count, units))
  }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { DensePlan(self, context) }

  static let entry = CatalogEntry<any Layer>(
    kind, "matrix product over the last axis", source: "torch.nn.Linear",
    options: [
      .layerName, .required("units", .integer(1...1_048_576), "values that come out"),
      Option("bias", .boolean, default: .boolean(true), "whether each adds a bias"),
    ], shorthand: "units"
  ) { options in
    Dense(name: options.optionalText("name"), units: options.integer("units"), hasBias: options.boolean("bias"))
  }
}

extension Dense: StepDeferring {
  func deferredWeights(input: Shape) -> (units: Int, inputs: Int)? { input.rank == 1 ? (units, input.channels) : nil }
}

private final class DensePlan: LayerPlan {
  private let rows: Int
  private let inputs: Int
  private let units: Int
  private let weight: Int
  private let bias: Int?
  /// Whether the product is computed as W·xᵀ and turned round: packing a large W as the transposed right-hand matrix
  /// costs more than the product itself.
  private let turnsRound: Bool

  init(_ layer: Dense, _ context: PlanContext) {
    rows = context.batch * context.input.positions
    inputs = context.input.channels
    units = layer.units
    weight = context.offset(.weight) ?? 0
    bias = context.offset(.bias)
    turnsRound = rows >= 8 && inputs * units >= 1 << 18
    if turnsRound { context.requireScratch(bytes: 4 * rows * units) }
  }

  override var foldedRange: Range<Int>? { weight..<(weight + units * inputs) }

  /// The place where this layer's steps are put off, if they are.
  @inline(__always)
  private func deferred(_ memory: PassMemory) -> DeferredSteps? {
    guard let deferred = memory.deferred, deferred.weights.range.lowerBound == weight else { return nil }
    return deferred
  }

  override func forward(_ memory: PassMemory) throws {
    if let deferred = deferred(memory) {
      if let bias {
        Kernels.fillRows(memory.values + bias, rows: rows, columns: units, into: y(memory))
      } else {
        y(memory).update(repeating: 0, count: rows * units)
      }
      try deferred.forward(x(memory), batch: rows, into: y(memory))
      return
    }
    if turnsRound {
      let turned = memory.scratch.assumingMemoryBound(to: Float.self)
      try matrixProduct(
        memory.values + weight, x(memory), transposesB: true, rows: units, columns: rows, inner: inputs, into: turned)
      Kernels.transpose(turned, batch: 1, rows: units, columns: rows, into: y(memory))
      if let bias { Kernels.addRow(memory.values + bias, rows: rows, columns: units, to: y(memory)) }
      return
    }
    if let bias { Kernels.fillRows(memory.values + bias, rows: rows, columns: units, into: y(memory)) }
    try matrixProduct(
      x(memory), memory.values + weight, transposesB: true, rows: rows, columns: units, inner: inputs,
      beta: bias == nil ? 0 : 1,
      into: y(memory))
  }

  override func backward(_ memory: PassMemory) throws {
    // The input's gradient needs the weights as they were in forward, so it comes before a folded step.
    if let dx = dx(memory) {
      try matrixProduct(dy(memory), memory.values + weight, rows: rows, columns: inputs, inner: units, into: dx)
    }
    if let rate = memory.foldedRate, let deferred = deferred(memory) {
      deferred.step(dy(memory), batch: rows, rate: rate)
    } else if let rate = memory.foldedRate {
      try matrixProduct(
        dy(memory), x(memory), transposesA: true, rows: units, columns: inputs, inner: rows, alpha: -rate, beta: 1,
        into: memory.values + weight)
    } else {
      try matrixProduct(
        dy(memory), x(memory), transposesA: true, rows: units, columns: inputs, inner: rows,
        into: memory.gradients + weight)
    }
    if let bias { Kernels.columnSums(dy(memory), rows: rows, columns: units, into: memory.gradients + bias) }
  }
}

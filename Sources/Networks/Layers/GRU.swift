internal import Catalogs
internal import Tensors

/// Gated recurrent unit: r, z = σ(W_ih x + b_ih + W_hh h + b_hh), n = tanh(W_in x + b_in + r·(W_hn h + b_hn)), h ←
/// (1−z)·n + z·h; gates in the order r, z, n.
///
/// Source: Cho et al. 2014; PyTorch `torch.nn.GRU` (one layer, batch first, all steps).
public struct GRU: RecurrentLayer {
  public static let kind = "gru"
  public static let namePrefix = "gru"
  static let gates = 3
  public let name: String?
  /// Values of the state.
  public let units: Int

  /// Makes the layer.
  public init(name: String? = nil, units: Int) {
    self.name = name
    self.units = units
  }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { GRUPlan(self, context) }

  static let entry = CatalogEntry<any Layer>(
    kind, "gated recurrent unit over a sequence", source: "Cho et al. 2014",
    options: [.layerName, .required("units", .integer(1...65_536), "values of the state")], shorthand: "units"
  ) { GRU(name: $0.optionalText("name"), units: $0.integer("units")) }
}

private final class GRUPlan: RecurrentPlan {
  /// N × T × width: the state's part of the sums, then its gradients.
  private let hiddenGates: Int
  private let layout: Kernels.RecurrentStep

  init(_ layer: GRU, _ context: PlanContext) {
    let steps = context.input[0]
    let stride = steps * GRU.gates * layer.units
    hiddenGates = context.reserve(floats: context.batch * stride)
    layout = Kernels.RecurrentStep(
      rows: context.batch, units: layer.units, gateStride: stride, hiddenStride: stride,
      outputStride: steps * layer.units)
    super.init(context, units: layer.units, gates: GRU.gates)
  }

  override func forward(_ memory: PassMemory) throws {
    try projectInput(memory)
    let hidden = memory.arena + hiddenGates
    Kernels.fillRows(memory.values + hiddenBias, rows: batch * steps, columns: width, into: hidden)
    for step in 0..<steps {
      try addHidden(memory, step: step, to: hidden + step * width)
      Kernels.gruForward(
        layout, gates: memory.arena + gates + step * width, hiddenGates: hidden + step * width,
        previous: step > 0 ? UnsafePointer(y(memory) + (step - 1) * units) : nil, output: y(memory) + step * units)
    }
  }

  override func backward(_ memory: PassMemory) throws {
    let hidden = memory.arena + hiddenGates
    let state = memory.arena + stateGradient
    state.update(repeating: 0, count: batch * units)
    for step in (0..<steps).reversed() {
      Kernels.gruBackward(
        layout, gates: memory.arena + gates + step * width, hiddenGates: hidden + step * width,
        previous: step > 0 ? UnsafePointer(y(memory) + (step - 1) * units) : nil,
        outputGradient: dy(memory) + step * units,
        stateGradient: state)
      try matrixProduct(
        hidden + step * width, memory.values + hiddenWeight, rows: batch, columns: units, inner: width, beta: 1,
        into: state,
        aStride: steps * width)
    }
    try finishHidden(memory, rows: hidden)
    try finishInput(memory)
  }
}

internal import Catalogs
internal import Tensors

/// Long short-term memory: i, f, o = σ(W_ih x + b_ih + W_hh h + b_hh), g = tanh(…), c ← f·c + i·g, h = o·tanh(c);
/// gates in the order i, f, g, o.
///
/// Source: Hochreiter & Schmidhuber 1997; PyTorch `torch.nn.LSTM` (one layer, batch first, all steps).
public struct LSTM: RecurrentLayer {
  public static let kind = "lstm"
  public static let namePrefix = "lstm"
  static let gates = 4
  public let name: String?
  /// Values of the state.
  public let units: Int

  /// Makes the layer.
  public init(name: String? = nil, units: Int) {
    self.name = name
    self.units = units
  }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { LSTMPlan(self, context) }

  static let entry = CatalogEntry<any Layer>(
    kind, "long short-term memory over a sequence", source: "Hochreiter & Schmidhuber 1997",
    options: [.layerName, .required("units", .integer(1...65_536), "values of the state")], shorthand: "units"
  ) { LSTM(name: $0.optionalText("name"), units: $0.integer("units")) }
}

private final class LSTMPlan: RecurrentPlan {
  /// N × T × units.
  private let cells: Int
  private let layout: Kernels.RecurrentStep

  init(_ layer: LSTM, _ context: PlanContext) {
    let steps = context.input[0]
    cells = context.reserve(floats: context.batch * steps * layer.units)
    layout = Kernels.RecurrentStep(
      rows: context.batch, units: layer.units, gateStride: steps * 4 * layer.units, hiddenStride: steps * layer.units,
      outputStride: steps * layer.units)
    super.init(context, units: layer.units, gates: LSTM.gates)
  }

  override func forward(_ memory: PassMemory) throws {
    try projectInput(memory)
    let gates = memory.arena + gates
    let cells = memory.arena + cells
    Kernels.addRow(memory.values + hiddenBias, rows: batch * steps, columns: width, to: gates)
    for step in 0..<steps {
      try addHidden(memory, step: step, to: gates + step * width)
      Kernels.lstmForward(
        layout, gates: gates + step * width, previousCell: step > 0 ? UnsafePointer(cells + (step - 1) * units) : nil,
        cell: cells + step * units, output: y(memory) + step * units)
    }
  }

  override func backward(_ memory: PassMemory) throws {
    let gates = memory.arena + gates
    let cells = memory.arena + cells
    let state = memory.arena + stateGradient
    let cell = memory.arena + cellGradient
    state.update(repeating: 0, count: batch * units)
    cell.update(repeating: 0, count: batch * units)
    for step in (0..<steps).reversed() {
      Kernels.lstmBackward(
        layout, gates: gates + step * width, previousCell: step > 0 ? UnsafePointer(cells + (step - 1) * units) : nil,
        cell: cells + step * units, outputGradient: dy(memory) + step * units, stateGradient: state, cellGradient: cell)
      try matrixProduct(
        gates + step * width, memory.values + hiddenWeight, rows: batch, columns: units, inner: width, into: state,
        aStride: steps * width)
    }
    try finishHidden(memory, rows: gates)
    try finishInput(memory)
  }
}

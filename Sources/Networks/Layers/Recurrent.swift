internal import Tensors

/// A recurrent layer over sequences `[N, T, C]` that puts out every step, `[N, T, units]`; the state starts at zero.
///
/// Tensors as PyTorch's: `weight_ih_l0` (gates·units × C), `weight_hh_l0` (gates·units × units), `bias_ih_l0`,
/// `bias_hh_l0`. Initial values: uniform ±1/√units.
protocol RecurrentLayer: Layer {
  /// Values of the state.
  var units: Int { get }
  /// How many gates a step has.
  static var gates: Int { get }
}

extension RecurrentLayer {
  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    guard input.rank == 2 else { throw LayerProblem("\(Self.kind) needs sequences [T, C], its input is [\(input)]") }
    let rows = Self.gates * units
    let flops = try sized(2, input[0], rows, input.channels + units)
    let initializer = Initializer.uniform(bound: 1 / Float(units).squareRoot())
    return ResolvedLayer(
      output: [input[0], units],
      tensors: [
        TensorSpec("weight_ih_l0", [rows, input.channels], .weight, initializer),
        TensorSpec("weight_hh_l0", [rows, units], .weight, initializer),
        TensorSpec("bias_ih_l0", [rows], .bias, initializer),
        TensorSpec("bias_hh_l0", [rows], .bias, initializer),
      ], flops: flops)
  }
}

/// What the plans of recurrent layers share: where everything lies, the input's part of the gates for all steps in
/// one product, and the gradients of the weights.
class RecurrentPlan: LayerPlan {
  let batch: Int
  let steps: Int
  let inputs: Int
  let units: Int
  /// Gates times units.
  let width: Int
  private let inputWeight: Int
  let hiddenWeight: Int
  private let inputBias: Int
  let hiddenBias: Int
  /// N × T × width: sums, then gates, then their gradients.
  let gates: Int
  /// N × units, twice: gradients that come from the step behind.
  let stateGradient: Int
  let cellGradient: Int

  init(_ context: PlanContext, units: Int, gates gateCount: Int) {
    batch = context.batch
    steps = context.input[0]
    inputs = context.input.channels
    self.units = units
    width = gateCount * units
    inputWeight = context.offset(named: "weight_ih_l0")
    hiddenWeight = context.offset(named: "weight_hh_l0")
    inputBias = context.offset(named: "bias_ih_l0")
    hiddenBias = context.offset(named: "bias_hh_l0")
    gates = context.reserve(floats: batch * steps * width)
    stateGradient = context.reserve(floats: batch * units)
    cellGradient = context.reserve(floats: batch * units)
  }

  /// gates = x·W_ihᵀ + b_ih for all steps.
  final func projectInput(_ memory: PassMemory) throws {
    let rows = batch * steps
    Kernels.fillRows(memory.values + inputBias, rows: rows, columns: width, into: memory.arena + gates)
    try matrixProduct(
      x(memory), memory.values + inputWeight, transposesB: true, rows: rows, columns: width, inner: inputs, beta: 1,
      into: memory.arena + gates)
  }

  /// The gradients of W_ih, b_ih and the input from the gates' gradients of all steps.
  final func finishInput(_ memory: PassMemory) throws {
    let rows = batch * steps
    let gradients = memory.arena + gates
    try matrixProduct(
      gradients, x(memory), transposesA: true, rows: width, columns: inputs, inner: rows,
      into: memory.gradients + inputWeight)
    Kernels.columnSums(gradients, rows: rows, columns: width, into: memory.gradients + inputBias)
    if let dx = dx(memory) {
      try matrixProduct(gradients, memory.values + inputWeight, rows: rows, columns: inputs, inner: width, into: dx)
    }
  }

  /// The gradients of W_hh and b_hh from `rows` (N × T × width), the gradients of the state's part of the sums.
  final func finishHidden(_ memory: PassMemory, rows: UnsafePointer<Float>) throws {
    let weight = memory.gradients + hiddenWeight
    weight.update(repeating: 0, count: width * units)
    // The first step has no state before it.
    for step in 1..<max(1, steps) {
      try matrixProduct(
        rows + step * width, y(memory) + (step - 1) * units, transposesA: true, rows: width, columns: units,
        inner: batch,
        beta: 1, into: weight, aStride: steps * width, bStride: steps * units)
    }
    Kernels.columnSums(rows, rows: batch * steps, columns: width, into: memory.gradients + hiddenBias)
  }

  /// target += h_(step−1)·W_hhᵀ; rows of the target lie steps · width apart.
  final func addHidden(_ memory: PassMemory, step: Int, to target: UnsafeMutablePointer<Float>) throws {
    guard step > 0 else { return }
    try matrixProduct(
      y(memory) + (step - 1) * units, memory.values + hiddenWeight, transposesB: true, rows: batch, columns: width,
      inner: units,
      beta: 1, into: target, aStride: steps * units, cStride: steps * width)
  }
}

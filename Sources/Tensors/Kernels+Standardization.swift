internal import CKernels

extension Kernels {
  /// result = factor·gain·(w − μ)/√(σ² + epsilon) for each row of w, σ² biased; mean, inverse = μ and 1/√(σ² + epsilon)
  /// of each row. A missing gain is 1.
  package static func standardizeRows(
    _ w: Values, gain: Values?, rows: Int, columns: Int, factor: Double, epsilon: Double, mean: Result, inverse: Result,
    into result: Result
  ) {
    covey_standardize_rows(w, gain, rows, columns, factor, epsilon, mean, inverse, result)
  }

  /// gradient = that of w, where that of the standardized rows was; gainGradient = that of the gain.
  package static func standardizeRowsBackward(
    _ w: Values, gain: Values?, rows: Int, columns: Int, factor: Double, mean: Values, inverse: Values,
    gradient: Result, gainGradient: Result?
  ) {
    covey_standardize_rows_backward(w, gain, rows, columns, factor, mean, inverse, gradient, gainGradient)
  }
}

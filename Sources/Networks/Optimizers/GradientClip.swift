internal import Tensors

/// What becomes of a step's gradient before weight decay and the optimizer, so that no step is too long.
///
///     norm M      g ← g · min(1, M/(‖g‖₂ + 10⁻⁶))     one norm over all values that the step trains
///     value v     g_i ← min(v, max(−v, g_i))
///
/// A number that is none stays none.
///
/// Source: PyTorch `clip_grad_norm_` and `clip_grad_value_`; Pascanu, Mikolov & Bengio, ICML 2013, for the norm.
/// Differs: the squares are summed in fp64.
public enum GradientClip: Sendable, Equatable {
  /// The gradient is no longer than M.
  case norm(Double)
  /// None of its values is beyond ±v.
  case value(Double)

  /// Clips a gradient.
  ///
  /// - Parameters:
  ///   - gradient: From value 0 on; changed.
  ///   - ranges: The values that are trained.
  public func clip(_ gradient: UnsafeMutablePointer<Float>, _ ranges: [Range<Int>]) {
    switch self {
    case .norm(let bound):
      let squares = ranges.reduce(0.0) {
        $0 + Kernels.sumOfSquares(gradient + $1.lowerBound, count: $1.count)
      }
      let factor = Float(min(1, bound / (squares.squareRoot() + 1e-6)))
      guard factor < 1 else { return }
      for range in ranges { Kernels.scale(gradient + range.lowerBound, count: range.count, by: factor) }
    case .value(let bound):
      for range in ranges { Kernels.clamp(gradient + range.lowerBound, count: range.count, to: Float(bound)) }
    }
  }
}

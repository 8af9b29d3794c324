internal import CKernels

/// A pooling that keeps the largest values of normalized images, without storing what is normalized.
///
/// Its results are those of `Kernels.channelAffine`, `Pooling` and their backward passes to the last bit; only where windows
/// overlap and channels are few does oneDNN add gradients in another order. Of equal values the first is the largest, and what is
/// not a number is the largest of all.
package struct MaxPooling {
  package typealias Values = Kernels.Values
  package typealias Result = Kernels.Result

  private let window: covey_pool_window
  /// Bytes of scratch that the backward passes need.
  package let scratchBytes: Int

  /// The pooling of `batch` images of `input` `[H, W, C]`.
  package init(batch: Int, input: Shape, output: Shape, geometry: WindowGeometry) {
    var window = geometry.pooling(batch: batch, input: input, output: output)
    scratchBytes = covey_normalized_pool_scratch(&window)
    self.window = window
  }

  /// y = the largest values of x · scale + shift per channel, after a ReLU if asked.
  package func forward(_ x: Values, scale: Values, shift: Values, relu: Bool, into y: Result) {
    withUnsafePointer(to: window) { covey_normalized_pool_forward($0, x, scale, shift, relu ? 1 : 0, y) }
  }

  /// sum = Σg, dot = Σg·x̂ per channel; g is the gradient where a window's largest value is and the ReLU lets it through.
  package func sums(
    _ x: Values, gradient: Values, mean: Values, inverse: Values, scale: Values, shift: Values, relu: Bool,
    sum: Result, dot: Result, scratch: UnsafeMutableRawPointer
  ) {
    withUnsafePointer(to: window) {
      covey_normalized_pool_sums(
        $0, x, gradient, mean, inverse, scale, shift, relu ? 1 : 0, sum, dot, scratch)
    }
  }

  /// result = a·g − b − c·(x − mean) per channel, with g as above.
  package func inputGradient(
    _ x: Values, gradient: Values, mean: Values, scale: Values, shift: Values, relu: Bool, a: Values, b: Values,
    c: Values, into result: Result, scratch: UnsafeMutableRawPointer
  ) {
    withUnsafePointer(to: window) {
      covey_normalized_pool_input_gradient(
        $0, x, gradient, mean, scale, shift, relu ? 1 : 0, a, b, c, result, scratch)
    }
  }
}

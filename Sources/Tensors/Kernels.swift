internal import CKernels

/// The package's own vectorised loops; matrices are row-major `rows × channels`. The C header has the equations.
package enum Kernels {
  package typealias Values = UnsafePointer<Float>
  package typealias Result = UnsafeMutablePointer<Float>

  // MARK: Normalization

  /// mean =, variance = (biased) of each channel over the rows.
  package static func channelMoments(
    _ x: Values, rows: Int, channels: Int, mean: Result, variance: Result
  ) {
    covey_channel_moments(x, rows, channels, mean, variance)
  }

  /// The same before they are rounded to fp32, for those who merge moments.
  package static func unroundedChannelMoments(
    _ x: Values, rows: Int, channels: Int, mean: UnsafeMutablePointer<Double>,
    variance: UnsafeMutablePointer<Double>
  ) {
    covey_unrounded_channel_moments(x, rows, channels, mean, variance)
  }

  /// inverse = 1/√(inverse + epsilon), scale = inverse · gamma, shift = beta − mean · scale (rounded once) per channel; a missing gamma
  /// is 1, a missing beta 0.
  package static func normalizationVectors(
    mean: Values, gamma: Values?, beta: Values?, channels: Int, epsilon: Double, inverse: Result, scale: Result,
    shift: Result
  ) {
    covey_normalization_vectors(mean, gamma, beta, channels, epsilon, inverse, scale, shift)
  }

  /// y = x · scale + shift per channel, then ReLU if asked; y may be x.
  package static func channelAffine(
    _ x: Values, rows: Int, channels: Int, scale: Values, shift: Values, relu: Bool,
    into y: Result
  ) {
    covey_channel_affine(x, rows, channels, scale, shift, relu ? 1 : 0, y)
  }

  /// sum = Σg, dot = Σg·x̂ per channel; g is the gradient where the fused ReLU lets it through.
  package static func normalizationSums(
    _ x: Values, gradient: Values, rows: Int, channels: Int, mean: Values, inverse: Values,
    scale: Values, shift: Values, relu: Bool, sum: Result, dot: Result
  ) {
    covey_normalization_sums(
      x, gradient, rows, channels, mean, inverse, scale, shift, relu ? 1 : 0, sum, dot)
  }

  /// result = a·g − b − c·(x − mean) per channel; result may be the gradient.
  package static func normalizationInputGradient(
    _ x: Values, gradient: Values, rows: Int, channels: Int, mean: Values, scale: Values,
    shift: Values, relu: Bool, a: Values, b: Values, c: Values, into result: Result
  ) {
    covey_normalization_input_gradient(
      x, gradient, rows, channels, mean, scale, shift, relu ? 1 : 0, a, b, c, result)
  }

  // MARK: Element-wise

  /// An element-wise activation.
  package enum Activation: Sendable {
    case relu, tanh, sigmoid, gelu
    case leakyReLU(slope: Float)

    var kind: covey_activation {
      switch self {
      case .relu: COVEY_RELU
      case .leakyReLU: COVEY_LEAKY_RELU
      case .tanh: COVEY_TANH
      case .sigmoid: COVEY_SIGMOID
      case .gelu: COVEY_GELU
      }
    }

    var slope: Float { if case .leakyReLU(let slope) = self { slope } else { 0 } }
  }

  /// y = f(x).
  package static func activate(_ activation: Activation, _ x: Values, count: Int, into y: Result) {
    covey_activation_forward(activation.kind, activation.slope, x, count, y)
  }

  /// inputGradient = f′(x) · gradient; inputGradient may be the gradient.
  package static func activateBackward(
    _ activation: Activation, x: Values, y: Values, gradient: Values, count: Int, into inputGradient: Result
  ) {
    covey_activation_backward(activation.kind, activation.slope, x, y, gradient, count, inputGradient)
  }

  /// y = a + b, then ReLU if asked; y may be a or b.
  package static func add(_ a: Values, _ b: Values, count: Int, relu: Bool, into y: Result) {
    covey_add(a, b, count, relu ? 1 : 0, y)
  }

  /// inputGradient = a + b where y > 0, else 0; inputGradient may be a or b.
  package static func maskedAdd(y: Values, _ a: Values, _ b: Values, count: Int, into inputGradient: Result) {
    covey_masked_add(y, a, b, count, inputGradient)
  }

  /// y = x / keep where element i of the mask of `key` keeps it, else 0; y may be x.
  package static func dropout(_ x: Values, count: Int, key: UInt64, rate: Float, into y: Result) {
    covey_dropout(x, count, key, UInt32(Double(rate) * 0x1p32), 1 / (1 - rate), y)
  }

  /// y = the transpose of each of `batch` matrices `rows × columns`.
  package static func transpose(_ x: Values, batch: Int, rows: Int, columns: Int, into y: Result) {
    covey_transpose(x, batch, rows, columns, y)
  }

  /// Every row of y = `row`.
  package static func fillRows(_ row: Values, rows: Int, columns: Int, into y: Result) {
    covey_fill_rows(row, rows, columns, y)
  }

  /// Every row of y += `row`.
  package static func addRow(_ row: Values, rows: Int, columns: Int, to y: Result) {
    covey_add_row(row, rows, columns, y)
  }

  /// sum = Σ over the rows.
  package static func columnSums(_ x: Values, rows: Int, columns: Int, into sum: Result) {
    covey_column_sums(x, rows, columns, sum)
  }

  /// y = the mean over each sample's positions.
  ///
  /// A sample whose channels lie in blocks of 16 is to this so many samples of 16 channels.
  package static func positionMeans(_ x: Values, batch: Int, positions: Int, channels: Int, into y: Result) {
    covey_position_means(x, batch, positions, channels, y)
  }

  /// inputGradient = gradient / positions at each position; blocks as above.
  package static func positionMeansBackward(
    _ gradient: Values, batch: Int, positions: Int, channels: Int, into inputGradient: Result
  ) {
    covey_position_means_backward(gradient, batch, positions, channels, inputGradient)
  }

  /// y = x · scale + shift per channel, a single source channel repeated.
  package static func gatherPixels(
    _ x: Values, pixels: Int, sourceChannels: Int, channels: Int, scale: Values, shift: Values, into y: Result
  ) {
    covey_gather_pixels(x, pixels, sourceChannels, channels, scale, shift, y)
  }

  // MARK: Losses

  /// The sum of the rows' softmax cross entropies and how many are right; gradient = (softmax − onehot) · factor.
  package static func crossEntropy(
    _ x: Values, targets: UnsafePointer<Int32>, rows: Int, classes: Int, factor: Float, gradient: Result?
  ) -> (sum: Double, correct: Int) {
    var correct: Int64 = 0
    let sum = covey_cross_entropy(x, targets, rows, classes, factor, gradient, &correct)
    return (sum, Int(correct))
  }

  /// The sum of the elements' binary cross entropies with logits; gradient = (σ(x) − t) · factor.
  package static func binaryCrossEntropy(
    _ x: Values, targets: Values, count: Int, factor: Float, gradient: Result?
  ) -> Double {
    covey_binary_cross_entropy(x, targets, count, factor, gradient)
  }

  /// The sum of the squared errors; gradient = 2(x − t) · factor.
  package static func squaredError(
    _ x: Values, targets: Values, count: Int, factor: Float, gradient: Result?
  ) -> Double {
    covey_squared_error(x, targets, count, factor, gradient)
  }

  // MARK: Optimizers

  /// g = g · factor.
  package static func scale(_ g: Result, count: Int, by factor: Float) { covey_scale(g, count, factor) }

  /// g within ±bound; what is no number stays so.
  package static func clamp(_ g: Result, count: Int, to bound: Float) { covey_clamp(g, count, bound) }

  /// w −= rate · (g + decay·w).
  package static func sgd(_ w: Result, gradient: Values, count: Int, rate: Float, decay: Float) {
    covey_sgd(w, gradient, count, rate, decay)
  }

  /// SGD through a velocity, which is set on the first step.
  package static func sgdMomentum(
    _ w: Result, gradient: Values, velocity: Result, count: Int, rate: Float, decay: Float, momentum: Float,
    nesterov: Bool, isFirst: Bool
  ) {
    covey_sgd_momentum(w, gradient, velocity, count, rate, decay, momentum, nesterov ? 1 : 0, isFirst ? 1 : 0)
  }

  /// Adam, or AdamW if `decoupled`, at step `step` ≥ 1.
  package static func adam(
    _ w: Result, gradient: Values, first: Result, second: Result, count: Int, rate: Float, beta1: Double, beta2: Double,
    epsilon: Float, decay: Float, decoupled: Bool, step: Int
  ) {
    var power1 = 1.0
    var power2 = 1.0
    for _ in 0..<min(step, 1_000_000) {
      power1 *= beta1
      power2 *= beta2
      if power1 < 1e-17, power2 < 1e-17 { break }
    }
    covey_adam(
      w, gradient, first, second, count, rate, Float(beta1), Float(beta2), Float(1 - beta1), Float(1 - beta2), epsilon,
      decay, decoupled ? 1 : 0, Float(1 - power1), Float(1 - power2))
  }

  /// v += g²; w −= rate·g/(√v + epsilon).
  package static func adagrad(
    _ w: Result, gradient: Values, accumulator: Result, count: Int, rate: Float, epsilon: Float, decay: Float
  ) {
    covey_adagrad(w, gradient, accumulator, count, rate, epsilon, decay)
  }

  /// v = alpha·v + (1 − alpha)·g²; w −= rate·g/(√v + epsilon), through a velocity if there is one.
  package static func rmsprop(
    _ w: Result, gradient: Values, average: Result, velocity: Result?, count: Int, rate: Float, alpha: Double,
    epsilon: Float, decay: Float, momentum: Float
  ) {
    covey_rmsprop(w, gradient, average, velocity, count, rate, Float(alpha), Float(1 - alpha), epsilon, decay, momentum)
  }

  // MARK: Reductions

  /// Σ x².
  package static func sumOfSquares(_ x: Values, count: Int) -> Double { covey_sum_of_squares(x, count) }

  /// Σ (a − b)².
  package static func squaredDistance(_ a: Values, _ b: Values, count: Int) -> Double {
    covey_squared_distance(a, b, count)
  }

  /// Σ a·b.
  package static func dot(_ a: Values, _ b: Values, count: Int) -> Double { covey_dot(a, b, count) }

  /// The place of the first value that is infinite or not a number.
  package static func firstNonFinite(_ x: Values, count: Int) -> Int? {
    let place = covey_first_non_finite(x, count)
    return place < 0 ? nil : place
  }

  /// The place of the first value beyond ±limit or not a number; nil where there is none.
  package static func firstBeyond(_ x: Values, count: Int, limit: Float) -> Int? {
    let place = covey_first_beyond(x, count, limit)
    return place < 0 ? nil : place
  }

  /// accumulator += round((x − base) · factor), a missing base being 0; the place of the first value that is not a
  /// number or beyond ±limit, itself or in its difference, which is left out.
  package static func accumulate(
    _ x: Values, base: Values? = nil, count: Int, factor: Double, limit: Float,
    into accumulator: UnsafeMutablePointer<Int64>
  ) -> Int? {
    let place = covey_accumulate(accumulator, x, base, count, factor, limit)
    return place < 0 ? nil : place
  }

  /// y = accumulator · factor; accumulator = 0.
  package static func takeAccumulated(
    _ accumulator: UnsafeMutablePointer<Int64>, count: Int, factor: Double, into y: Result
  ) {
    covey_take_accumulated(accumulator, count, factor, y)
  }

  /// y += a · (x − z).
  package static func addScaledDifference(_ x: Values, _ z: Values, count: Int, factor: Float, to y: Result) {
    covey_add_scaled_difference(y, x, z, count, factor)
  }

  /// y += a · x.
  package static func addScaled(_ x: Values, count: Int, factor: Float, to y: Result) {
    covey_add_scaled(y, x, count, factor)
  }

  /// sketch += a − b, a missing b being 0, folded onto `size` places with signs from a hash; the difference itself for
  /// up to `size` values.
  package static func sketchDifference(
    _ a: Values, _ b: Values?, count: Int, offset: Int, size: Int, into sketch: Result
  ) {
    covey_sketch_difference(a, b, count, offset, size, sketch)
  }

  // MARK: Measuring

  /// Runs fused multiply-adds on registers and returns how many floating-point operations that were.
  package static func peakOperations(rounds: Int) -> Double {
    var result: Float = 1
    return covey_peak_operations(Int64(rounds), &result)
  }
}

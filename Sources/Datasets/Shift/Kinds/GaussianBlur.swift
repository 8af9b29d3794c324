internal import Catalogs
internal import Foundation
internal import Tensors

/// Blurs an image.
///
///     σ = sd · ℓ pixels, radius r = ⌊4σ + ½⌋
///     weights e^{−d²/2σ²}/Σ for d = −r … r, down the columns and then along the rows; the border is repeated
///
/// Source: SciPy's `gaussian_filter` with mode `nearest`.
struct GaussianBlur: FeatureShift {
  let deviation: Double

  func problem(with shape: Shape) -> String? { imageProblem(shape) }

  func apply(to example: ShiftedExample) {
    let sigma = deviation * example.level
    let radius = Int((4 * sigma + 0.5).rounded(.down))
    guard radius > 0 else { return }
    var weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let sum = weights.reduce(0, +)
    for place in weights.indices { weights[place] /= sum }
    let (height, width, channels) = (example.shape[0], example.shape[1], example.shape.channels)
    let row = width * channels
    pass(example.values, into: example.scratch, weights, extent: height, step: row, lines: row) { $0 }
    pass(example.scratch, into: example.values, weights, extent: width, step: channels, lines: height * channels) {
      $0 / channels * row + $0 % channels
    }
  }

  /// target = the source, smoothed along lines of `extent` values that are `step` apart and begin at `start(line)`.
  private func pass(
    _ source: UnsafeMutableBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>, _ weights: [Double],
    extent: Int, step: Int, lines: Int, start: (Int) -> Int
  ) {
    let radius = weights.count / 2
    for line in 0..<lines {
      let first = start(line)
      for place in 0..<extent {
        var sum = 0.0
        for (index, weight) in weights.enumerated() {
          let neighbour = min(max(place + index - radius, 0), extent - 1)
          sum += weight * Double(source[first + neighbour * step])
        }
        target[first + place * step] = Float(sum)
      }
    }
  }

  static let entry = CatalogEntry<ShiftEntry>.shift(
    "blur", "blurs images",
    options: [.required("sd", .number(.init(0, 1000)), "the standard deviation at level 1, in pixels")],
    shorthand: "sd"
  ) { GaussianBlur(deviation: $0.number("sd")) }
}

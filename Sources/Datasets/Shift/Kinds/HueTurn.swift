internal import Catalogs
internal import Foundation
internal import Tensors

/// Turns the colours of an image: the plane (I, Q) of YIQ by p degrees, the luminance Y stays.
///
///     Y = 0.30 R + 0.59 G + 0.11 B
///     I = 0.74 (R − Y) − 0.27 (B − Y),  Q = 0.48 (R − Y) + 0.41 (B − Y)
///     (I, Q) ← (cos p · I − sin p · Q, sin p · I + cos p · Q)
///
/// and back; all three steps are one 3×3 matrix a level.
///
/// Source: the matrices of Python's `colorsys`.
struct HueTurn: FeatureShift {
  let degrees: LevelRange

  func problem(with shape: Shape) -> String? {
    if let problem = imageProblem(shape) { return problem }
    return shape.channels == 3
      ? nil : "needs three channels, and the data have \(shape.channels) (allowed: 'data.image.channels' 3)"
  }

  /// The matrix of an angle in radians, row by row.
  static func matrix(_ angle: Double) -> [Double] {
    let toYIQ: [(Double, Double, Double)] = [(1, 0, 0), (0, 1, 0), (0, 0, 1)].map { red, green, blue in
      let y = 0.30 * red + 0.59 * green + 0.11 * blue
      return (y, 0.74 * (red - y) - 0.27 * (blue - y), 0.48 * (red - y) + 0.41 * (blue - y))
    }
    let (cosine, sine) = (cos(angle), sin(angle))
    var matrix = [Double](repeating: 0, count: 9)
    for (column, colour) in toYIQ.enumerated() {
      let y = colour.0
      let i = cosine * colour.1 - sine * colour.2
      let q = sine * colour.1 + cosine * colour.2
      matrix[column] = y + 0.9468822170900693 * i + 0.6235565819861433 * q
      matrix[3 + column] = y - 0.27478764629897834 * i - 0.6356910791873801 * q
      matrix[6 + column] = y - 1.1085450346420322 * i + 1.7090069284064666 * q
    }
    return matrix
  }

  func apply(to example: ShiftedExample) {
    let m = Self.matrix(degrees.value(at: example.level) * .pi / 180)
    let values = example.values
    for start in stride(from: 0, to: values.count, by: 3) {
      let (red, green, blue) = (Double(values[start]), Double(values[start + 1]), Double(values[start + 2]))
      for row in 0..<3 {
        values[start + row] = Float(m[3 * row] * red + m[3 * row + 1] * green + m[3 * row + 2] * blue)
      }
    }
  }

  static let entry = CatalogEntry<ShiftEntry>.shift(
    "colour", "turns the colours of images of three channels",
    options: [LevelRange.option("degrees", .any, "the angles at levels 0 and 1")]
  ) { HueTurn(degrees: LevelRange($0, "degrees")) }
}

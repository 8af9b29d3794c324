/// What the strengths of a heat map stand for: sixteen steps of one hue laid over the surface, so that the same picture
/// is right on white and on black.
package struct HeatScale: Sendable, Equatable {
  /// How many strengths there are.
  static let levelCount = 16

  /// The values from the weakest to the strongest.
  let axis: Axis
  /// What the scale measures.
  var name: String { axis.name }

  /// Makes a scale for values, from 0; where the largest is over 30 times the median and all are positive, it is
  /// logarithmic and spans at most four powers of ten: what is less has the weakest strength.
  package init(_ values: some Sequence<Double>, name: String, format: ValueFormat) {
    let all = Array(values)
    let plain = Axis(all, name: name, format: format, includesZero: true, allowsLogarithm: true)
    guard plain.isLogarithmic else {
      axis = plain
      return
    }
    let most = all.filter(\.isFinite).max() ?? 1
    axis = Axis(
      all.map { max($0, most / 1e4) }, name: name + ", logarithmic", format: format, allowsLogarithm: true,
      isAlwaysLogarithmic: true)
  }

  /// The strength of a value, from 0; nil for one that has no place on the scale.
  func level(_ value: Double) -> Int? {
    axis.share(value).map { min(Self.levelCount - 1, Int($0 * Double(Self.levelCount))) }
  }

  /// How much of the hue covers the surface; also the weakest strength can be told from an empty cell.
  static func opacity(_ level: Int) -> Double { 0.05 + 0.95 * Double(level) / Double(levelCount - 1) }

  /// The width of its bar with labels, in pixels.
  var barWidth: Double {
    Self.steps * Double(Self.levelCount) + ends.reduce(12) { $0 + TextWidth.of($1, size: Palette.labelSize) }
  }

  private static let steps = 6.0

  private var ends: [String] {
    let bounds = [axis.range.lowerBound, axis.range.upperBound]
    if bounds[0] == 0 { return ["0"] + axis.format.labels([bounds[1]], step: Axis.step(bounds[1], count: 8)) }
    return axis.isLogarithmic
      ? bounds.map(axis.format.text) : axis.format.labels(bounds, step: Axis.step(bounds[1] - bounds[0], count: 4))
  }

  /// Draws the scale as a bar that ends at `right`.
  func draw(_ canvas: inout Canvas, right: Double, baseline: Double) {
    let texts = ends
    let highWidth = TextWidth.of(texts[1], size: Palette.labelSize)
    let left = right - highWidth - 6 - Self.steps * Double(Self.levelCount)
    canvas.label(texts[0], x: left - 6, y: baseline, anchor: .end, style: "tick")
    for level in 0..<Self.levelCount {
      let frame = Frame(x: left + Double(level) * Self.steps, y: baseline - 9, width: Self.steps, height: 10)
      canvas.rectangle(frame, style: "heat", opacity: Self.opacity(level))
    }
    canvas.label(texts[1], x: right, y: baseline, anchor: .end, style: "tick")
  }
}

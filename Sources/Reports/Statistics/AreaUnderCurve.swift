/// The area under a curve over rounds.
package enum AreaUnderCurve {
  /// Returns the area by the trapezoid rule divided by the span, which is the curve's mean height, in the unit of its
  /// values: Σ (xᵢ₊₁ − xᵢ)(yᵢ + yᵢ₊₁)/2 / (xₙ − x₁); nil for fewer than two points.
  ///
  /// - Parameter points: The curve by ascending x; distances may differ.
  ///
  /// Source: numpy's `trapezoid(y, x)`.
  package static func meanHeight(_ points: [(x: Double, y: Double)]) -> Double? {
    guard let first = points.first, let last = points.last, last.x > first.x else { return nil }
    let area = zip(points, points.dropFirst()).reduce(0) { $0 + ($1.1.x - $1.0.x) * ($1.0.y + $1.1.y) / 2 }
    return area / (last.x - first.x)
  }
}

/// Summaries of a handful of numbers: over seeds, or over clients.
///
/// All are nil for an empty sample and NaN for one that holds a NaN: whoever must not average those leaves them out
/// and says so.
package enum Sample {
  /// Returns x̄ = Σxᵢ/n, exactly the common value where all are equal; nil for an empty sample.
  ///
  /// Source: the shifted mean of Chan, Golub & LeVeque 1983, with the first value as the shift.
  package static func mean(_ values: [Double]) -> Double? {
    guard let first = values.first else { return nil }
    return first + values.reduce(0) { $0 + ($1 - first) } / Double(values.count)
  }

  /// Whether two means are equal but for rounding: to 1e-12 of the larger, which no two shares of examples come near.
  static func areEqual(_ one: Double, _ other: Double) -> Bool {
    abs(one - other) <= 1e-12 * max(abs(one), abs(other))
  }

  /// Returns s = √(Σ(xᵢ − x̄)²/(n − 1)), in the unit of the values; nil for fewer than two.
  ///
  /// Source: the corrected two-pass algorithm of Chan, Golub & LeVeque 1983; divisor n − 1, as numpy's `ddof=1`.
  package static func standardDeviation(_ values: [Double]) -> Double? {
    guard values.count > 1, let mean = mean(values) else { return nil }
    let count = Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let rest = values.reduce(0) { $0 + ($1 - mean) }
    return (max(0, squares - rest * rest / count) / (count - 1)).squareRoot()
  }
}

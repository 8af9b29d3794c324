extension Sample {
  /// Returns Jain's index (Σx)²/(n Σx²) of values ≥ 0, in [1/n, 1]: 1 where all are equal, k/n where k share all
  /// equally and the rest have nothing; nil for an empty sample and where all are 0.
  ///
  /// It is 1/(1 + c²) with c = √(Σ(x − x̄)²/n)/x̄.
  ///
  /// Source: Jain, Chiu & Hawe 1984, DEC-TR-301, equation 1.
  package static func jainIndex(_ values: [Double]) -> Double? {
    let sum = values.reduce(0, +)
    let squares = values.reduce(0) { $0 + $1 * $1 }
    return squares == 0 ? nil : sum * sum / (Double(values.count) * squares)
  }

  /// Returns √(Σ(x − x̄)²/n), the standard deviation of values that are all there are, as all clients of a run; nil for
  /// an empty sample.
  package static func populationDeviation(_ values: [Double]) -> Double? {
    guard let mean = mean(values) else { return nil }
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }
}

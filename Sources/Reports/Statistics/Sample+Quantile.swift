extension Sample {
  /// Returns the value below which the share `q` of the sample lies, linear between the order statistics; nil for an
  /// empty sample.
  ///
  /// h = (n − 1)q; the result is x₍⌊h⌋₎ + (h − ⌊h⌋)(x₍⌊h⌋+1₎ − x₍⌊h⌋₎) with x sorted and counted from 0.
  ///
  /// Source: Hyndman & Fan 1996, definition 7; numpy's default `method="linear"`.
  ///
  /// - Precondition: q in [0, 1].
  package static func quantile(_ values: [Double], _ q: Double) -> Double? {
    precondition(q >= 0 && q <= 1, "quantile: \(q) is not in [0, 1]")
    guard !values.isEmpty else { return nil }
    if values.contains(where: \.isNaN) { return .nan }
    let sorted = values.sorted()
    let position = Double(sorted.count - 1) * q
    let below = Int(position.rounded(.down))
    let fraction = position - Double(below)
    // Without this an infinite neighbour with weight 0 would make a NaN.
    if fraction == 0 { return sorted[below] }
    return sorted[below] + fraction * (sorted[below + 1] - sorted[below])
  }

  /// Returns the middle value, or the mean of the two middle ones; nil for an empty sample.
  package static func median(_ values: [Double]) -> Double? {
    quantile(values, 0.5)
  }
}

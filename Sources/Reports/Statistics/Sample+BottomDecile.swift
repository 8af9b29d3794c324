extension Sample {
  /// Returns the mean of the worst ⌈n/10⌉ values; nil for an empty sample.
  ///
  /// - Parameters:
  ///   - values: One value a client, in any unit.
  ///   - higherIsBetter: Whether the worst are the smallest (accuracy) or the largest (loss).
  ///
  /// Source: the "worst 10 % of the clients" of Li et al., q-FFL, ICLR 2020, table 1, with the count rounded up so
  /// that ten clients or fewer give the worst one.
  package static func bottomDecile(_ values: [Double], higherIsBetter: Bool) -> Double? {
    if values.contains(where: \.isNaN) { return .nan }
    let worstFirst = higherIsBetter ? values.sorted(by: <) : values.sorted(by: >)
    return mean(Array(worstFirst.prefix((values.count + 9) / 10)))
  }
}

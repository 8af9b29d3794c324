/// Holm's correction of p values for several tests at once.
package enum Holm {
  /// Returns the corrected p values: however many of the hypotheses are true, the chance that any of these falls below
  /// 0.05 for one that is true is at most 5 %.
  ///
  /// With p₍₁₎ ≤ … ≤ p₍ₖ₎: p̃₍ᵢ₎ = min(1, max_{j ≤ i} (k − j + 1) p₍ⱼ₎).
  ///
  /// Source: Holm 1979; the same as R's `p.adjust(method = "holm")`.
  ///
  /// - Parameter pValues: The family; a nil belongs to no hypothesis that can be tested, stays nil and does not count.
  package static func corrected(_ pValues: [Double?]) -> [Double?] {
    let order = pValues.indices.compactMap { index in pValues[index].map { (index: index, p: $0) } }
      .sorted { ($0.p, $0.index) < ($1.p, $1.index) }
    var corrected = [Double?](repeating: nil, count: pValues.count)
    var largest = 0.0
    for (step, entry) in order.enumerated() {
      largest = max(largest, min(1, Double(order.count - step) * entry.p))
      corrected[entry.index] = largest
    }
    return corrected
  }
}

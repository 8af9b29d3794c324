extension PairedTest {
  /// Wilcoxon's signed-rank test, two-sided.
  ///
  /// It asks whether the differences lie symmetrically around 0. Differences of 0 are left out; the m others are ranked
  /// by |dᵢ|, ties by their mean rank. With W⁺ and W⁻ the sums of the ranks of the positive and of the negative ones,
  /// the statistic is min(W⁺, W⁻).
  ///
  /// The p value is 2 min(P(W ≤ W⁺), P(W ≥ W⁺)), at most 1, where each sign is as likely as the other:
  /// - without zeros and ties, and up to 50 pairs: exact;
  /// - with some, and up to 13 pairs: exact too, over all 2ᵐ changes of the signs with the ranks as they are;
  /// - else by the normal distribution, z = (W⁺ − m(m+1)/4)/√(m(m+1)(2m+1)/24 − Σ(t³ − t)/48) over ties of size t,
  ///   without a correction for continuity.
  ///
  /// Source: Wilcoxon 1945; Pratt & Gibbons 1981, chapter 3; the choices are those of SciPy 1.17's
  /// `stats.wilcoxon(x, y)` with its defaults.
  /// Differs: no p value if all differences are 0, where SciPy has 1 or NaN; what is equal but for rounding is tied.
  package static let wilcoxon = PairedTest(name: "wilcoxon", title: "Wilcoxon") { sample in
    let (ranks, ties) = sample.ranks
    let positive = zip(sample.differences, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
    let total = ranks.reduce(0, +)
    let isPlain = ties.count == sample.count
    let p: Double
    let method: PairedTestResult.Method
    if sample.count <= (isPlain ? 50 : 13) {
      p = exactProbability(positive, ranks: ranks.filter { $0 > 0 })
      method = isPlain ? .exact : .permutations
    } else {
      let m = Double(ties.reduce(0, +))
      let tieTerm = ties.reduce(0.0) { $0 + Double($1) * (Double($1) * Double($1) - 1) } / 48
      let deviation = (m * (m + 1) * (2 * m + 1) / 24 - tieTerm).squareRoot()
      p = Normal.twoSidedProbability((positive - m * (m + 1) / 4) / deviation)
      method = .asymptotic
    }
    return PairedTestResult(
      statistic: min(positive, total - positive), pValue: p, method: method, direction: 2 * positive - total)
  }

  /// The p value of W⁺ = `positive` when each rank has either sign with equal chance: the number of sign changes by
  /// twice their sum, which is whole also for mean ranks, counted rank by rank. 2⁵⁰ is still exact in a `Double`.
  ///
  /// - Complexity: O(m³).
  private static func exactProbability(_ positive: Double, ranks: [Double]) -> Double {
    let doubled = ranks.map { Int(2 * $0) }
    var counts = [1.0]
    for rank in doubled {
      var longer = counts + [Double](repeating: 0, count: rank)
      for (sum, count) in counts.enumerated() { longer[sum + rank] += count }
      counts = longer
    }
    let observed = Int(2 * positive)
    let below = counts[...observed].reduce(0, +)
    let above = counts[observed...].reduce(0, +)
    return min(1, 2 * min(below, above) / counts.reduce(0, +))
  }
}

extension PairedTest {
  /// The sign test: the number of positive differences under a fair coin, two-sided; differences of 0 are left out.
  ///
  /// It asks whether the median of the differences is 0, and takes nothing for granted but that pairs are independent.
  /// The statistic is the number of positive differences; p = min(1, 2 P(X ≤ min(k, m − k))) for k of m.
  ///
  /// Source: Dixon & Mood 1946; SciPy's `stats.binomtest(k, m)`.
  package static let sign = PairedTest(name: "sign", title: "sign") { sample in
    let positive = sample.differences.count { $0 > 0 }
    let negative = sample.differences.count { $0 < 0 }
    let p = FairCoin(throwCount: positive + negative).twoSidedProbability(positive)
    return PairedTestResult(
      statistic: Double(positive), pValue: p, method: .exact, direction: Double(positive - negative))
  }
}

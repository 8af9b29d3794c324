extension PairedTest {
  /// Student's paired t test: t = d̄√n/s under n − 1 degrees of freedom, two-sided.
  ///
  /// It asks whether the mean of the differences is 0, and takes them for normal.
  ///
  /// Source: Student 1908; SciPy's `stats.ttest_rel`.
  /// Differs: differences that are equal but for rounding have no p value, see `PairedDifference`.
  package static let t = PairedTest(name: "t", title: "t") { sample in
    let difference = PairedDifference(sample)
    guard let mean = difference.mean, let spread = difference.standardDeviation, let p = difference.pValue else {
      return PairedTestResult(undefined: difference.undefined ?? .noSpread)
    }
    let statistic = mean / (spread / Double(sample.count).squareRoot())
    return PairedTestResult(statistic: statistic, pValue: p, method: .exact, direction: mean)
  }
}

/// All that is said about a measure of an arm against the same measure of the baseline, in pairs of one seed.
package struct PairedComparison: Sendable, Equatable {
  /// The mean difference with its t interval.
  package let difference: PairedDifference
  /// What each test of `PairedTest.all` says, by its name.
  package let tests: [String: PairedTestResult]
  /// How large the difference is, free of its unit.
  package let effect: EffectSize
  /// The bootstrap interval of the mean difference.
  package let bootstrap: BootstrapInterval
  /// The number of pairs of which one value is a bound; 0 for measures without a target.
  package let oneCensored: Int
  /// The number of pairs of which both values are bounds, so that their difference of 0 says nothing.
  package let bothCensored: Int
  /// The p value of the deciding test after Holm's correction over the whole comparison; nil where there is none.
  package internal(set) var corrected: Double?

  /// Whether nothing is known of any difference, because no run of any pair met the target.
  var isUnknown: Bool { bothCensored > 0 && bothCensored == difference.pairCount }

  /// Whether some of the differences are only bounds.
  var isBounded: Bool { oneCensored + bothCensored > 0 }

  /// Compares pairs of values.
  init(_ pairs: [(own: Double, baseline: Double)], oneCensored: Int = 0, bothCensored: Int = 0) {
    let sample = PairedSample(pairs.map(\.own), minus: pairs.map(\.baseline))
    difference = PairedDifference(sample)
    tests = Dictionary(uniqueKeysWithValues: PairedTest.all.map { ($0.name, $0(sample)) })
    effect = EffectSize(sample)
    bootstrap = BootstrapInterval(sample)
    self.oneCensored = oneCensored
    self.bothCensored = bothCensored
  }

  /// What a test says.
  package func result(_ test: PairedTest) -> PairedTestResult {
    tests[test.name] ?? PairedTestResult(undefined: .noPairs)
  }
}

/// A measure of an arm over its seeds.
package struct MeasureSummary: Sendable, Equatable {
  /// The measure.
  package let measure: ComparedMeasure
  /// The value of each of the arm's results, in their order; nil where a run has none.
  package let values: [Double?]
  /// How the arm compares with the baseline; nil for the baseline itself, without runs, and where one of the paired runs
  /// has no value.
  package internal(set) var comparison: PairedComparison?

  /// Mean over seeds; nil where a run has no value.
  package var mean: Double? {
    let known = values.compactMap { $0 }
    return known.count == values.count ? Sample.mean(known) : nil
  }

  /// Standard deviation over seeds; nil for fewer than two, or where a run has no value.
  package var deviation: Double? {
    let known = values.compactMap { $0 }
    return known.count == values.count ? Sample.standardDeviation(known) : nil
  }
}

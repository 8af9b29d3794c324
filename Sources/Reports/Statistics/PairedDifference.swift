/// The mean difference of two methods that ran under the same seeds, with a 95 % interval and a paired test.
///
/// With dᵢ = xᵢ − yᵢ, mean d̄ and sample standard deviation s over n pairs: the interval is d̄ ± t₀.₉₇₅,ₙ₋₁ s/√n, and
/// p = P(|T| ≥ |d̄|√n/s) under T of n − 1 degrees of freedom.
///
/// Source: Student 1908; the same as SciPy's `stats.ttest_rel` and its `confidence_interval(0.95)`.
/// Differs: differences of accuracies that are equal but for rounding (s below 1e-14 of the largest value) count as
/// equal. Then the interval has width 0 and p is nil, where SciPy has 0 (or NaN if all are 0): two test sets of a few
/// hundred examples can well differ by the same number of answers, which is no proof.
package struct PairedDifference: Sendable, Equatable {
  /// Why the interval or the p value is missing.
  package enum Undefined: String, Sendable, Equatable {
    /// No pair at all: not even a mean.
    case noPairs = "no-pairs"
    /// One pair has a mean, but no spread: neither interval nor p value.
    case onePair = "one-pair"
    /// All differences are 0: an interval of width 0, but no p value.
    case noDifference = "no-difference"
    /// All differences are equal, but not 0: an interval of width 0, but nothing for a test to judge by, so no p value.
    case noSpread = "no-spread"
    /// A value is NaN or infinite: nothing is defined.
    case notFinite = "not-finite"
  }

  /// n, the number of pairs.
  package let pairCount: Int
  /// d̄, in the unit of the values; nil without pairs or with values that are not finite.
  package let mean: Double?
  /// s, in the unit of the values; nil for fewer than two pairs.
  package let standardDeviation: Double?
  /// The 95 % interval of d̄, in the unit of the values; nil for fewer than two pairs.
  package let interval: ClosedRange<Double>?
  /// The two-sided p value of d̄ = 0; nil where `undefined` says why.
  package let pValue: Double?
  /// Why `pValue` is nil; nil where it is not.
  package let undefined: Undefined?

  /// Compares values with those of a baseline, pair by pair.
  ///
  /// - Parameters:
  ///   - values: xᵢ, in any unit.
  ///   - baseline: yᵢ, in the same unit and order.
  /// - Precondition: As many values as baseline values.
  package init(_ values: [Double], minus baseline: [Double]) {
    self.init(PairedSample(values, minus: baseline))
  }

  /// Compares pairs by their differences.
  package init(_ sample: PairedSample) {
    let differences = sample.differences
    pairCount = sample.count
    guard let mean = Sample.mean(differences) else {
      (self.mean, standardDeviation, interval, pValue, undefined) = (nil, nil, nil, nil, .noPairs)
      return
    }
    guard sample.defect != .notFinite else {
      (self.mean, standardDeviation, interval, pValue, undefined) = (nil, nil, nil, nil, .notFinite)
      return
    }
    guard let spread = Sample.standardDeviation(differences) else {
      (self.mean, standardDeviation, interval, pValue, undefined) = (mean, nil, nil, nil, .onePair)
      return
    }
    guard spread > sample.tolerance else {
      let isZero = abs(mean) <= sample.tolerance
      let center = isZero ? 0 : mean
      self.mean = center
      standardDeviation = 0
      interval = center...center
      pValue = nil
      undefined = isZero ? .noDifference : .noSpread
      return
    }
    let distribution = StudentT(degreesOfFreedom: Double(pairCount - 1))
    let error = spread / Double(pairCount).squareRoot()
    let half = distribution.quantile(0.975) * error
    self.mean = mean
    standardDeviation = spread
    interval = (mean - half)...(mean + half)
    pValue = distribution.twoSidedProbability(mean / error)
    undefined = nil
  }
}

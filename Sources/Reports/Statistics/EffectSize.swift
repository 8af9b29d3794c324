internal import Foundation

/// How large a paired difference is, free of its unit.
package struct EffectSize: Sendable, Equatable {
  /// Cohen's d_z = d̄/s, the mean of the differences in their standard deviations; nil without a spread.
  ///
  /// Source: Cohen 1988, section 2.3.5 (d_z for paired samples).
  package let cohen: Double?
  /// Hedges' g = J(n − 1) d_z with J(m) = Γ(m/2)/(√(m/2) Γ((m − 1)/2)), which takes out the bias of d_z in small
  /// samples; nil for fewer than three pairs, where J is 0.
  ///
  /// Source: Hedges 1981, equations 6d and 6e.
  package let hedges: Double?
  /// The matched-pairs rank-biserial correlation r = (W⁺ − W⁻)/(W⁺ + W⁻) of Wilcoxon's rank sums, in [−1, 1]; nil
  /// without a difference.
  ///
  /// Source: Kerby 2014, the simple difference formula.
  package let rankBiserial: Double?

  /// Measures the differences of a sample.
  package init(_ sample: PairedSample) {
    guard sample.defect == nil else {
      (cohen, hedges, rankBiserial) = (nil, nil, nil)
      return
    }
    let ranks = sample.ranks.ranks
    let signed = zip(sample.differences, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : -$1.1) }
    rankBiserial = signed / ranks.reduce(0, +)
    guard let mean = Sample.mean(sample.differences), let spread = Sample.standardDeviation(sample.differences),
      spread > sample.tolerance
    else {
      (cohen, hedges) = (nil, nil)
      return
    }
    cohen = mean / spread
    let m = Double(sample.count - 1)
    hedges = m > 1 ? mean / spread * exp(lgamma(m / 2) - lgamma((m - 1) / 2)) / (m / 2).squareRoot() : nil
  }
}

internal import Foundation
internal import Randomness

/// The 95 % interval of a mean difference by the bias-corrected and accelerated bootstrap (BCa), which takes the
/// differences for what they are and not for normal.
///
/// With θ̂ = d̄ and θ* the means of resamples: z₀ = Φ⁻¹((P(θ* < θ̂) + P(θ* ≤ θ̂))/2);
/// a = Σuᵢ³/(6 (Σuᵢ²)^{3/2}) with uᵢ = dᵢ − d̄, which is the jackknife's for a mean; and with z = Φ⁻¹(0.025) or
/// Φ⁻¹(0.975) the ends are the quantiles of θ* at Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z))), linear between order statistics.
///
/// Up to 10 pairs θ* runs over all nⁿ resamples (the ideal bootstrap; as C(2n − 1, n) sets with their weights), so that
/// nothing is random. Above it runs over 9,999 resamples from one fixed stream of random numbers, so that the same
/// differences always give the same interval.
///
/// Source: Efron & Tibshirani 1993, sections 6.4 (ideal) and 14.3; equations 14.9, 14.10, 14.14, 14.15. Given the same θ*, SciPy's
/// `stats.bootstrap(method="BCa")`.
/// Differs: means that are equal but for rounding count as equal. Two pairs have no interval: their resamples have
/// only three means.
package struct BootstrapInterval: Sendable, Equatable {
  /// Why there is no interval.
  package enum Undefined: String, Sendable, Equatable {
    /// No pair at all.
    case noPairs = "no-pairs"
    /// One pair: each resample is the sample.
    case onePair = "one-pair"
    /// Two pairs: the resamples have only three means.
    case twoPairs = "two-pairs"
    /// All differences are equal, so that each resample has the same mean and the acceleration is 0/0.
    case noSpread = "no-spread"
    /// A value is NaN or infinite.
    case notFinite = "not-finite"
    /// All resamples lie on one side of the mean, so that the bias is infinite, or the acceleration turns the levels
    /// around.
    case bias = "bias"
  }

  /// The largest number of pairs for which all resamples are enumerated.
  package static let largestIdealCount = 10
  /// How many resamples are drawn where there are more pairs.
  package static let drawnCount = 9_999

  /// The interval, in the unit of the differences; nil where `undefined` says why.
  package let interval: ClosedRange<Double>?
  /// Whether all resamples were enumerated.
  package let isIdeal: Bool
  /// Why there is no interval; nil where there is one.
  package let undefined: Undefined?

  /// Finds the interval of a sample.
  package init(_ sample: PairedSample) {
    isIdeal = sample.count <= Self.largestIdealCount
    let defect = Self.defect(sample)
    guard defect == nil, let mean = Sample.mean(sample.differences) else {
      (interval, undefined) = (nil, defect ?? .noPairs)
      return
    }
    let means = isIdeal ? Self.allMeans(sample.differences) : Self.drawnMeans(sample.differences)
    let below = means.reduce(0) { $0 + ($1.mean < mean - sample.tolerance ? $1.weight : 0) }
    let equal = means.reduce(0) { $0 + (abs($1.mean - mean) <= sample.tolerance ? $1.weight : 0) }
    let total = means.reduce(0) { $0 + $1.weight }
    let bias = Normal.quantile((2 * below + equal) / (2 * total))
    let squares = sample.differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let cubes = sample.differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) }
    let acceleration = cubes / (6 * squares * squares.squareRoot())
    let levels = [0.025, 0.975].map { share -> Double? in
      let shifted = bias + Normal.quantile(share)
      let divisor = 1 - acceleration * shifted
      return shifted.isFinite && divisor > 0 ? Normal.cumulativeProbability(bias + shifted / divisor) : nil
    }
    guard let low = levels[0], let high = levels[1], low <= high else {
      (interval, undefined) = (nil, .bias)
      return
    }
    let sorted = means.sorted { $0.mean < $1.mean }
    let ends = (Self.quantile(sorted, total, low), Self.quantile(sorted, total, high))
    interval = ends.0...max(ends.0, ends.1)
    undefined = nil
  }

  private static func defect(_ sample: PairedSample) -> Undefined? {
    switch sample.defect {
    case .noPairs: return .noPairs
    case .onePair: return .onePair
    case .notFinite: return .notFinite
    case .noDifference, .noSpread: return .noSpread
    case nil: break
    }
    let spread = Sample.standardDeviation(sample.differences) ?? 0
    if spread <= sample.tolerance { return .noSpread }
    return sample.count == 2 ? .twoPairs : nil
  }

  /// A mean of resamples, and of how many; whole numbers up to 10¹⁰ are exact.
  private struct WeightedMean {
    var mean: Double
    var weight: Double
  }

  /// The means of all nⁿ resamples: each set of n with repetition has n!/Πkᵢ! orders.
  private static func allMeans(_ differences: [Double]) -> [WeightedMean] {
    let n = differences.count
    let factorials = (0...n).map { (0..<$0).reduce(1.0) { $0 * Double($1 + 1) } }
    var means: [WeightedMean] = []
    func fill(from place: Int, left: Int, sum: Double, orders: Double) {
      if place == n - 1 {
        let total = sum + Double(left) * differences[place]
        means.append(WeightedMean(mean: total / Double(n), weight: orders / factorials[left]))
        return
      }
      for times in 0...left {
        fill(
          from: place + 1, left: left - times, sum: sum + Double(times) * differences[place],
          orders: orders / factorials[times])
      }
    }
    fill(from: 0, left: n, sum: 0, orders: factorials[n])
    // n! divided by other factorials one after the other is whole in the end, but not always on the way.
    return means.map { WeightedMean(mean: $0.mean, weight: $0.weight.rounded()) }
  }

  private static func drawnMeans(_ differences: [Double]) -> [WeightedMean] {
    var random = RandomStream(seed: 0, .bootstrap)
    return (0..<drawnCount).map { _ in
      var sum = 0.0
      for _ in differences { sum += differences[random.index(below: differences.count)] }
      return WeightedMean(mean: sum / Double(differences.count), weight: 1)
    }
  }

  /// The quantile of `Sample.quantile`, where each of the ascending means stands as often as its weight says.
  private static func quantile(_ sorted: [WeightedMean], _ total: Double, _ share: Double) -> Double {
    let position = (total - 1) * share
    let below = position.rounded(.down)
    var passed = 0.0
    var lower: Double?
    for entry in sorted {
      passed += entry.weight
      if lower == nil, passed > below { lower = entry.mean }
      if let lower, passed > below + 1 || below + 1 >= total {
        return lower + (position - below) * (entry.mean - lower)
      }
    }
    return lower ?? 0
  }
}

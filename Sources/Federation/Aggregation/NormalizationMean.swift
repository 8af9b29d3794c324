internal import Networks

/// The next shared values of normalization layers from the reporting clients' own, in fp64 and in the cohort's order.
struct NormalizationMean {
  let policy: any NormPolicy
  /// How statistics are treated in the round.
  let statistics: NormTreatment
  let layout: StateLayout

  /// γ, β, mixing and statistics (laid out as `layout.normalizationRange`) and counters; what is not shared, and
  /// statistics that are going to be recalibrated, keep the value of `global`.
  ///
  /// γ and β are trainable and weighed by their clients' influence, as weights and biases are; statistics by p_k alone.
  ///
  /// - Parameter results: The clients that reported, in ascending order, with weights that sum to 1.
  func next(_ results: [(result: ClientResult, weight: Double)], global: ModelState) -> (
    values: [Float], counters: [Int64]
  ) {
    let range = layout.normalizationRange
    var values = Array(global.values[range])
    func average(_ part: Range<Int>, _ weights: [Double]) {
      for place in part {
        var sum = 0.0
        for (entry, weight) in zip(results, weights) {
          sum += weight * Double(entry.result.normalization[place - range.lowerBound])
        }
        values[place - range.lowerBound] = Float(sum)
      }
    }
    let influenceSum = results.reduce(0) { $0 + $1.result.influence }
    let affine = policy.affine.isShared ? layout.affineRange : layout.affineRange.prefix(layout.exemptAffineCount)
    average(affine, results.map { $0.result.influence / influenceSum })
    var counters = global.counters
    func count(_ places: Range<Int>) {
      for place in places { counters[place] = policy.counterRule.next(results, place) ?? counters[place] }
    }
    guard statistics.isShared else {
      average(layout.statisticsRange.prefix(layout.exemptStatisticsCount), results.map(\.weight))
      count(0..<layout.exemptCounterCount)
      return (values, counters)
    }
    if statistics != .recalibrated {
      average(layout.statisticsRange, results.map(\.weight))
      if statistics == .pooled { pool(results, into: &values) }
      follow(global, &values)
    }
    count(counters.indices)
    return (values, counters)
  }

  /// Statistics = (1 − rate)·global + rate·statistics.
  private func follow(_ global: ModelState, _ values: inout [Float]) {
    guard policy.statisticsRate < 1 else { return }
    for place in layout.statisticsRange {
      let next = values[place - layout.weightCount]
      values[place - layout.weightCount] = policy.followed(global.values[place], next)
    }
  }

  /// Variances = Σp_k[σ²_k + (μ_k − μ)²] with the unrounded mean μ.
  private func pool(_ results: [(result: ClientResult, weight: Double)], into values: inout [Float]) {
    let start = layout.trainableCount - layout.weightCount
    for layer in layout.trackedLayers {
      for channel in 0..<layer.channels {
        let (_, variance) = pooledMoments(
          results.map {
            (
              $0.weight, $0.result.normalization[start + layer.mean + channel],
              $0.result.normalization[start + layer.variance + channel]
            )
          })
        values[start + layer.variance + channel] = Float(variance)
      }
    }
  }
}

extension NormPolicy {
  /// What a shared statistic becomes when a round's clients found another.
  func followed(_ value: Float, _ found: Float) -> Float {
    statisticsRate < 1 ? Float((1 - statisticsRate) * Double(value) + statisticsRate * Double(found)) : found
  }
}

extension CounterRule {
  /// The next shared counter of the reporting clients' own.
  fileprivate func next(_ results: [(result: ClientResult, weight: Double)], _ place: Int) -> Int64? {
    switch self {
    case .largest: results.map { $0.result.counters[place] }.max()
    case .first: results.first?.result.counters[place]
    case .truncatedMean: Int64(results.reduce(0) { $0 + $1.weight * Double($1.result.counters[place]) })
    }
  }
}

/// Mean and variance of a mixture of what clients have in fp32; see the other of this name.
func pooledMoments(_ parts: [(weight: Double, mean: Float, variance: Float)]) -> (mean: Double, variance: Double) {
  pooledMoments(parts.map { (weight: $0.weight, mean: Double($0.mean), variance: Double($0.variance)) })
}

/// Mean and variance of a mixture by the law of total variance: μ = Σp_kμ_k, σ² = Σp_k[σ²_k + (μ_k − μ)²].
func pooledMoments(_ parts: [(weight: Double, mean: Double, variance: Double)]) -> (mean: Double, variance: Double) {
  var mean = 0.0
  for part in parts { mean += part.weight * part.mean }
  var variance = 0.0
  for part in parts {
    let distance = part.mean - mean
    variance += part.weight * (part.variance + distance * distance)
  }
  return (mean, variance)
}

internal import Networks

/// The next shared values of normalization layers from the reporting clients' own, in fp64 and in the cohort's order.
struct NormalizationMean {
  let policy: any NormPolicy
  let layout: StateLayout

  /// γ, β and statistics (laid out as `layout.normalizationRange`) and counters; what is local keeps the value of
  /// `global`.
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
    if policy.affine.isShared {
      let influenceSum = results.reduce(0) { $0 + $1.result.influence }
      average(layout.weightCount..<layout.trainableCount, results.map { $0.result.influence / influenceSum })
    }
    guard policy.statistics.isShared else { return (values, global.counters) }
    average(layout.trainableCount..<layout.valueCount, results.map(\.weight))
    if policy.statistics == .pooled { pool(results, into: &values) }
    var counters = global.counters
    for place in counters.indices {
      counters[place] = results.map { $0.result.counters[place] }.max() ?? counters[place]
    }
    return (values, counters)
  }

  /// Variances = Σp_k[σ²_k + (μ_k − μ)²] with the unrounded mean μ.
  private func pool(_ results: [(result: ClientResult, weight: Double)], into values: inout [Float]) {
    for layer in StatisticsLayer.all(of: layout) {
      for channel in 0..<layer.channels {
        let (_, variance) = pooledMoments(
          results.map {
            (
              $0.weight, $0.result.normalization[layer.mean + channel],
              $0.result.normalization[layer.variance + channel]
            )
          })
        values[layer.variance + channel] = Float(variance)
      }
    }
  }
}

/// Where one layer's running statistics lie in the block of normalization values.
struct StatisticsLayer {
  let name: String
  let channels: Int
  let mean: Int
  let variance: Int

  static func all(of layout: StateLayout) -> [StatisticsLayer] {
    let start = layout.normalizationRange.lowerBound
    return layout.tensors.filter { $0.role == .runningMean }.compactMap { mean in
      guard let variance = layout.tensors(ofLayer: mean.layer).first(where: { $0.role == .runningVariance }) else {
        return nil
      }
      return StatisticsLayer(
        name: mean.layer, channels: mean.range.count, mean: mean.range.lowerBound - start,
        variance: variance.range.lowerBound - start)
    }
  }
}

/// Mean and variance of a mixture by the law of total variance: μ = Σp_kμ_k, σ² = Σp_k[σ²_k + (μ_k − μ)²].
func pooledMoments(_ parts: [(weight: Double, mean: Float, variance: Float)]) -> (mean: Double, variance: Double) {
  var mean = 0.0
  for part in parts { mean += part.weight * Double(part.mean) }
  var variance = 0.0
  for part in parts {
    let distance = Double(part.mean) - mean
    variance += part.weight * (Double(part.variance) + distance * distance)
  }
  return (mean, variance)
}

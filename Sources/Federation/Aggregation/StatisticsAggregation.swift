internal import Networks

/// The next shared running statistics and counters from those of the clients that reported, in fp64 and in the clients'
/// order. The aggregator's rule makes them; nothing else that happens to updates touches them.
struct StatisticsAggregation {
  let policy: any NormPolicy
  /// How statistics are treated in the round.
  let treatment: NormTreatment
  let layout: StateLayout
  let rule: AggregationRule
  /// How much the server takes of what the clients have; the rest is its own.
  var share = 1.0
  /// Whether counters of the server that are larger than the clients' stay: clients may have started from older ones.
  var keepsLargerCounters = false

  /// Statistics, laid out as `layout.statisticsRange`, and counters; what is not shared, and statistics that are going to
  /// be recalibrated, keep the value of `global`.
  ///
  /// - Parameter results: The clients that reported, in ascending order, with weights that sum to 1.
  func next(_ results: [(result: ClientResult, weight: Double)], global: ModelState) -> (
    values: [Float], counters: [Int64]
  ) {
    var values = Array(global.values[layout.statisticsRange])
    var counters = global.counters
    func average(_ part: Range<Int>) {
      for place in part { values[place] = Float(combined(results) { Double(statistic(place, $0.result)) }) }
    }
    func count(_ places: Range<Int>) {
      for place in places { counters[place] = policy.exchange.counterRule.next(results, place) ?? counters[place] }
    }
    let (statistics, shared) = (0..<layout.sharedStatisticsCount, 0..<layout.sharedCounterCount)
    // Where a policy keeps statistics from the server, those that are shared all the same are outside of it.
    let treatment = self.treatment.isShared || policy.statistics.isShared ? self.treatment : .averaged
    guard treatment.isShared else { return (values, counters) }
    if treatment != .recalibrated {
      average(statistics)
      if treatment == .pooled { pool(results, into: &values) }
      for place in statistics {
        values[place] = policy.followed(global.values[layout.trainableCount + place], values[place])
      }
    }
    count(shared)
    if share < 1 { mix(with: global, &values, isPooled: treatment == .pooled) }
    if keepsLargerCounters { for place in shared { counters[place] = max(counters[place], global.counters[place]) } }
    return (values, counters)
  }

  /// μ ← (1 − a)μ + aμ_k and σ² ← (1 − a)σ² + aσ²_k, pooled + a(1 − a)(μ_k − μ)².
  private func mix(with global: ModelState, _ values: inout [Float], isPooled: Bool) {
    let start = layout.trainableCount
    let found = values
    for place in 0..<layout.sharedStatisticsCount {
      values[place] = Float((1 - share) * Double(global.values[start + place]) + share * Double(found[place]))
    }
    for layer in isPooled ? layout.trackedLayers : [] where layer.mean < layout.sharedStatisticsCount {
      for channel in 0..<layer.channels {
        let distance = Double(found[layer.mean + channel]) - Double(global.values[start + layer.mean + channel])
        let place = layer.variance + channel
        values[place] = Float(
          (1 - share) * Double(global.values[start + place]) + share * Double(found[place])
            + share * (1 - share) * distance * distance)
      }
    }
  }

  /// A client's own value of a statistic.
  private func statistic(_ place: Int, _ result: ClientResult) -> Float { result.statistics[place] }

  /// What the rule makes of the clients' values at one place.
  private func combined(
    _ results: [(result: ClientResult, weight: Double)],
    _ value: ((result: ClientResult, weight: Double)) -> Double
  ) -> Double {
    switch rule {
    case .mixture(_, let weights):
      var sum = 0.0
      for (result, weight) in zip(results, weights) { sum += weight * value(result) }
      return sum
    case .coordinates(let middle):
      var column = results.map(value)
      return middle(&column)
    }
  }

  /// Variances by the rule on σ²_k + (μ_k − μ)² with the unrounded mean μ.
  private func pool(_ results: [(result: ClientResult, weight: Double)], into values: inout [Float]) {
    for layer in layout.trackedLayers where layer.mean < layout.sharedStatisticsCount {
      for channel in 0..<layer.channels {
        let mean = combined(results) { Double(statistic(layer.mean + channel, $0.result)) }
        let variance = combined(results) { entry in
          let distance = Double(statistic(layer.mean + channel, entry.result)) - mean
          return Double(statistic(layer.variance + channel, entry.result)) + distance * distance
        }
        values[layer.variance + channel] = Float(variance)
      }
    }
  }
}

extension NormPolicy {
  /// What a shared statistic becomes when a round's clients found another: (1 − rate)·value + rate·found.
  func followed(_ value: Float, _ found: Float) -> Float {
    let rate = exchange.statisticsRate
    return rate < 1 ? Float((1 - rate) * Double(value) + rate * Double(found)) : found
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

internal import Networks

/// What clients keep of normalization layers, over all that trained so far.
struct ClientValues: Sendable {
  /// They, in ascending order.
  let clients: [Int]
  /// Their weighted mean, each value by itself, laid out as `LocalRanges.normalization`; empty where nobody trained.
  let mean: [Float]
  /// The same with variances by the law of total variance.
  let pooled: [Float]

  /// Looks through what clients keep, in their order and in fp64.
  ///
  /// The pooled variance grows client by client, so that what clients keep is read once:
  ///
  ///     W ← W + p_k,  d = μ_k − μ,  μ ← μ + d·p_k/W,  S ← S + p_k[σ²_k + d(μ_k − μ)],  σ² = S/W
  ///
  /// - Throws: `ClientStoreProblem` when what a client keeps can't be read.
  init(_ configuration: RunConfiguration, _ local: LocalRanges, _ store: ClientStore) throws {
    clients = store.clients
    let count = local.normalization.reduce(0) { $0 + $1.count }
    var sums = [Double](repeating: 0, count: count)
    var means = sums
    var spreads = sums
    var weightSum = 0.0
    // Their places count from the first statistic that is local: those of exempt layers stand before it.
    let layers = local.trackedLayers
    let start = count - local.statistics.count
    for client in clients {
      guard let values = try store[client].map(local.normalization(of:)), values.count == count else { continue }
      let weight = configuration.weighting == .uniform ? 1 : Double(configuration.dataset.trainCount(client))
      weightSum += weight
      for place in 0..<count { sums[place] += weight * Double(values[place]) }
      for layer in layers {
        for channel in 0..<layer.channels {
          let (mean, variance) = (start + layer.mean + channel, start + layer.variance + channel)
          let before = Double(values[mean]) - means[mean]
          means[mean] += before * weight / weightSum
          spreads[variance] +=
            weight * (Double(values[variance]) + before * (Double(values[mean]) - means[mean]))
        }
      }
    }
    let averages = weightSum > 0 ? sums.map { Float($0 / weightSum) } : []
    var mixture = averages
    for layer in layers where weightSum > 0 {
      for place in (start + layer.variance)..<(start + layer.variance + layer.channels) {
        mixture[place] = Float(spreads[place] / weightSum)
      }
    }
    mean = averages
    pooled = mixture
  }
}

extension LocalRanges {
  /// What normalization layers have of a client's own values, in the order in which its memory holds them.
  var normalization: [Range<Int>] { [affine, mixing, statistics] }

  /// Whether γ and β or statistics stay with the client, which are all that an evaluation has a choice of.
  var hasEvaluatedValues: Bool { !affine.isEmpty || !statistics.isEmpty }

  /// What a client keeps of normalization layers; it may keep weights, too.
  func normalization(of memory: ClientMemory) -> [Float] {
    Array(memory.localValues.dropFirst(copied.count + weights.count))
  }
}

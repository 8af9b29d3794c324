internal import Networks

/// What clients keep of normalization layers, over all that trained so far.
struct ClientValues: Sendable {
  /// They, in ascending order.
  let clients: [Int]
  /// Their weighted mean, each value by itself, laid out as `ClientMemory.localValues`; empty where nobody trained.
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
    let count = local.affine.count + local.statistics.count
    var sums = [Double](repeating: 0, count: count)
    var means = sums
    var spreads = sums
    var weightSum = 0.0
    let layers = LocalStatistics(local, configuration.network.layout).layers
    for client in clients {
      guard let values = try store[client]?.localValues, values.count == count else { continue }
      let weight = configuration.weighting == .uniform ? 1 : Double(configuration.dataset.trainCount(client))
      weightSum += weight
      for place in 0..<count { sums[place] += weight * Double(values[place]) }
      for layer in layers {
        for channel in 0..<layer.channels {
          let (mean, variance) = (layer.mean + channel, layer.variance + channel)
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
      for place in layer.variance..<(layer.variance + layer.channels) {
        mixture[place] = Float(spreads[place] / weightSum)
      }
    }
    mean = averages
    pooled = mixture
  }
}

/// Where running statistics lie in `ClientMemory.localValues`; none where they don't stay with the client.
struct LocalStatistics {
  let layers: [StatisticsLayer]

  init(_ local: LocalRanges, _ layout: StateLayout) {
    guard !local.statistics.isEmpty else {
      layers = []
      return
    }
    // From places in the block of normalization values to places behind the client's own γ and β.
    let offset = local.statistics.lowerBound - layout.weightCount - local.affine.count
    layers = StatisticsLayer.all(of: layout).map {
      StatisticsLayer(
        name: $0.name, channels: $0.channels, mean: $0.mean - offset, variance: $0.variance - offset)
    }
  }
}

internal import Foundation
internal import Networks
internal import Records

/// Drift of a round's clients from one another, layer by layer; see `NormDriftRecord` for the measures.
///
/// A variance below 1e-12 counts as 1e-12, so that a channel that is constant does not make a measure infinite.
struct Drift {
  let network: Network
  private var layout: StateLayout { network.layout }
  private static let smallestVariance = 1e-12

  /// Drift of each client's layers, client by client, and of each layer over the cohort.
  ///
  /// - Parameter results: The clients that reported, in ascending order, with weights that sum to 1.
  func measure(_ results: [(result: ClientResult, weight: Double)]) -> (
    clients: [NormDriftRecord], layers: [LayerDriftRecord]
  ) {
    var clients: [[NormDriftRecord]] = results.map { _ in [] }
    var layers: [LayerDriftRecord] = []
    let batchNorms = Dictionary(
      network.layers.compactMap { placed in (placed.layer as? BatchNorm).map { (placed.name, $0) } }
    ) { first, _ in first }
    let withStatistics = Dictionary(layout.trackedLayers.map { ($0.name, $0) }) { first, _ in first }
    var names: [String] = []
    for tensor in layout.tensors where tensor.role.isNormalization && names.last != tensor.layer {
      names.append(tensor.layer)
    }
    for name in names {
      var records = results.map {
        NormDriftRecord(
          client: $0.result.client, layer: name, meanShift: nil, varianceLogRatio: nil, kl: nil, w2: nil,
          affineDistance: nil)
      }
      if let layer = withStatistics[name] {
        let share = statistics(of: layer, results, into: &records)
        let divergences = records.compactMap(\.kl)
        layers.append(
          LayerDriftRecord(
            layer: name, betweenShare: share, meanKL: divergences.reduce(0, +) / Double(max(1, divergences.count)),
            maxKL: divergences.max() ?? 0))
      }
      affine(of: name, results, into: &records)
      if let norm = batchNorms[name] { age(of: name, norm, results, into: &records) }
      for (place, record) in records.enumerated() { clients[place].append(record) }
    }
    return (clients.flatMap { $0 }, layers)
  }

  private func statistics(
    of layer: TrackedLayer, _ results: [(result: ClientResult, weight: Double)],
    into records: inout [NormDriftRecord]
  ) -> Double {
    var sums = [(shift: Double, ratio: Double, kl: Double, w2: Double)](repeating: (0, 0, 0, 0), count: results.count)
    var share = 0.0
    let mean = observedPlace(of: layout.trainableCount + layer.mean)
    let variance = observedPlace(of: layout.trainableCount + layer.variance)
    for channel in 0..<layer.channels {
      let parts = results.map {
        ($0.weight, $0.result.observed[mean + channel], $0.result.observed[variance + channel])
      }
      let (mean, pooled) = pooledMoments(parts)
      let variance = max(pooled, Self.smallestVariance)
      let deviation = variance.squareRoot()
      var between = 0.0
      for (place, part) in parts.enumerated() {
        let distance = Double(part.1) - mean
        let own = max(Double(part.2), Self.smallestVariance)
        let logRatio = log(own / variance)
        let spread = own.squareRoot() - deviation
        between += part.0 * distance * distance
        sums[place].shift += abs(distance) / deviation
        sums[place].ratio += abs(logRatio)
        sums[place].kl += -logRatio / 2 + (own + distance * distance) / (2 * variance) - 0.5
        sums[place].w2 += distance * distance + spread * spread
      }
      share += between / variance
    }
    let count = Double(layer.channels)
    for (place, sum) in sums.enumerated() {
      records[place].meanShift = sum.shift / count
      records[place].varianceLogRatio = sum.ratio / count
      records[place].kl = sum.kl / count
      records[place].w2 = sum.w2.squareRoot()
    }
    return share / count
  }

  /// Where a value of a normalization layer stands in `ClientResult.observed`.
  private func observedPlace(of value: Int) -> Int {
    layout.normalizationRanges.reduce(0) { $0 + $1.clamped(to: 0..<value).count }
  }

  private func affine(
    of name: String, _ results: [(result: ClientResult, weight: Double)], into records: inout [NormDriftRecord]
  ) {
    let places = layout.tensors(ofLayer: name).filter { $0.role == .normScale || $0.role == .normShift }.flatMap {
      let start = observedPlace(of: $0.range.lowerBound)
      return start..<(start + $0.range.count)
    }
    guard !places.isEmpty else { return }
    var distances = [Double](repeating: 0, count: results.count)
    for place in places {
      var mean = 0.0
      for (result, weight) in results { mean += weight * Double(result.observed[place]) }
      for (index, entry) in results.enumerated() {
        let distance = Double(entry.result.observed[place]) - mean
        distances[index] += distance * distance
      }
    }
    for (index, distance) in distances.enumerated() { records[index].affineDistance = distance.squareRoot() }
  }

  /// How much of the running statistics is older than the round, of the clients whose counters before it are known.
  private func age(
    of name: String, _ norm: BatchNorm, _ results: [(result: ClientResult, weight: Double)],
    into records: inout [NormDriftRecord]
  ) {
    guard let place = layout.tensors(ofLayer: name).first(where: { $0.role == .batchCount })?.range.lowerBound else {
      return
    }
    for (index, entry) in results.enumerated() where !entry.result.countersBefore.isEmpty {
      let earlier = entry.result.countersBefore[place]
      records[index].effectiveMomentum = norm.effectiveMomentum(
        earlier: earlier, batches: entry.result.counters[place] - earlier)
    }
  }
}

internal import Networks
internal import Records

/// What is recorded of a round's training, made of what the clients handed back while the next round is under way.
struct RoundBookkeeping: Sendable {
  let configuration: RunConfiguration
  /// Clients whose rows are recorded.
  let recorded: Set<Int>
  /// The whole cohort, in ascending order.
  let results: [ClientResult]
  /// Those that reported, with weights that sum to 1; none where nobody of the cohort could train.
  let weighted: [(result: ClientResult, weight: Double)]
  /// The round that each recorded client of the cohort last trained in, where it did.
  let lastRounds: [Int: Int]
  /// The sketch of the cohort's mean update.
  let meanSketch: [Float]

  /// Fills in all of `record` but evaluations and seconds.
  func fill(_ record: inout RoundRecord) {
    record.reported = weighted.count
    if !weighted.isEmpty {
      record.trainLoss = weighted.reduce(0) { $0 + $1.weight * $1.result.lossSum / Double($1.result.steps) }
      record.trainAccuracy = weighted.reduce(0) { $0 + $1.weight * Double($1.result.correct) / Double($1.result.seen) }
    }
    record.flops = results.reduce(0) { $0 + $1.seen * configuration.network.trainingFLOPs }
    let bytesUp = configuration.bytesUpPerClient(inRound: record.round)
    let bytesDown = configuration.bytesDownPerClient(inRound: record.round)
    record.bytesUp = weighted.count * bytesUp
    record.bytesDown = results.count * bytesDown
    let rows = results.filter { recorded.contains($0.client) }
    var cosines = UpdateSketch.cosines(rows.filter(\.isTrained).map(\.sketch), mean: meanSketch).makeIterator()
    for result in rows {
      let isTrained = result.isTrained
      record.participations.append(
        ParticipationRecord(
          client: result.client, samples: result.samples, steps: result.steps, skippedBatches: result.skippedBatches,
          trainLoss: isTrained ? result.lossSum / Double(result.steps) : nil,
          trainAccuracy: isTrained ? Double(result.correct) / Double(result.seen) : nil,
          updateNorm: isTrained ? result.updateNorm : nil,
          updateCosine: isTrained ? cosines.next() ?? nil : nil,
          bytesUp: isTrained ? bytesUp : 0, bytesDown: bytesDown, outcome: isTrained ? .reported : .untrained,
          staleness: lastRounds[result.client].map { record.round - $0 }))
    }
    // Nobody drifts where nobody trained.
    guard configuration.recordsDrift(record.round), !weighted.isEmpty else { return }
    let drift = Drift(network: configuration.network).measure(weighted)
    record.normDrift = drift.clients.filter { recorded.contains($0.client) }
    record.layerDrift = drift.layers
  }
}

extension RoundRecord {
  /// What it takes in memory, about.
  var approximateBytes: Int {
    1024 + 160 * (participations.count + evaluations.count) + 128 * (normDrift.count + layerDrift.count)
  }
}

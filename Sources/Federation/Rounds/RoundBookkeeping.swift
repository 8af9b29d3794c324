internal import Networks
internal import Records

/// What is recorded of a round's training, made of what the clients handed back while the next round is under way.
struct RoundBookkeeping: Sendable {
  let configuration: RunConfiguration
  /// Clients whose rows are recorded.
  let recorded: Set<Int>
  /// The participations that ended with the round, each with what was trained for it.
  let participations: [(plan: PlannedParticipation, result: ClientResult?)]
  /// Those that reported, in the order in which they were taken, with weights that sum to 1; none where nobody could
  /// train.
  let weighted: [(result: ClientResult, weight: Double)]
  /// The round that each recorded client of the cohort last trained in, where it did.
  let lastRounds: [Int: Int]
  /// The sketch of the cohort's mean update.
  let meanSketch: [Float]
  /// Whether the round is the run's last, in which drift is recorded at the latest.
  var isLast = false

  /// Fills in all of `record` but evaluations and seconds.
  func fill(_ record: inout RoundRecord) {
    record.reported = weighted.count
    if !weighted.isEmpty {
      record.trainLoss = weighted.reduce(0) { $0 + $1.weight * $1.result.lossSum / Double($1.result.steps) }
      record.trainAccuracy =
        weighted.contains { $0.result.judged == 0 }
        ? nil
        : weighted.reduce(0) { $0 + $1.weight * Double($1.result.correct) / Double($1.result.judged) }
      record.measures = roundMeasures
    }
    record.flops = participations.reduce(0) { $0 + ($1.result?.passed ?? 0) * configuration.trainingFLOPs }
    record.bytesUp = weighted.reduce(0) { $0 + $1.result.bytesUp }
    record.bytesDown = participations.reduce(0) { $0 + $1.plan.bytesDown }
    let rows = participations.filter { recorded.contains($0.plan.client) }
      .sorted { ($0.plan.client, $0.plan.turn) < ($1.plan.client, $1.plan.turn) }
    let sketches = rows.compactMap { $0.result?.isTrained == true ? $0.result?.sketch : nil }
    var cosines = UpdateSketch.cosines(sketches, mean: meanSketch).makeIterator()
    for (plan, found) in rows {
      let result = found.flatMap { $0.isTrained ? $0 : nil }
      record.participations.append(
        ParticipationRecord(
          client: plan.client, samples: configuration.trainingData.trainCount(plan.client),
          steps: found?.steps ?? configuration.plannedWork(ofClient: plan.client, inRound: plan.baseVersion + 1).steps,
          skippedBatches: found?.skippedBatches ?? 0,
          trainLoss: result.map { $0.lossSum / Double($0.steps) },
          trainAccuracy: result.flatMap(\.trainAccuracy), updateNorm: result?.updateNorm,
          updateCosine: result == nil ? nil : cosines.next() ?? nil, bytesUp: result?.bytesUp ?? 0,
          bytesDown: plan.bytesDown, outcome: result == nil && plan.outcome == .reported ? .untrained : plan.outcome,
          staleness: lastRounds[plan.client].map { record.round - $0 }, turn: plan.turn, baseVersion: plan.baseVersion,
          lag: plan.lag, startedAt: plan.startedAt, arrivedAt: plan.arrivedAt,
          measures: result.map { measures(of: $0) } ?? [:]))
    }
    countNormalization(&record)
    // Nobody drifts where nobody trained.
    guard configuration.recordsDrift(record.round, isLast: isLast), !weighted.isEmpty else { return }
    // Of a client that comes twice its last participation counts.
    let last = Dictionary(weighted.map { ($0.result.client, $0.result.position) }) { max($0, $1) }
    let lastOnes = weighted.filter { last[$0.result.client] == $0.result.position }
    let sum = lastOnes.reduce(0) { $0 + $1.weight }
    let drift = Drift(network: configuration.network).measure(
      lastOnes.count == weighted.count ? weighted : lastOnes.map { ($0.result, $0.weight / sum) })
    record.normDrift = drift.clients.filter { recorded.contains($0.client) }
    record.layerDrift = drift.layers
  }

  /// What measures there are of a client's training.
  private func measures(of result: ClientResult) -> MeasureValues {
    var measures = MeasureValues()
    for (name, value) in result.measures { measures[name] = .some(value) }
    if let rate = learningRate(of: result) { measures["learning_rate"] = .some(rate) }
    return measures
  }

  /// Their means over those that reported, of those that all have.
  private var roundMeasures: MeasureValues {
    let parts = weighted.map { (measures: measures(of: $0.result), weight: $0.weight) }
    var means = MeasureValues()
    for name in parts.first?.measures.names ?? [] {
      let values = parts.compactMap { part in (part.measures[name] ?? nil).map { part.weight * $0 } }
      if values.count == parts.count { means[name] = .some(values.reduce(0, +)) }
    }
    return means
  }

  /// The mean learning rate of a client's steps, where it is not the same for all steps of the run.
  private func learningRate(of result: ClientResult) -> Double? {
    guard configuration.learningRateSchedule != nil, result.steps > 0 else { return nil }
    return result.stepSizeSum / Double(result.steps)
  }

  /// Adds what was exchanged for the normalization of inputs before round 1: in the round's sums for all clients that train,
  /// in the participations for those that take part. In one place nothing travels.
  private func countNormalization(_ record: inout RoundRecord) {
    let (up, down) = configuration.dataset.normalizationBytes
    guard record.round == 1, up > 0, configuration.bound != .central else { return }
    record.bytesUp += configuration.dataset.clientCount * up
    record.bytesDown += configuration.dataset.clientCount * down
    var counted: Set<Int> = []
    for place in record.participations.indices where counted.insert(record.participations[place].client).inserted {
      record.participations[place].bytesUp += up
      record.participations[place].bytesDown += down
    }
  }
}

extension RoundRecord {
  /// What it takes in memory, about.
  var approximateBytes: Int {
    1024 + 160 * (participations.count + evaluations.count) + 128 * (normDrift.count + layerDrift.count)
  }
}

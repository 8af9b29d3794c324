internal import Records
package import RunStore

/// A database of plausible numbers in any size, written as runs are, for measurements and tests of queries.
///
/// Half of the runs belong to an experiment `quickstart` of four arms, the others to `unseen-domain` of two, in which
/// the last fifth of the clients never trains. One run has failed.
package struct GeneratedDatabase: Sendable {
  /// How many runs; at least 6.
  package var runs: Int
  /// How many rounds a run has behind round 0.
  package var rounds: Int
  /// How many clients take part in each round.
  package var clients: Int
  /// How many normalization layers there are.
  package var layers: Int

  /// Clients' domains.
  package static let domains = ["ink", "typeset", "colour", "chalk", "street"]

  /// Makes a description.
  package init(runs: Int = 8, rounds: Int = 4, clients: Int = 10, layers: Int = 3) {
    self.runs = max(6, runs)
    self.rounds = max(1, rounds)
    self.clients = max(1, clients)
    self.layers = max(1, layers)
  }

  /// Writes all runs into a store.
  ///
  /// - Parameter progress: Called with the number of each run that is done.
  package func write(to store: RunStore, progress: (Int64) -> Void = { _ in }) throws {
    // What is written here can be written again.
    try store.execute("PRAGMA synchronous = OFF")
    let first = max(1, runs / 8)
    try write("quickstart", ["fedavg", "fedbn", "silobn", "fedavg-group"], seeds: first, store, progress)
    try write("unseen-domain", ["fedavg", "fedbn"], seeds: max(1, (runs - 4 * first) / 2), store, progress)
  }

  private func write(
    _ experiment: String, _ arms: [String], seeds: Int, _ store: RunStore, _ progress: (Int64) -> Void
  ) throws {
    let record = ExperimentRecord(
      name: experiment, scenario: "name: \(experiment)\n", scenarioHash: RunStore.sha256(of: "name: \(experiment)\n"),
      baseDirectory: "/")
    let descriptions = arms.flatMap { arm in (1...seeds).map { description(arm, seed: $0) } }
    let begun = try store.begin(record, runs: descriptions, threads: 2, host: "generated", version: "0.1.0")
    for (id, run) in zip(begun.runs, descriptions) {
      var numbers = Numbers(state: UInt64(id))
      let isLocal = run.arm == "fedbn" || run.arm == "silobn"
      for round in 0...rounds {
        let record = self.round(round, isLocal: isLocal, withUnseen: experiment == "unseen-domain", &numbers)
        try store.append(record, checkpoint: nil, keeping: .all, toRun: id)
      }
      // The hash of everything would take longer than the rest.
      let status = id == 3 ? "failed', error = 'the loss is not a number" : "finished"
      let hash = RunStore.sha256(of: "\(id)")
      try store.execute(
        "UPDATE runs SET status = '\(status)', result_hash = '\(hash)', finished_at = started_at WHERE id = \(id)")
      progress(id)
    }
  }

  private func domain(_ client: Int) -> String { Self.domains[client * Self.domains.count / clients] }

  private func description(_ arm: String, seed: Int) -> RunDescription {
    RunDescription(
      arm: arm, strategy: "fedavg", norm: arm, seed: UInt64(seed), roundsPlanned: rounds,
      clients: (0..<clients).map {
        ClientRecord(
          client: $0, domain: domain($0), trainSamples: 300 + $0, testSamples: 100 + $0,
          labelHistogram: [Int](repeating: 30, count: 10))
      },
      normLayers: (1...layers).map {
        NormLayerRecord(
          layer: "bn\($0)", kind: "batch_norm", affine: "averaged", statistics: "averaged", valuesSent: 129,
          valuesKept: 0)
      })
  }

  private func round(_ round: Int, isLocal: Bool, withUnseen: Bool, _ numbers: inout Numbers) -> RoundRecord {
    let progress = Double(round) / Double(rounds)
    let level = 0.1 + 0.75 * progress / (progress + 0.2)
    let trained = withUnseen ? clients - clients / 5 : clients
    var record = RoundRecord(
      round: round, cohortSize: round == 0 ? 0 : trained, reported: round == 0 ? 0 : trained,
      seconds: 0.5 + numbers.next())
    record.flops = round == 0 ? 0 : 40_000_000_000
    record.bytesUp = round == 0 ? 0 : 433_760 * trained
    record.bytesDown = record.bytesUp
    record.trainLoss = round == 0 ? nil : 2.3 - 2 * level
    record.trainAccuracy = round == 0 ? nil : level
    for client in 0..<clients {
      let isUnseen = client >= trained
      let accuracy = min(1, max(0, level + 0.2 * (numbers.next() - 0.5) - (isUnseen ? 0.1 : 0)))
      record.evaluations.append(
        EvaluationRecord(
          subject: isUnseen ? .unseen : .client, client: client, model: isUnseen ? .global : .personal,
          normSource: isUnseen ? .average : isLocal ? .own : .global, phase: .afterAggregation, split: .test,
          samples: 100 + client, subsetHash: "5f0c1d2e3a4b\(client)", loss: 2.5 - 2.3 * accuracy,
          // Accuracies are counts by samples: ties are what sorting has to stand.
          accuracy: (accuracy * 100).rounded() / 100, measures: measures(accuracy, &numbers),
          counts: counts(accuracy, of: 100 + client)))
      if !isUnseen, round > 0 { appendPart(of: client, round, to: &record, &numbers) }
    }
    guard round > 0 else { return record }
    for layer in 1...layers {
      record.layerDrift.append(
        LayerDriftRecord(
          layer: "bn\(layer)", betweenShare: 0.1 * numbers.next(), meanKL: 0.2 * numbers.next(),
          maxKL: 0.2 + numbers.next()))
    }
    return record
  }

  /// As many measures as ten classes have.
  private func measures(_ accuracy: Double, _ numbers: inout Numbers) -> MeasureValues {
    var measures = MeasureValues()
    for name in [
      "balanced_accuracy", "macro_f1", "macro_precision", "macro_recall", "micro_f1", "roc_auc", "top_5_accuracy",
    ] {
      measures[name] = .some(min(1, accuracy + 0.1 * numbers.next()))
    }
    for name in ["log_loss", "brier", "ece"] { measures[name] = .some(numbers.next()) }
    for kind in ["precision", "recall", "f1", "roc_auc"] {
      for number in 0..<10 { measures["\(kind)[\(number)]"] = .some(min(1, accuracy + 0.1 * numbers.next())) }
    }
    return measures
  }

  /// The counts of ten classes: what is right, and what is taken for the next class.
  private func counts(_ accuracy: Double, of samples: Int) -> MeasureCounts {
    var counts = MeasureCounts()
    let (all, right) = (Double(samples / 10), (Double(samples / 10) * accuracy).rounded())
    counts["confusion"] = (0..<10).flatMap { number -> [[Double]] in
      let (own, next) = (Double(number), Double((number + 1) % 10))
      return [[own, own, right], [own, next, all - right]].filter { $0[2] > 0 }
    }
    counts["calibration"] = [[5, 10 * all, 10 * right, 3.5 * all]]
    return counts
  }

  private func appendPart(of client: Int, _ round: Int, to record: inout RoundRecord, _ numbers: inout Numbers) {
    record.participations.append(
      ParticipationRecord(
        client: client, samples: 300 + client, steps: 10, skippedBatches: 0, trainLoss: 2 * numbers.next(),
        trainAccuracy: numbers.next(), updateNorm: numbers.next(), updateCosine: numbers.next() - 0.5,
        bytesUp: 433_760, bytesDown: 433_760, outcome: .reported,
        staleness: round == 1 ? nil : 1 + Int(3 * numbers.next()), turn: round))
    for layer in 1...layers {
      // The last layer has no statistics.
      let isPlain = layer == layers && layers > 1
      let value = numbers.next() / Double(client % 7 + 1)
      record.normDrift.append(
        NormDriftRecord(
          client: client, layer: "bn\(layer)", meanShift: isPlain ? nil : value,
          varianceLogRatio: isPlain ? nil : value / 2, kl: isPlain ? nil : value * value, w2: isPlain ? nil : 3 * value,
          affineDistance: value / 10, effectiveMomentum: isPlain ? nil : 0.9 - value / 3))
    }
  }
}

/// Numbers that look random and are the same everywhere.
///
/// Source: Steele, Lea & Flood 2014, SplitMix.
private struct Numbers {
  var state: UInt64

  /// A number in [0, 1).
  mutating func next() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53
  }
}

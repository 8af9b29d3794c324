internal import Records
internal import Reports
internal import RunStore

extension ComparedRun {
  /// Makes what a comparison needs to know of a run of its rounds; its clients and data are `addClients`'s to add.
  init(
    _ run: StoredRun, rounds rows: [RoundRow], metric: ComparedMetric, others: [ComparedMetric],
    subject: EvaluationSubject
  ) {
    var up = 0
    var down = 0
    var seconds: Double? = Self.hasClock(rows) ? 0 : nil
    var rounds: [ComparedRound] = []
    for row in rows {
      up = up.addingSaturated(row.bytesUp)
      down = down.addingSaturated(row.bytesDown)
      // The initial model took no time.
      if row.round > 0 { seconds = seconds.flatMap { total in row.simulatedSeconds.map { total + $0 } } }
      guard row.isEvaluated else { continue }
      let summary = metric.summary(of: row)
      var round = ComparedRound(
        round: row.round, mean: summary.mean, sampleWeighted: summary.sampleWeighted, worst: summary.worst,
        bottomDecile: summary.bottomDecile, loss: row.meanLoss, bytesUp: up, bytesDown: down)
      if let clients = summary.clients, clients < row.evaluatedClients {
        round.lacking = LackingClients(count: row.evaluatedClients - clients, of: row.evaluatedClients)
      }
      for other in others { round.means[other.name] = other.summary(of: row).mean }
      round.simulatedSeconds = seconds
      round.untested = row.untested(subject)
      rounds.append(round)
    }
    self.init(
      id: String(run.id), arm: run.arm, seed: run.seed, status: run.status, roundsDone: run.roundsDone,
      roundsPlanned: run.roundsPlanned, error: run.error, rounds: rounds, isCutOff: run.isCutOff,
      stopReason: run.stopReason)
    bound = run.bound
  }

  /// Whether time is simulated: whether rounds behind the initial model say how long they took.
  private static func hasClock(_ rows: [RoundRow]) -> Bool {
    rows.contains { $0.round > 0 && $0.simulatedSeconds != nil }
  }

  /// Adds what the rounds have on validation examples, by which a round is chosen, where the run has some.
  ///
  /// - Throws: `StoreError`.
  mutating func addValidation(
    of run: StoredRun, metric: ComparedMetric, _ selection: EvaluationSelection, _ store: RunStore
  ) throws(StoreError) {
    guard selection.split == .test else { return }
    var chosenBy = selection
    chosenBy.split = .validation
    guard try store.evaluationKinds(run: run.id).contains(where: { $0.isMeant(by: chosenBy) }) else { return }
    let rows = try store.rounds(
      run: run.id, of: chosenBy, withDrift: false, measures: [metric.measureName].compactMap { $0 })
    let means = Dictionary(rows.map { ($0.round, metric.summary(of: $0).mean) }) { first, _ in first }
    for index in rounds.indices { rounds[index].validation = means[rounds[index].round] ?? nil }
  }

  /// Adds the clients of a round, and the data of the run.
  ///
  /// - Throws: `StoreError`.
  mutating func addClients(
    of run: StoredRun, round: Int, metric: ComparedMetric, _ selection: EvaluationSelection, _ store: RunStore
  ) throws(StoreError) {
    let shares = try store.shares(run: run.id)
    let known = Dictionary(shares.map { ($0.client, $0) }) { first, _ in first }
    let evaluations = try store.evaluations(
      run: run.id, round: round, of: selection, detail: metric.measureName == nil ? .plain : .measures)
    clientsRound = round
    clients = evaluations.tested.filter { $0.client >= 0 }.compactMap { row in
      metric.value(of: row).map {
        ComparedClient(
          client: row.client, domain: known[row.client]?.domain ?? "", name: known[row.client]?.name ?? "", metric: $0)
      }
    }
    let inputs = try store.inputs(runs: [run.id])[run.id]
    data = ComparedData(
      parts: shares.map {
        ComparedData.Part(
          client: $0.client, domain: $0.domain, trainSamples: $0.trainSamples, testSamples: $0.testSamples,
          labels: $0.labels)
      },
      subsets: Dictionary(
        evaluations.tested.map { ($0.client, ComparedData.Subset(samples: $0.samples, hash: $0.subsetHash)) }
      ) { first, _ in first },
      content: inputs?.dataHash, files: run.hashes.data.flatMap { inputs?.dataHash(ofFiles: $0) },
      split: run.hashes.split)
  }
}

extension Int {
  /// The sum of two numbers that are not negative, or the largest number where it is beyond: bytes of a record that
  /// nobody wrote.
  fileprivate func addingSaturated(_ other: Int) -> Int {
    let (sum, isBeyond) = addingReportingOverflow(other)
    return isBeyond ? .max : sum
  }
}

package import Records
package import Reports
package import RunStore

extension RunStore {
  /// The runs that names mean, each once; without names, those of the newest experiment.
  package func runs(namedOrNewest names: [String]) throws(StoreError) -> [StoredRun] {
    if names.isEmpty, let newest = try resolve("latest").first {
      return try runs(ofExperiment: newest.experimentID)
    }
    return try runs(named: names)
  }

  /// What a comparison needs to know of runs, in their order.
  ///
  /// - Parameters:
  ///   - rounds: All rounds of the runs, of the evaluations that `selection` means; nil where they are to be read.
  ///   - at: The round to compare at; nil is the last evaluated one, or where runs end at different rounds the last that
  ///     all have.
  ///   - selection: The evaluations that are compared.
  package func comparedRuns(
    _ runs: [StoredRun], rounds: [Int64: [RoundRow]]? = nil, metric: ComparedMetric, at: Int?,
    of selection: EvaluationSelection = EvaluationSelection()
  ) throws -> [ComparedRun] {
    var compared = try runs.map { run in
      let rows = try rounds?[run.id] ?? self.rounds(run: run.id, of: selection, withDrift: false)
      return Self.comparedRun(run, rounds: rows, metric: metric, subject: selection.subject)
    }
    let round = at ?? ComparedEnds(compared).round
    for (index, run) in runs.enumerated() {
      let own = round ?? compared[index].rounds.last?.round ?? 0
      try addClients(to: &compared[index], of: run, round: own, metric: metric, selection)
    }
    return compared
  }

  /// What a comparison needs to know of one run but for its clients and data.
  private static func comparedRun(
    _ run: StoredRun, rounds rows: [RoundRow], metric: ComparedMetric, subject: EvaluationSubject
  ) -> ComparedRun {
    var up = 0
    var down = 0
    var rounds: [ComparedRound] = []
    for row in rows {
      up = up.addingSaturated(row.bytesUp)
      down = down.addingSaturated(row.bytesDown)
      guard row.isEvaluated else { continue }
      var round: ComparedRound
      if metric == .accuracy {
        round = ComparedRound(
          round: row.round, mean: row.meanAccuracy, sampleWeighted: row.sampleWeightedAccuracy,
          worst: row.worstAccuracy,
          bottomDecile: row.bottomDecileAccuracy, loss: row.meanLoss, bytesUp: up, bytesDown: down)
      } else {
        // A loss is always recorded: one that is missing is not a number, unless no client has test examples.
        let missing: Double? = row.evaluatedClients > 0 ? .nan : nil
        round = ComparedRound(
          round: row.round, mean: row.meanLoss ?? missing, sampleWeighted: row.sampleWeightedLoss ?? missing,
          worst: row.worstLoss ?? missing, bottomDecile: row.bottomDecileLoss ?? missing, loss: row.meanLoss,
          bytesUp: up, bytesDown: down)
      }
      round.untested = row.untested(subject)
      rounds.append(round)
    }
    return ComparedRun(
      id: String(run.id), arm: run.arm, seed: run.seed, status: run.status, roundsDone: run.roundsDone,
      roundsPlanned: run.roundsPlanned, error: run.error, rounds: rounds, isCutOff: run.isCutOff)
  }

  /// Adds the clients of a round, and the data of the run.
  private func addClients(
    to compared: inout ComparedRun, of run: StoredRun, round: Int, metric: ComparedMetric,
    _ selection: EvaluationSelection
  ) throws {
    let shares = try shares(run: run.id)
    let domains = Dictionary(shares.map { ($0.client, $0.domain) }) { first, _ in first }
    let evaluations = try evaluations(run: run.id, round: round, of: selection)
    compared.clientsRound = round
    compared.clients = evaluations.tested.filter { $0.client >= 0 }.compactMap { row in
      (metric == .accuracy ? row.accuracy : row.loss).map {
        ComparedClient(client: row.client, domain: domains[row.client] ?? "", metric: $0)
      }
    }
    compared.data = ComparedData(
      parts: shares.map {
        ComparedData.Part(
          client: $0.client, domain: $0.domain, trainSamples: $0.trainSamples, testSamples: $0.testSamples,
          labels: $0.labels)
      },
      subsets: Dictionary(
        evaluations.tested.map { ($0.client, ComparedData.Subset(samples: $0.samples, hash: $0.subsetHash)) }
      ) { first, _ in first },
      content: try inputs(runs: [run.id])[run.id]?.dataHash)
  }
}

extension [StoredRun] {
  /// Whether they are of several experiments.
  package var areOfSeveralExperiments: Bool { Set(map(\.experimentID)).count > 1 }

  /// The same runs, those of several experiments with the experiment in the arm's name: arms of different experiments
  /// may share one. Experiments that share a name, too, are told apart by their numbers, as `quickstart#2/fedavg`.
  package var withDistinctArms: [StoredRun] {
    guard areOfSeveralExperiments else { return self }
    var numbers: [String: Set<Int64>] = [:]
    for run in self { numbers[run.experiment, default: []].insert(run.experimentID) }
    return map { run in
      var run = run
      let isShared = (numbers[run.experiment]?.count ?? 0) > 1
      let numbered = NumberedExperiment(name: run.experiment, number: run.experimentID).text
      run.arm = (isShared ? numbered : run.experiment) + "/" + run.arm
      return run
    }
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

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

  /// What a comparison needs to know of runs, the newest first.
  ///
  /// - Parameters:
  ///   - at: The round to compare at; nil is each run's last evaluated one.
  ///   - selection: The evaluations that are compared.
  package func comparedRuns(
    _ runs: [StoredRun], metric: ComparedMetric, at: Int?, of selection: EvaluationSelection = EvaluationSelection()
  ) throws -> [ComparedRun] {
    try runs.map { run in
      let rows = try self.rounds(run: run.id, of: selection, withDrift: false)
      return try comparedRun(run, rounds: rows, metric: metric, at: at, of: selection)
    }
  }

  /// What a comparison needs to know of one run whose rounds are known.
  ///
  /// - Parameter rows: All rounds of the run, of the evaluations that `selection` means.
  package func comparedRun(
    _ run: StoredRun, rounds rows: [RoundRow], metric: ComparedMetric, at: Int?, of selection: EvaluationSelection
  ) throws -> ComparedRun {
    var up = 0
    var down = 0
    var rounds: [ComparedRound] = []
    for row in rows {
      up = up.addingSaturated(row.bytesUp)
      down = down.addingSaturated(row.bytesDown)
      guard row.evaluatedClients > 0 else { continue }
      if metric == .accuracy {
        rounds.append(
          ComparedRound(
            round: row.round, mean: row.meanAccuracy, sampleWeighted: row.sampleWeightedAccuracy,
            worst: row.worstAccuracy,
            bottomDecile: row.bottomDecileAccuracy, loss: row.meanLoss, bytesUp: up, bytesDown: down))
      } else {
        // A loss is always recorded: one that is missing is not a number.
        rounds.append(
          ComparedRound(
            round: row.round, mean: row.meanLoss ?? .nan, sampleWeighted: row.sampleWeightedLoss ?? .nan,
            worst: row.worstLoss ?? .nan, bottomDecile: row.bottomDecileLoss ?? .nan, loss: row.meanLoss,
            bytesUp: up, bytesDown: down))
      }
    }
    let round = at ?? rounds.last?.round ?? 0
    let domains = try self.domains(run: run.id)
    let clients = try evaluations(run: run.id, round: round, of: selection).filter { $0.client >= 0 }.compactMap {
      row in
      (metric == .accuracy ? row.accuracy : row.loss).map {
        ComparedClient(client: row.client, domain: domains[row.client] ?? "", metric: $0)
      }
    }
    return ComparedRun(
      id: String(run.id), arm: run.arm, seed: run.seed, status: run.status, roundsDone: run.roundsDone,
      roundsPlanned: run.roundsPlanned, error: run.error, rounds: rounds, clients: clients, isCutOff: run.isCutOff)
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
      run.arm = run.experiment + (isShared ? "#\(run.experimentID)" : "") + "/" + run.arm
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

package import Records
package import Reports
package import RunStore

extension RunStore {
  /// What a comparison needs to know of runs, the newest first.
  ///
  /// - Parameters:
  ///   - at: The round to compare at; nil is each run's last evaluated one.
  ///   - selection: The evaluations that are compared.
  package func comparedRuns(
    _ runs: [StoredRun], metric: ComparedMetric, at: Int?, of selection: EvaluationSelection = EvaluationSelection()
  ) throws -> [ComparedRun] {
    try runs.map { run in
      var up = 0
      var down = 0
      var rounds: [ComparedRound] = []
      for row in try self.rounds(run: run.id, of: selection) {
        up += row.bytesUp
        down += row.bytesDown
        guard row.evaluatedClients > 0 else { continue }
        if metric == .accuracy {
          rounds.append(
            ComparedRound(
              round: row.round, mean: row.meanAccuracy, sampleWeighted: row.sampleWeightedAccuracy,
              worst: row.worstAccuracy,
              bottomDecile: row.bottomDecileAccuracy, loss: row.meanLoss, bytesUp: up, bytesDown: down))
        } else {
          let clients = try evaluations(run: run.id, round: row.round, of: selection)
          rounds.append(
            ComparedRound(
              round: row.round, clients: clients.map(\.loss), samples: clients.map(\.samples), metric: .loss,
              loss: row.meanLoss,
              bytesUp: up, bytesDown: down))
        }
      }
      let round = at ?? rounds.last?.round ?? 0
      let profiles = Dictionary(uniqueKeysWithValues: try clients(run: run.id).map { ($0.client, $0.domain) })
      let clients = try evaluations(run: run.id, round: round, of: selection).filter { $0.client >= 0 }.compactMap {
        row in
        (metric == .accuracy ? row.accuracy : row.loss).map {
          ComparedClient(client: row.client, domain: profiles[row.client] ?? "", metric: $0)
        }
      }
      return ComparedRun(
        id: String(run.id), arm: run.arm, seed: run.seed, status: run.status, roundsDone: run.roundsDone,
        roundsPlanned: run.roundsPlanned, error: run.error, rounds: rounds, clients: clients)
    }
  }

  private func evaluations(run: Int64, round: Int, of selection: EvaluationSelection) throws -> [EvaluationRecord] {
    try evaluations(run: run, rounds: round...round).map(\.record).selected(selection)
  }
}

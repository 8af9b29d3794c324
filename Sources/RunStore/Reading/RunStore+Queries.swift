internal import Records

extension RunStore {
  /// The store's queries of what may be a long run or a long list of runs, by name, with `?` for their arguments; for
  /// checks of how SQLite goes about them.
  package static var queries: [String: String] {
    var queries = [
      "rounds": roundSelection(EvaluationSelection()),
      "rounds of unseen clients": roundSelection(EvaluationSelection(subject: .unseen)),
      "rounds of a norm source": roundSelection(EvaluationSelection(normSource: .batch)),
      "participations": participationQuery().selection,
      "participations of a client": participationQuery(client: 0).selection,
      "evaluations": evaluationQuery().selection,
      "evaluations of a selection": selectedEvaluations(EvaluationSelection()),
      "evaluations of a norm source": selectedEvaluations(EvaluationSelection(normSource: .batch)),
      "kinds of evaluations": kindSelection,
      "last evaluation": lastEvaluatedSelection,
      "best checkpoint": bestCheckpointSelection(.test),
      "best checkpoint on validation": bestCheckpointSelection(.validation),
      "evaluations of a client": evaluationQuery(client: 0).selection,
      "rounds on validation": roundSelection(EvaluationSelection(split: .validation)),
      "names of measures": measureNamesQuery,
      "rounds with a measure": roundSelection(EvaluationSelection(), measureCount: 1),
      "drift": normDriftQuery().selection,
      "drift of a client": normDriftQuery(client: 0).selection,
      "drift of a layer": normDriftQuery(layer: "").selection,
      "drift of a client and layer": normDriftQuery(client: 0, layer: "").selection,
      "drift over the cohort": layerDriftQuery().selection,
      "drift over the cohort of a layer": layerDriftQuery(layer: "").selection,
      "drift by client": driftByClient("kl", ListingScope(runs: [1])).sql,
      "drift by layer": driftByLayer("w2", ListingScope(runs: [1])).sql,
      "staleness by client": driftByClient("staleness", ListingScope(runs: [1])).sql,
      "accuracies over time": accuracyCurves,
      "runs of an experiment": StoredRun.selection + " WHERE experiment_id = ? ORDER BY runs.id",
      "runs by name": StoredRun.selection + " WHERE experiments.name = ? AND arm = ? AND seed = ? ORDER BY runs.id",
      "runs to resume": StoredRun.selection + " WHERE \(resumable) ORDER BY runs.id",
      "view of an arm": "SELECT * FROM arm_summary WHERE experiment_id = ?",
      "view of a run": "SELECT * FROM round_summary WHERE run_id = ?",
      "view of a client": "SELECT * FROM client_history WHERE run_id = ? AND client = ?",
    ]
    for part in hashedParts(.current) {
      queries["hash of \(part.table)"] = "SELECT \(part.columns) FROM \(part.table) WHERE \(part.condition)"
    }
    queries.merge(figureQueries) { first, _ in first }
    return queries
  }
}

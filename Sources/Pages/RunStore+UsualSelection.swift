package import Records
package import RunStore

extension RunStore {
  /// What is looked at where nothing is asked for: the clients' own models after aggregation, or the first kind of
  /// evaluation that there is where runs have none of these.
  package func usualSelection(of runs: [StoredRun]) throws -> EvaluationSelection {
    var other: EvaluationSelection?
    for run in runs {
      guard let round = try lastEvaluatedRound(run: run.id) else { continue }
      let rows = try evaluations(run: run.id, rounds: round...round).map(\.record)
      guard rows.selected(EvaluationSelection()).isEmpty else { return EvaluationSelection() }
      if other == nil, let first = rows.first {
        other = EvaluationSelection(subject: first.subject, model: first.model, phase: first.phase)
      }
    }
    return other ?? EvaluationSelection()
  }
}

package import Records
package import RunStore

extension RunStore {
  /// What is looked at where nothing is asked for: the clients' own models after aggregation, or the first kind of
  /// evaluation that there is where runs have none of these.
  package func usualSelection(of runs: [StoredRun]) throws -> EvaluationSelection {
    var other: EvaluationSelection?
    for run in runs {
      let kinds = try evaluationKinds(run: run.id)
      if kinds.contains(where: { $0.isMeant(by: EvaluationSelection()) }) { return EvaluationSelection() }
      if other == nil, let first = kinds.first {
        other = EvaluationSelection(subject: first.subject, model: first.model, phase: first.phase)
      }
    }
    return other ?? EvaluationSelection()
  }
}

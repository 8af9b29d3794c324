package import Records
package import RunStore

extension RunStore {
  /// What is looked at where nothing is asked for: the clients' own models after aggregation, or the first kind of
  /// evaluation that there is where runs have none of these.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func usualSelection(of runs: [StoredRun]) throws(StoreError) -> EvaluationSelection {
    var other: EvaluationSelection?
    for run in runs {
      let kinds = try evaluationKinds(run: run.id).filter { $0.split == .test }
      if kinds.contains(where: { $0.isMeant(by: EvaluationSelection()) }) { return EvaluationSelection() }
      if other == nil, let first = kinds.first {
        other = EvaluationSelection(subject: first.subject, model: first.model, phase: first.phase)
      }
    }
    return other ?? EvaluationSelection()
  }

  /// Complains where runs have evaluations, but none that a selection means.
  ///
  /// - Throws: `StoreError`; `QuestionError.noEvaluation`.
  package func requireEvaluations(_ selection: EvaluationSelection, of runs: [StoredRun]) throws {
    var known: Set<String> = []
    for run in runs {
      for kind in try evaluationKinds(run: run.id) {
        if kind.isMeant(by: selection) { return }
        known.insert(kind.words(nil))
      }
    }
    if !known.isEmpty { throw QuestionError.noEvaluation(selection.words(nil), known: known.sorted()) }
  }
}

internal import ArgumentParser
internal import Pages
internal import Records
internal import RunStore

/// Which of a run's evaluations a command looks at.
struct EvaluationOptions: ParsableArguments {
  // What is given is told from what is not, even where it is the default.
  @Option(help: "Whose examples (default: client).")
  var subject: RecordWord<EvaluationSubject>?

  @Option(help: "Which weights (default: personal for clients that train, else global).")
  var model: RecordWord<EvaluationModel>?

  @Option(help: "When (default: after-aggregation).")
  var phase: RecordWord<EvaluationPhase>?

  @Option(
    help: "Which normalization values (default: the first that there are, in this order).")
  var normSource: RecordWord<NormSource>?

  /// What was asked for.
  var selection: EvaluationSelection {
    EvaluationSelection(
      subject: subject?.word ?? .client, model: model?.word, phase: phase?.word ?? .afterAggregation,
      normSource: normSource?.word)
  }

  /// Whether anything was asked for.
  var isGiven: Bool { subject != nil || model != nil || phase != nil || normSource != nil }
}

extension RunStore {
  /// Complains when runs have no evaluation that a selection means, and says which they have.
  ///
  /// - Throws: `CommandFailure`.
  func checkEvaluations(_ selection: EvaluationSelection, of runs: [StoredRun]) throws {
    var known: [String] = []
    for run in runs {
      for kind in try evaluationKinds(run: run.id) {
        if kind.isMeant(by: selection) { return }
        let words = kind.words(nil)
        if !known.contains(words) { known.append(words) }
      }
    }
    guard !known.isEmpty else { return }
    throw CommandFailure(
      "error: there is no evaluation of \(selection.words(nil)) (there is: \(known.sorted().joined(separator: "; ")))",
      .missingInput)
  }
}

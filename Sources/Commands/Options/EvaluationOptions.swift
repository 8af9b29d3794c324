internal import ArgumentParser
internal import Records

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

  @Option(help: "Which examples (default: test).")
  var split: RecordWord<JudgedSplit>?

  /// What was asked for.
  var selection: EvaluationSelection {
    EvaluationSelection(
      subject: subject?.word ?? .client, model: model?.word, phase: phase?.word ?? .afterAggregation,
      normSource: normSource?.word, split: split?.word ?? .test)
  }

  /// What was asked for; nil where nothing was.
  var given: EvaluationSelection? { isGiven ? selection : nil }

  /// Whether anything was asked for.
  var isGiven: Bool { subject != nil || model != nil || phase != nil || normSource != nil || split != nil }
}

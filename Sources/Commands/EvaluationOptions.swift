internal import ArgumentParser
internal import Pages
internal import Records
internal import RunStore

/// A word of the record, given as an argument.
struct RecordWord<Word: RawRepresentable<String> & CaseIterable & Sendable>: ExpressibleByArgument, Sendable {
  let word: Word

  init(_ word: Word) { self.word = word }

  init?(argument: String) {
    guard let word = Word(rawValue: argument) else { return nil }
    self.word = word
  }

  static var allValueStrings: [String] { Word.allCases.map(\.rawValue) }
  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
  var defaultValueDescription: String { word.rawValue }
}

/// Which of a run's evaluations a command looks at.
struct EvaluationOptions: ParsableArguments {
  @Option(help: "Whose examples.")
  var subject = RecordWord(EvaluationSubject.client)

  @Option(help: "Which weights (default: personal for clients that train, else global).")
  var model: RecordWord<EvaluationModel>?

  @Option(help: "When.")
  var phase = RecordWord(EvaluationPhase.afterAggregation)

  @Option(
    help: "Which normalization values (default: the first that there are, in this order).")
  var normSource: RecordWord<NormSource>?

  /// What was asked for.
  var selection: EvaluationSelection {
    EvaluationSelection(
      subject: subject.word, model: model?.word, phase: phase.word, normSource: normSource?.word)
  }

  /// Whether anything was asked for but the default.
  var isGiven: Bool { selection != EvaluationSelection() }
}

extension RunStore {
  /// Complains when runs have no evaluation that a selection means, and says which they have.
  ///
  /// - Throws: `CommandFailure`.
  func checkEvaluations(_ selection: EvaluationSelection, of runs: [StoredRun]) throws {
    var known: [String] = []
    for run in runs {
      // The last evaluated round has what the run has.
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

package import Records
package import Reports
package import RunStore

/// The answer to a question: its runs side by side, and what is recorded of the evaluations that are looked at.
package struct ComparedRuns: Sendable {
  /// The runs, in the order of the names that they were asked for by.
  package let runs: [StoredRun]
  /// Which evaluations are looked at.
  package let selection: EvaluationSelection
  /// All rounds of the runs, by the runs' numbers.
  package let rounds: [Int64: [RoundRow]]
  /// What a comparison needs to know of the runs, in their order.
  package let compared: [ComparedRun]
  /// What the runs' rounds and clients are compared by: what was asked for, or the loss where that is the accuracy and none
  /// is recorded.
  package let metric: ComparedMetric
  private let question: RunQuestion

  /// Reads what a question asks for, and checks what it names.
  ///
  /// - Parameter proceed: Called again and again on the way; what it throws ends the work.
  /// - Throws: `StoreError`, `QuestionError`, and what `proceed` throws.
  package init(_ store: RunStore, _ question: RunQuestion, proceed: () throws -> Void = {}) throws {
    try self.init(store, runs: store.runs(of: question), question, proceed: proceed)
  }

  /// Reads the runs of an experiment, for everything that is usual.
  ///
  /// - Throws: `StoreError`.
  package init(_ store: RunStore, experiment id: Int64) throws {
    try self.init(store, runs: store.runs(ofExperiment: id), RunQuestion())
  }

  private init(
    _ store: RunStore, runs: [StoredRun], _ question: RunQuestion, proceed: () throws -> Void = {}
  ) throws {
    let selection = try question.evaluations ?? store.usualSelection(of: runs)
    if question.evaluations != nil { try store.requireEvaluations(selection, of: runs) }
    var rounds: [Int64: [RoundRow]] = [:]
    var compared: [ComparedRun] = []
    let measures = ([question.metric] + question.otherMetrics).compactMap(\.measureName)
    for run in runs {
      try proceed()
      rounds[run.id] = try store.rounds(run: run.id, of: selection, withDrift: false, measures: measures)
    }
    // Of targets that are no classes there is no accuracy, and what is asked for unless something else is would be nothing.
    let isEvaluated = rounds.values.contains { $0.contains { $0.evaluatedClients > 0 } }
    let hasAccuracy = rounds.values.contains { $0.contains { $0.evaluatedClients > 0 && $0.meanAccuracy != nil } }
    let metric = question.metric == .accuracy && isEvaluated && !hasAccuracy ? ComparedMetric.loss : question.metric
    for run in runs {
      try proceed()
      var one = ComparedRun(
        run, rounds: rounds[run.id] ?? [], metric: metric, others: question.otherMetrics, subject: selection.subject)
      try one.addValidation(of: run, metric: metric, selection, store)
      compared.append(one)
    }
    if let at = question.at {
      let evaluated = Set(compared.flatMap { $0.rounds.map(\.round) }).sorted()
      if !evaluated.isEmpty, !evaluated.contains(at) {
        throw QuestionError.notEvaluated(round: at, evaluated: evaluated)
      }
    }
    let common = question.at ?? ComparedEnds(compared).round
    for (index, run) in runs.enumerated() {
      let round = common ?? compared[index].rounds.last?.round ?? 0
      try compared[index].addClients(of: run, round: round, metric: metric, selection, store)
    }
    self.runs = runs
    self.selection = selection
    self.rounds = rounds
    self.compared = compared
    self.question = question
    self.metric = metric
  }

  /// The name of the experiment that all runs are of; nil where there are several.
  package var experiment: String? { Set(runs.map(\.experimentID)).count > 1 ? nil : runs.first?.experiment }

  /// Compares the arms.
  ///
  /// - Parameters:
  ///   - measures: What to compare the arms by, the deciding one first; none means the metric's mean over clients.
  ///   - test: The test whose p values decide.
  ///   - target: The value whose first round is looked for; nil means what the baseline's mean just meets.
  /// - Throws: `ComparisonError.unknownBaseline`.
  package func comparison(
    measures: [ComparedMeasure] = [], test: PairedTest = .t, target: Double? = nil
  ) throws(ComparisonError) -> Comparison {
    let measures =
      metric == question.metric ? measures : measures.map { $0 == question.metric.measure ? metric.measure : $0 }
    return try Comparison(
      compared, metric: metric, measures: measures, test: test, baseline: question.baseline, at: question.at,
      target: target)
  }
}

internal import Records
internal import Tensors

/// Evaluates a client's model as its training left it, before aggregation.
struct AfterTrainingEvaluation: Sendable {
  private let configuration: RunConfiguration
  private let local: LocalRanges
  private let planned: [PlannedEvaluation]

  /// Nil where a run has no such rows.
  init?(_ configuration: RunConfiguration, _ plan: EvaluationPlan) {
    planned = plan.evaluations.filter { $0.phase == .afterTraining }
    guard !planned.isEmpty else { return nil }
    self.configuration = configuration
    local = LocalRanges(configuration)
  }

  /// The rows of a client whose trained state lies whole in the worker's workspace; another state lies there then.
  ///
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  func rows(of client: Int, on worker: Worker) throws -> [EvaluationRecord] {
    try requireMemory(bytes: 4 * configuration.network.layout.valueCount)
    let state = worker.workspace.state()
    let lists = SubjectList.evaluated(configuration, clients: client..<(client + 1)).map(SubjectExamples.init)
    guard !lists.isEmpty else { return [] }
    return try planned.flatMap { evaluation in
      let evaluating = Evaluating(configuration: configuration, statistics: evaluation.source.statistics)
      worker.workspace.load(state, of: configuration.network)
      let model = EvaluatedModel(configuration, local, subject: client..<(client + 1), on: worker)
      guard try evaluation.source.setValues(of: model) else { return [] as [EvaluationRecord] }
      return try evaluating.rows(evaluation, client: client, of: lists, on: worker)
    }
  }
}

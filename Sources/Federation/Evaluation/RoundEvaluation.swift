internal import Records

/// Evaluates the models of a round: each recorded client by itself, and the union in parts, on all workers at once.
struct RoundEvaluation: Sendable {
  /// Something to be evaluated by one worker.
  private enum Work {
    /// All rows of a client.
    case client(Int, [PlannedEvaluation])
    /// A part of the batches of a row of the union, by the row's number.
    case part(Int, Range<Int>)

    /// Whose failure it is.
    var client: Int? { if case .client(let client, _) = self { client } else { nil } }
  }

  /// What a worker has brought.
  private enum Part {
    case rows([EvaluationRecord])
    case sums(EvaluationSums)
  }

  /// A row of the union: its examples, the values of its normalization layers, and its batches.
  private struct UnionRow {
    let planned: PlannedEvaluation
    let examples: SubjectList
    let normalization: [Float]
    let batches: [Range<Int>]
  }

  /// What the rows have in common.
  private struct Common {
    var clients: ClientValues?
    var union: [UnionRow] = []
  }

  /// Batches of the union that one worker evaluates.
  private static let batchesOfPart = 16

  private let configuration: RunConfiguration
  private let plan: [PlannedEvaluation]
  private let local: LocalRanges
  private let state: RunState

  /// Prepares the evaluation of the state after a round.
  init(_ configuration: RunConfiguration, _ plan: EvaluationPlan, state: RunState) {
    self.configuration = configuration
    self.plan = plan.evaluations.filter { $0.phase == .afterAggregation }
    local = LocalRanges(configuration)
    self.state = state
  }

  /// The rows of some clients, of some that never train, and of the union.
  ///
  /// - Throws: `ClientFailure`.
  func rows(clients: [Int], unseen: [Int], on pool: WorkerPool) async throws -> [EvaluationRecord] {
    let common = try await common(on: pool)
    var work: [Work] = []
    for (subject, members) in [(EvaluationSubject.client, clients), (.unseen, unseen)] {
      let rows = plan.filter { $0.subject == subject }
      if !rows.isEmpty { work += members.map { .client($0, rows) } }
    }
    for (number, row) in common.union.enumerated() {
      for start in stride(from: 0, to: row.batches.count, by: Self.batchesOfPart) {
        work.append(.part(number, start..<min(start + Self.batchesOfPart, row.batches.count)))
      }
    }
    let parts = try await pool.map(work) { work, worker in
      try blaming(work.client) { try part(work, common, on: worker) }
    }
    var evaluations: [EvaluationRecord] = []
    var sums = [EvaluationSums](repeating: EvaluationSums(), count: common.union.count)
    for (part, work) in zip(parts, work) {
      switch (part, work) {
      case (.rows(let rows), _): evaluations += rows
      // In the order of the batches, whoever was first.
      case (.sums(let part), .part(let number, _)): sums[number].add(part)
      case (.sums, .client): break
      }
    }
    evaluations += zip(common.union, sums).compactMap { row, sums in
      sums.record(row.planned, client: -1, row.examples, hash: row.examples.hash(), configuration)
    }
    return evaluations
  }

  /// What a planned evaluation has of each client, example by example, in the clients' order.
  ///
  /// - Returns: For each list of examples that makes batches, the list and what was put out for it.
  /// - Throws: `ClientFailure`.
  func outputs(
    of row: PlannedEvaluation, clients: [Int], on pool: WorkerPool
  ) async throws -> [(client: Int, examples: SubjectList, sums: EvaluationSums)] {
    let common = try await common(on: pool)
    let parts = try await pool.map(clients) { client, worker in
      try blaming(client) { try outputs(of: row, client: client, common, on: worker) }
    }
    return zip(clients, parts).flatMap { client, part in part.map { (client, $0.examples, $0.sums) } }
  }

  private func outputs(
    of row: PlannedEvaluation, client: Int, _ common: Common, on worker: Worker
  ) throws -> [(examples: SubjectList, sums: EvaluationSums)] {
    let lists = SubjectList.evaluated(configuration, clients: client..<(client + 1)).map(SubjectExamples.init)
    guard try load(row, client: client, common, on: worker) else { return [] }
    let evaluating = Evaluating(configuration: configuration, statistics: row.source.statistics)
    return try lists.compactMap { examples in
      guard let batches = evaluating.batches(examples.list.count) else { return nil }
      return (examples.list, try evaluating.evaluate(batches[...], of: examples, on: worker))
    }
  }

  /// What the rows have in common, made by one worker.
  private func common(on pool: WorkerPool) async throws -> Common {
    let needsClients =
      local.hasEvaluatedValues
      && plan.contains { $0.model == .global || [.average, .pooled, .nearest].contains($0.source.word) }
    guard needsClients || plan.contains(where: { $0.subject == .union }) else { return Common() }
    return try await pool.once { worker in
      try blaming(nil) {
        var common = Common()
        if needsClients { common.clients = try ClientValues(configuration, local, state.clients) }
        try prepareUnion(&common, on: worker)
        return common
      }
    }
  }

  private func prepareUnion(_ common: inout Common, on worker: Worker) throws {
    let rows = plan.filter { $0.subject == .union }
    guard !rows.isEmpty else { return }
    let lists = SubjectList.evaluated(configuration, clients: 0..<configuration.dataset.clientCount)
    let layout = configuration.network.layout
    for row in rows {
      let evaluating = Evaluating(configuration: configuration, statistics: row.source.statistics)
      guard !lists.isEmpty, try load(row, client: nil, common, on: worker) else { continue }
      let values = layout.normalizationRanges.flatMap {
        UnsafeBufferPointer(start: worker.workspace.values + $0.lowerBound, count: $0.count)
      }
      common.union += lists.compactMap { list in
        evaluating.batches(list.count).map {
          UnionRow(planned: row, examples: list, normalization: values, batches: $0)
        }
      }
    }
  }

  private func part(_ work: Work, _ common: Common, on worker: Worker) throws -> Part {
    switch work {
    case .client(let client, let rows):
      let lists = SubjectList.evaluated(configuration, clients: client..<(client + 1)).map(SubjectExamples.init)
      guard !lists.isEmpty else { return .rows([]) }
      return .rows(
        try rows.flatMap { row in
          let evaluating = Evaluating(configuration: configuration, statistics: row.source.statistics)
          guard try load(row, client: client, common, on: worker) else { return [] as [EvaluationRecord] }
          return try evaluating.rows(row, client: client, of: lists, on: worker)
        })
    case .part(let number, let range):
      let row = common.union[number]
      try worker.workspace.makeRoom(for: configuration.network)
      worker.workspace.load(state.global, of: configuration.network)
      let places = configuration.network.layout.normalizationRanges.joined()
      for (place, value) in zip(places, row.normalization) { worker.workspace.values[place] = value }
      let evaluating = Evaluating(configuration: configuration, statistics: row.planned.source.statistics)
      return .sums(try evaluating.evaluate(row.batches[range], of: SubjectExamples(row.examples), on: worker))
    }
  }

  /// Loads the model of a row into the worker's workspace.
  ///
  /// - Parameter client: The subject; nil is the union.
  /// - Returns: False when the subject has too few examples for it.
  private func load(_ row: PlannedEvaluation, client: Int?, _ common: Common, on worker: Worker) throws -> Bool {
    try worker.workspace.makeRoom(for: configuration.network)
    worker.workspace.load(state.global, of: configuration.network)
    let subject = client.map { $0..<($0 + 1) } ?? 0..<configuration.dataset.clientCount
    let model = EvaluatedModel(
      configuration, local, subject: subject, server: state.global, clients: common.clients, store: state.clients,
      on: worker)
    if row.model == .global {
      model.takeMeanValues(pooled: false)
    } else if let client {
      let memory = try state.clients[client]
      local.restore(memory, values: worker.workspace.values, counters: worker.workspace.counters)
      if let personal = configuration.personalMethod.model,
        let own = personal.state(
          worker.workspace.state(), memory?.slots ?? personal.initialMemory(configuration.startState),
          trainableCount: configuration.network.layout.trainableCount)
      {
        worker.workspace.load(own, of: configuration.network)
      }
    }
    return try row.source.setValues(of: model)
  }
}

internal import Locks
internal import Records

/// Evaluates the models of a round: jobs for each recorded client and for parts of the union on the queue, and one answer
/// when all are back.
///
/// Why unchecked: all but `progress` changes before the jobs that read it are on the queue, or after the last one is
/// done.
final class RoundEvaluation: @unchecked Sendable {
  /// Why a round can't be evaluated; in words.
  struct Failure: Error, Equatable {
    let message: String
  }

  typealias Outcome = Result<[EvaluationRecord], Failure>

  /// Something to be evaluated by one job.
  private enum Work {
    /// All rows of a client.
    case client(Int, [PlannedEvaluation])
    /// A part of the batches of a row of the union, by the row's number.
    case part(Int, Range<Int>)
  }

  /// What a job has brought.
  private enum Part {
    case rows([EvaluationRecord])
    case sums(EvaluationSums)
  }

  private struct Progress {
    var parts: [Part?] = []
    var failures: [(position: Int, message: String)] = []
    var remaining = 0
  }

  /// A row of the union: the values of its normalization layers, and its batches.
  private struct UnionRow {
    let planned: PlannedEvaluation
    let normalization: [Float]
    let batches: [Range<Int>]
  }

  /// Batches of the union that one job evaluates.
  private static let batchesOfPart = 16

  private let configuration: RunConfiguration
  private let plan: [PlannedEvaluation]
  private let words: RunWords
  private let local: LocalRanges
  private let queue: WorkQueue
  private let progress = Locked(Progress())
  private var state: RunState
  private var trained: [EvaluationRecord] = []
  private var clients: ClientValues?
  private var union: [UnionRow] = []
  private var unionExamples: SubjectExamples?
  private var work: [Work] = []
  private var completion: (@Sendable (Outcome) -> Void)?

  /// Prepares the evaluation of the state after round `round`.
  init(_ configuration: RunConfiguration, _ plan: EvaluationPlan, round: Int, state: RunState, queue: WorkQueue) {
    self.configuration = configuration
    self.plan = plan.evaluations.filter { $0.phase == .afterAggregation }
    words = RunWords(configuration: configuration, round: round)
    local = LocalRanges(configuration.norm.component, configuration.network.layout)
    self.state = state
    self.queue = queue
  }

  /// Puts the jobs on the queue; `completion` is called once, when the state is no longer held.
  ///
  /// - Parameter trained: Rows of clients that were evaluated after their training.
  func start(
    clients: [Int], unseen: [Int], trained: [EvaluationRecord], completion: @escaping @Sendable (Outcome) -> Void
  ) {
    self.completion = completion
    self.trained = trained
    for (subject, members) in [(EvaluationSubject.client, clients), (.unseen, unseen)] {
      let rows = plan.filter { $0.subject == subject }
      if !rows.isEmpty { work += members.map { .client($0, rows) } }
    }
    let needsClients =
      local.hasEvaluatedValues
      && plan.contains { $0.model == .global || [.average, .pooled, .nearest].contains($0.source.word) }
    guard needsClients || plan.contains(where: { $0.subject == .union }) else { return addJobs() }
    // What the jobs have in common is made by one of them.
    queue.add([
      { [self] worker in
        do {
          if needsClients { self.clients = try ClientValues(configuration, local, state.clients) }
          try prepareUnion(on: worker)
          addJobs()
        } catch {
          finish(failure: words.message(error, client: nil))
        }
      }
    ])
  }

  private func prepareUnion(on worker: Worker) throws {
    let seen = 0..<configuration.dataset.clientCount
    let rows = plan.filter { $0.subject == .union }
    guard !rows.isEmpty else { return }
    let examples = SubjectExamples.evaluated(configuration, clients: seen)
    unionExamples = examples
    let layout = configuration.network.layout
    for row in rows {
      let evaluating = Evaluating(configuration: configuration, statistics: row.source.statistics)
      guard examples.count > 0, let batches = evaluating.batches(examples.count),
        try load(row, client: nil, on: worker)
      else { continue }
      let values = UnsafeBufferPointer(
        start: worker.workspace.values + layout.weightCount, count: layout.normalizationRange.count)
      union.append(UnionRow(planned: row, normalization: Array(values), batches: batches))
      for start in stride(from: 0, to: batches.count, by: Self.batchesOfPart) {
        work.append(.part(union.count - 1, start..<min(start + Self.batchesOfPart, batches.count)))
      }
    }
  }

  private func addJobs() {
    guard !work.isEmpty else { return finish() }
    let count = work.count
    progress.withLock { progress in
      progress.parts = Array(repeating: nil, count: count)
      progress.remaining = count
    }
    queue.add((0..<count).map { position in { [self] worker in evaluate(position, on: worker) } })
  }

  private func evaluate(_ position: Int, on worker: Worker) {
    let work = work[position]
    do {
      let part = try part(work, on: worker)
      progress.withLock { $0.parts[position] = part }
    } catch {
      var client: Int?
      if case .client(let number, _) = work { client = number }
      progress.withLock { $0.failures.append((position, words.message(error, client: client))) }
    }
    let isLast = progress.withLock { progress in
      progress.remaining -= 1
      return progress.remaining == 0
    }
    if isLast { finish() }
  }

  private func part(_ work: Work, on worker: Worker) throws -> Part {
    switch work {
    case .client(let client, let rows):
      let examples = SubjectExamples.evaluated(configuration, clients: client..<(client + 1))
      guard examples.count > 0 else { return .rows([]) }
      let hash = examples.hash()
      return .rows(
        try rows.compactMap { row in
          let evaluating = Evaluating(configuration: configuration, statistics: row.source.statistics)
          guard let batches = evaluating.batches(examples.count), try load(row, client: client, on: worker) else {
            return nil
          }
          return try evaluating.evaluate(batches[...], of: examples, on: worker)
            .record(row, client: client, examples, hash: hash)
        })
    case .part(let number, let range):
      let row = union[number]
      guard let unionExamples else { return .rows([]) }
      try worker.workspace.makeRoom(for: configuration.network)
      worker.workspace.load(state.global, of: configuration.network)
      let start = configuration.network.layout.weightCount
      for (place, value) in row.normalization.enumerated() { worker.workspace.values[start + place] = value }
      let evaluating = Evaluating(configuration: configuration, statistics: row.planned.source.statistics)
      let examples = SubjectExamples(sharing: unionExamples)
      return .sums(try evaluating.evaluate(row.batches[range], of: examples, on: worker))
    }
  }

  /// Loads the model of a row into the worker's workspace.
  ///
  /// - Parameter client: The subject; nil is the union.
  /// - Returns: False when the subject has too few examples for it.
  private func load(_ row: PlannedEvaluation, client: Int?, on worker: Worker) throws -> Bool {
    try worker.workspace.makeRoom(for: configuration.network)
    worker.workspace.load(state.global, of: configuration.network)
    let subject = client.map { $0..<($0 + 1) } ?? 0..<configuration.dataset.clientCount
    let model = EvaluatedModel(
      configuration, local, subject: subject, server: state.global, clients: clients, store: state.clients, on: worker)
    if row.model == .global {
      model.takeMeanValues(pooled: false)
    } else if let client {
      local.restore(try state.clients[client], values: worker.workspace.values, counters: worker.workspace.counters)
    }
    return try row.source.setValues(of: model)
  }

  private func finish(failure: String? = nil) {
    let (parts, failures) = progress.withLock { ($0.parts.compactMap { $0 }, $0.failures) }
    var evaluations: [EvaluationRecord] = []
    var sums = [EvaluationSums](repeating: EvaluationSums(), count: union.count)
    for (part, work) in zip(parts, work) {
      switch (part, work) {
      case (.rows(let rows), _): evaluations += rows
      // In the order of the batches, whoever was first.
      case (.sums(let part), .part(let number, _)): sums[number].add(part)
      case (.sums, .client): break
      }
    }
    if failures.isEmpty, failure == nil, !union.isEmpty, let examples = unionExamples {
      let hash = examples.hash()
      evaluations += zip(union, sums).map { row, sums in sums.record(row.planned, client: -1, examples, hash: hash) }
    }
    evaluations += trained
    // Whoever goes on changes the state in place, which must have one owner then.
    state = .none
    guard let completion else { return }
    self.completion = nil
    if let message = failure ?? failures.min(by: { $0.position < $1.position })?.message {
      return completion(.failure(Failure(message: message)))
    }
    completion(.success(evaluations))
  }
}

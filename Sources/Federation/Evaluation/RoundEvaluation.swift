internal import Locks
internal import Records

/// Evaluates the models of a round: a job for each recorded client on the queue, and one answer when all are back.
///
/// Why unchecked: `state` and `completion` change before the first job is on the queue and after the last one is done.
final class RoundEvaluation: @unchecked Sendable {
  /// Why a round can't be evaluated; in words.
  struct Failure: Error, Equatable {
    let message: String
  }

  typealias Outcome = Result<[EvaluationRecord], Failure>

  /// What the jobs have brought so far.
  private struct Progress {
    var evaluations: [EvaluationRecord?] = []
    var failures: [(position: Int, message: String)] = []
    var remaining = 0
  }

  private let configuration: RunConfiguration
  private let words: RunWords
  private let local: LocalRanges
  private let progress = Locked(Progress())
  private var state: RunState
  private var completion: (@Sendable (Outcome) -> Void)?

  /// Prepares the evaluation of the state after round `round`.
  init(_ configuration: RunConfiguration, round: Int, state: RunState) {
    self.configuration = configuration
    words = RunWords(configuration: configuration, round: round)
    local = LocalRanges(configuration.norm.component, configuration.network.layout)
    self.state = state
  }

  /// Puts the jobs on the queue; `completion` is called once, when the state is no longer held.
  func start(clients: [Int], on queue: WorkQueue, completion: @escaping @Sendable (Outcome) -> Void) {
    self.completion = completion
    progress.withLock { progress in
      progress.evaluations = Array(repeating: nil, count: clients.count)
      progress.remaining = clients.count
    }
    queue.add(
      clients.enumerated().map { position, client in
        { [self] worker in evaluate(client, position: position, on: worker) }
      })
  }

  private func evaluate(_ client: Int, position: Int, on worker: Worker) {
    do {
      worker.workspace.load(state.global, of: configuration.network)
      local.restore(try state.clients[client], values: worker.workspace.values, counters: worker.workspace.counters)
      let evaluation = try Evaluating(configuration: configuration, client: client)
        .evaluate(normSource: local.isEmpty ? .global : .own, on: worker)
      progress.withLock { $0.evaluations[position] = evaluation }
    } catch {
      progress.withLock { $0.failures.append((position, words.message(error, client: client))) }
    }
    let isLast = progress.withLock { progress in
      progress.remaining -= 1
      return progress.remaining == 0
    }
    if isLast { finish() }
  }

  private func finish() {
    // Whoever goes on changes the state in place, which must have one owner then.
    state = .none
    guard let completion else { return }
    self.completion = nil
    let (evaluations, failures) = progress.withLock { ($0.evaluations.compactMap { $0 }, $0.failures) }
    if let failure = failures.min(by: { $0.position < $1.position }) {
      return completion(.failure(Failure(message: failure.message)))
    }
    if let bad = evaluations.first(where: { !$0.loss.isFinite }) { return completion(.failure(notFinite(bad))) }
    completion(.success(evaluations))
  }

  private func notFinite(_ evaluation: EvaluationRecord) -> Failure {
    Failure(
      message:
        "round \(words.round), \(words.label(evaluation.client)): the loss on its \(evaluation.split.rawValue) data is not a finite number"
    )
  }
}

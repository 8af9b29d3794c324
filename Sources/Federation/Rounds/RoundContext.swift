internal import Networks

/// What the phases of a round start from: the state, and who takes part.
struct RoundContext: Sendable {
  let configuration: RunConfiguration
  let round: Int
  /// Who takes part, in ascending order.
  let cohort: [Int]
  /// p_k of the cohort, in its order.
  let weights: [Double]
  /// What the server and the clients have.
  let state: RunState
  /// What stays with the clients.
  let local: LocalRanges

  /// Puts what a client starts from into a worker's workspace; returns what it kept.
  ///
  /// - Parameters:
  ///   - start: The version of the server's state that the client starts from; nil is the newest.
  ///   - deferred: Where the steps of some weights are put off, which are not loaded then.
  /// - Throws: `OutOfMemory`, or `ClientStoreProblem` when what the client keeps can't be read.
  @discardableResult
  func load(
    _ client: Int, on worker: Worker, from start: ModelState? = nil, deferred: DeferredSteps? = nil
  ) throws -> ClientMemory? {
    let memory = try state.clients[client]
    try worker.workspace.makeRoom(for: configuration.network, configuration.setting(of: client).optimizers)
    worker.workspace.load(start ?? state.global, of: configuration.network, deferred: deferred)
    local.restore(memory, values: worker.workspace.values, counters: worker.workspace.counters)
    return memory
  }

  /// What the clients that brought something brought, with weights that sum to 1; none where nobody did.
  ///
  /// - Parameter values: In the order of the cohort.
  func weighted<Value>(_ values: [Value?]) -> [(value: Value, weight: Double)] {
    let present = zip(values, weights).compactMap { value, weight in value.map { (value: $0, weight: weight) } }
    let sum = present.reduce(0) { $0 + $1.weight }
    return sum > 0 ? present.map { ($0.value, $0.weight / sum) } : []
  }
}

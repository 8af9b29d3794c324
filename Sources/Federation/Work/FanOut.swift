internal import Locks

extension WorkerPool {
  /// Does something for each of some items, on all workers at once, and waits for all of it.
  ///
  /// Nothing that `body` captured is held any more when this returns, so that the caller can change it in place.
  ///
  /// - Returns: What `body` made of the items, in their order.
  /// - Throws: What `body` threw for the first of the items, in their order, for which it threw; the others are done
  ///   all the same.
  func map<Item: Sendable, Result: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item, Worker) throws -> Result
  ) async throws -> [Result] {
    guard !items.isEmpty else { return [] }
    let fan = FanOut(items, body)
    await withUnsafeContinuation { continuation in
      fan.begin(continuation)
      add(items.indices.map { position in { worker in fan.run(position, on: worker) } })
    }
    return try fan.results()
  }

  /// Does one thing on a worker, and waits for it.
  ///
  /// - Throws: What `body` throws.
  func once<Result: Sendable>(_ body: @escaping @Sendable (Worker) throws -> Result) async throws -> Result {
    guard let result = try await map([()], { try body($1) }).first else { preconditionFailure("one item, no result") }
    return result
  }
}

/// What is under way for some items.
private final class FanOut<Item: Sendable, Value: Sendable>: Sendable {
  private struct State {
    let items: [Item]
    /// Nil when all is done: what it captured must not outlive that.
    var body: (@Sendable (Item, Worker) throws -> Value)?
    var results: [Result<Value, any Error>?]
    var remaining: Int
    var continuation: UnsafeContinuation<Void, Never>?
  }

  private let state: Locked<State>

  init(_ items: [Item], _ body: @escaping @Sendable (Item, Worker) throws -> Value) {
    state = Locked(
      State(items: items, body: body, results: Array(repeating: nil, count: items.count), remaining: items.count))
  }

  /// Says who waits.
  func begin(_ continuation: UnsafeContinuation<Void, Never>) { state.withLock { $0.continuation = continuation } }

  func run(_ position: Int, on worker: Worker) {
    let result = result(position, on: worker)
    let continuation: UnsafeContinuation<Void, Never>? = state.withLock { state in
      state.results[position] = result
      state.remaining -= 1
      guard state.remaining == 0 else { return nil }
      state.body = nil
      return state.continuation
    }
    continuation?.resume()
  }

  /// Has `body` work without holding it any longer than that.
  private func result(_ position: Int, on worker: Worker) -> Result<Value, any Error> {
    let (item, body) = state.withLock { ($0.items[position], $0.body) }
    guard let body else { preconditionFailure("item \(position) was done twice") }
    return Result { try body(item, worker) }
  }

  func results() throws -> [Value] {
    let results = state.withLock { state in
      defer { state.results = [] }
      return state.results
    }
    return try results.map { result in
      guard let result else { preconditionFailure("an item was left out") }
      return try result.get()
    }
  }
}

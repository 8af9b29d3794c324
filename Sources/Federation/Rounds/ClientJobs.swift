internal import Locks

/// What a job for a client needs of its run: the numbers that it starts from, on a worker.
struct ClientWork: Sendable {
  let configuration: RunConfiguration
  let round: Int
  let queue: WorkQueue
  /// Loads what a client starts from into a worker's workspace.
  let load: @Sendable (_ client: Int, Worker) throws -> Void
}

/// Jobs for some clients that run at the same time.
enum ClientJobs {
  private struct Progress<Result> {
    var results: [Result?]
    var failures: [(position: Int, error: any Error)] = []
    var remaining: Int
  }

  /// Puts a job for each client on the queue; when the last one is done, goes on with what they brought, in the clients'
  /// order, or with the error of the first client that failed.
  static func run<Result: Sendable>(
    _ clients: [Int], on queue: WorkQueue, job: @escaping @Sendable (_ client: Int, Worker) throws -> Result,
    then: @escaping @Sendable (_ outcome: Swift.Result<[Result], ClientFailure>) -> Void
  ) {
    guard !clients.isEmpty else { return then(.success([])) }
    let progress = Locked(
      Progress<Result>(results: Array(repeating: nil, count: clients.count), remaining: clients.count))
    queue.add(
      clients.enumerated().map { position, client in
        { worker in
          do {
            let result = try job(client, worker)
            progress.withLock { $0.results[position] = result }
          } catch {
            progress.withLock { $0.failures.append((position, error)) }
          }
          let done: Progress<Result>? = progress.withLock { progress in
            progress.remaining -= 1
            return progress.remaining == 0 ? progress : nil
          }
          guard let done else { return }
          if let first = done.failures.min(by: { $0.position < $1.position }) {
            then(.failure(ClientFailure(client: clients[first.position], error: first.error)))
          } else {
            then(.success(done.results.compactMap { $0 }))
          }
        }
      })
  }
}

/// The error of a client's job.
struct ClientFailure: Error {
  let client: Int
  let error: any Error
}

/// Something took longer than it may.
struct DeadlineExceeded: Error {}

/// What `body` returns, if it does so in time; otherwise it is cancelled.
///
/// - Throws: `DeadlineExceeded`, and what `body` throws.
func within<Value: Sendable>(
  _ time: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask(operation: body)
    group.addTask {
      try await Task.sleep(for: time)
      throw DeadlineExceeded()
    }
    defer { group.cancelAll() }
    guard let value = try await group.next() else { throw CancellationError() }
    return value
  }
}

internal import Dispatch

/// A thread of its own for work that reads the database or draws: what handles connections never waits for it.
struct BackgroundQueue: Sendable {
  private let queue: DispatchQueue

  /// Makes a queue that does one thing after the other.
  init(_ name: String) { queue = DispatchQueue(label: "covey.serving.\(name)") }

  /// What `body` returns.
  func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try body() }) }
    }
  }
}

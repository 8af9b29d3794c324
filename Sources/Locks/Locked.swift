internal import Foundation

/// A value that is only touched while its lock is held.
///
/// `Synchronization.Mutex` would do, but on Linux the thread sanitizer does not see it and reports races that are
/// none; this lock is one that it knows.
///
/// Why unchecked: `value` is read and written only between `lock` and `unlock`.
package final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  /// Makes a locked value.
  package init(_ value: sending Value) { self.value = value }

  /// Runs `body` on the value with the lock held.
  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}

extension Locked {
  /// Runs `body` on the value with the lock held, or returns nil at once where another thread holds it.
  package func tryWithLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result? {
    guard lock.try() else { return nil }
    defer { lock.unlock() }
    return try body(&value)
  }
}

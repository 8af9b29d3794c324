internal import Locks

/// What a connection may take.
struct ConnectionLimits: Sendable {
  /// How many may be open.
  var connections = 192
  /// How long a request's head may take to come, also from the end of the one before it.
  var head: Duration = .seconds(30)
  /// How long an answer may take to be made.
  var making: Duration = .seconds(120)
  /// How often it is looked whether the other side still waits for an answer.
  var looking: Duration = .milliseconds(250)
  /// How long an answer may take to be read by the other side.
  var writing: Duration = .seconds(60)
  /// How long whoever is refused has to read why.
  var refusing: Duration = .seconds(2)
  /// How often a stream of events says that it is there.
  var heartbeat: Duration = .seconds(15)
}

/// How many connections are open.
final class OpenConnections: Sendable {
  private let limit: Int
  private let count = Locked(0)

  init(limit: Int) { self.limit = limit }

  /// Counts one more, unless there are as many as there may be.
  func enter() -> Bool {
    count.withLock { count in
      if count >= limit { return false }
      count += 1
      return true
    }
  }

  /// Counts one less.
  func leave() { count.withLock { $0 -= 1 } }
}

internal import Foundation
internal import Locks

/// Whether the system leaves room for what the libraries below this program take without asking: they end the program, or
/// wait for ever, where there is none.
enum SystemRoom {
  /// Files that a database, its log and the libraries' own events are open in at most.
  private static let files = 24
  /// Threads that the libraries start beside those of the program.
  private static let threads = 3

  /// Asks whether enough files can be opened, by opening as many, before anything depends on them.
  ///
  /// - Throws: `CommandFailure` when they can't.
  static func requireFiles() throws {
    var opened: [Int32] = []
    defer { for descriptor in opened { close(descriptor) } }
    for _ in 0..<files {
      let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw CommandFailure(
          "error: can't open \(files) files: \(String(cString: strerror(errno)).lowercased()); a limit of open files (ulimit -n) is reached",
          .inputOutput)
      }
      opened.append(descriptor)
    }
  }

  /// Asks whether the libraries could start their threads, by starting as many, before anything is recorded.
  ///
  /// - Throws: `ThreadProblem` when they couldn't.
  static func requireThreads() throws(ThreadProblem) {
    let isOver = Locked(false)
    let running = Locked(0)
    defer {
      isOver.withLock { $0 = true }
      // Whoever comes next finds their places free.
      for _ in 0..<1000 where running.withLock({ $0 > 0 }) { usleep(500) }
    }
    for _ in 0..<threads {
      running.withLock { $0 += 1 }
      do {
        try StartedThread.start("covey-room", stackSize: 1 << 18) {
          while !isOver.withLock({ $0 }) { usleep(500) }
          running.withLock { $0 -= 1 }
        }
      } catch {
        running.withLock { $0 -= 1 }
        throw error
      }
    }
  }
}

internal import Foundation
internal import Locks
internal import Synchronization

/// Where the handler of a signal writes a byte; nowhere while it is negative.
private let signalPipe = Atomic<Int32>(-1)

/// Hears SIGINT, SIGTERM and SIGHUP, which comes when a terminal is closed, instead of dying of them.
///
/// A thread of its own waits for them, which is there before anything begins: whoever could not start it has the system's
/// own handling, by which a signal ends the program.
final class InterruptSignals: Sendable {
  private static let numbers = [SIGINT, SIGTERM, SIGHUP]
  /// Both ends of the pipe through which signals come to the thread, and the signals that are heard.
  private let state: Locked<(reading: Int32, writing: Int32, heard: [Int32])>
  private let handler = Locked<(@Sendable (Int) -> Void)?>(nil)

  /// Starts the thread; signals are heard from `begin` on.
  ///
  /// - Throws: `CommandFailure` when the system has no thread or no pipe left.
  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw CommandFailure(
        "error: can't open a pipe: \(String(cString: strerror(errno))); a limit of open files (ulimit -n) is reached",
        .inputOutput)
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // A handler must not wait where nobody reads.
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    state = Locked((ends[0], ends[1], []))
    let (reading, handler) = (ends[0], handler)
    do {
      try StartedThread.start("covey-signals", stackSize: 1 << 20) { Self.listen(reading, handler) }
    } catch {
      close(ends[0])
      close(ends[1])
      throw CommandFailure("error: \(error)", .inputOutput)
    }
  }

  /// Calls `handle` with how many signals have come, on the thread; from when this returns, none is missed.
  func begin(_ handle: @escaping @Sendable (Int) -> Void) {
    handler.withLock { $0 = handle }
    state.withLock { state in
      signalPipe.store(state.writing, ordering: .sequentiallyConsistent)
      for number in Self.numbers {
        let former = signal(number, receive)
        // What `nohup` has the program ignore stays ignored.
        if number == SIGHUP, unsafeBitCast(former, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
          signal(number, SIG_IGN)
        } else {
          state.heard.append(number)
        }
      }
    }
  }

  /// Gives the signals back to the system, and ends the thread.
  func end() {
    state.withLock { state in
      for number in state.heard { signal(number, SIG_DFL) }
      state.heard = []
      guard state.writing >= 0 else { return }
      signalPipe.store(-1, ordering: .sequentiallyConsistent)
      // What reads finds the end of the pipe.
      close(state.writing)
      state.writing = -1
    }
    handler.withLock { $0 = nil }
  }

  deinit { end() }

  /// Lets the system deliver the signals to this thread: a program that was started by a thread which blocks them, as
  /// those of many libraries do, inherits that, and would hear none.
  private static func unblock() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static func listen(_ reading: Int32, _ handler: Locked<(@Sendable (Int) -> Void)?>) {
    defer { close(reading) }
    unblock()
    var count = 0
    var byte: UInt8 = 0
    while true {
      let done = read(reading, &byte, 1)
      if done < 0, errno == EINTR { continue }
      guard done == 1 else { return }
      count += 1
      handler.withLock { $0 }?(count)
    }
  }
}

/// What the system calls for a signal: all that may be done there is to write a byte.
private func receive(_ number: Int32) {
  let before = errno
  let pipe = signalPipe.load(ordering: .sequentiallyConsistent)
  var byte: UInt8 = 1
  if pipe >= 0 { _ = write(pipe, &byte, 1) }
  errno = before
}

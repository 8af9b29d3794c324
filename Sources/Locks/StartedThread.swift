internal import Foundation

/// Threads whose start can fail: the system's own, because Foundation's and Dispatch's wait for ever, or end the
/// program, where a limit of processes or of memory allows no more of them.
package enum StartedThread {
  /// Starts a thread that runs `body` and ends with it.
  ///
  /// - Parameters:
  ///   - name: What tools that list threads call it; its first 15 bytes count.
  ///   - stackSize: Bytes of its stack.
  /// - Throws: `ThreadProblem` when the system has no more of them.
  package static func start(
    _ name: String, stackSize: Int, _ body: @escaping @Sendable () -> Void
  ) throws(ThreadProblem) {
    let beginning = Beginning(name: String(decoding: name.utf8.prefix(15), as: UTF8.self), body)
    let code = create(stackSize, Unmanaged.passRetained(beginning).toOpaque())
    guard code == 0 else {
      Unmanaged.passUnretained(beginning).release()
      throw ThreadProblem(code: code)
    }
  }

  /// Has the system create a thread; returns its number of what is wrong, or 0.
  private static func create(_ stackSize: Int, _ beginning: UnsafeMutableRawPointer) -> Int32 {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackSize)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    return pthread_create(&thread, &attributes, { StartedThread.begin($0) }, beginning)
  }

  /// What a thread does, on its way from the thread that starts it.
  private final class Beginning: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  private static func begin(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let pointer else { return nil }
    let beginning = Unmanaged<Beginning>.fromOpaque(pointer).takeRetainedValue()
    Thread.current.name = beginning.name
    beginning.body()
    return nil
  }
}

/// Why a thread can't be started.
package struct ThreadProblem: Error, Equatable, CustomStringConvertible {
  /// The system's number of what is wrong.
  package let code: Int32

  /// Makes a problem.
  package init(code: Int32) { self.code = code }

  package var description: String {
    "the system starts no more threads (\(String(cString: strerror(code)))): a limit of processes (ulimit -u) or of "
      + "memory (ulimit -v) is reached"
  }
}

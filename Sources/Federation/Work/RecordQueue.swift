internal import Foundation
internal import Locks

/// One thread that does what is to be recorded, in order, while the workers go on computing.
///
/// Whoever adds waits while too much is waiting already, so that a slow disk slows a simulation down instead of
/// filling its memory.
///
/// Why unchecked: everything is touched only while `condition` is held.
final class RecordQueue: @unchecked Sendable {
  typealias Job = @Sendable () -> Void

  /// Bytes that may wait, unless it is one job alone.
  private static let byteLimit = 64 << 20
  /// Jobs that may wait.
  private static let jobLimit = 64

  private let condition = NSCondition()
  private var jobs: [(bytes: Int, job: Job)] = []
  private var bytes = 0
  private var isClosed = false
  private var isRunning = true

  /// Bytes of the thread's stack.
  static let stackSize = 4 << 20

  /// Starts the thread.
  ///
  /// - Throws: `ThreadProblem` when it can't be.
  init() throws(ThreadProblem) {
    try StartedThread.start("covey-records", stackSize: Self.stackSize) { [self] in work() }
  }

  /// Puts a job behind those that wait.
  ///
  /// - Parameter bytes: What it holds in memory.
  func add(bytes: Int, _ job: @escaping Job) {
    condition.lock()
    defer { condition.unlock() }
    while !jobs.isEmpty, self.bytes + bytes > Self.byteLimit || jobs.count >= Self.jobLimit { condition.wait() }
    jobs.append((bytes, job))
    self.bytes += bytes
    condition.broadcast()
  }

  /// Waits until all is done, and ends the thread.
  func close() {
    condition.lock()
    isClosed = true
    condition.broadcast()
    while isRunning { condition.wait() }
    condition.unlock()
  }

  private func work() {
    condition.lock()
    while true {
      while let (bytes, job) = jobs.first {
        condition.unlock()
        job()
        condition.lock()
        // Only now: a job that is being done still holds its memory.
        jobs.removeFirst()
        self.bytes -= bytes
        condition.broadcast()
      }
      if isClosed { break }
      condition.wait()
    }
    isRunning = false
    condition.broadcast()
    condition.unlock()
  }
}

/// Brings what a run has to record onto the queue in the run's own order, whoever is done first.
final class RecordSequence: Sendable {
  private struct State {
    var tickets = 0
    var next = 0
    var ready: [Int: (bytes: Int, job: RecordQueue.Job)] = [:]
  }

  private let queue: RecordQueue
  private let state = Locked(State())

  /// Makes the sequence of one run.
  init(_ queue: RecordQueue) { self.queue = queue }

  /// The next place in the order.
  func ticket() -> Int {
    state.withLock { state in
      state.tickets += 1
      return state.tickets - 1
    }
  }

  /// Puts the job of a place on the queue once all places before it are.
  func deliver(_ ticket: Int, bytes: Int = 0, _ job: @escaping RecordQueue.Job) {
    state.withLock { state in
      state.ready[ticket] = (bytes, job)
      while let (bytes, job) = state.ready.removeValue(forKey: state.next) {
        state.next += 1
        queue.add(bytes: bytes, job)
      }
    }
  }

  /// Waits until all before it is done, and does a last job on the recording thread.
  func finish(_ job: @escaping RecordQueue.Job) async {
    await withUnsafeContinuation { continuation in
      deliver(ticket()) {
        job()
        continuation.resume()
      }
    }
  }
}

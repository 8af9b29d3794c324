internal import Foundation
internal import Locks
internal import Tensors
internal import Networks

/// What a worker thread keeps for itself: buffers and plans. Never seen by two threads.
final class Worker {
  /// Buffers and plans of the networks that it trains and evaluates.
  let workspace = NetworkWorkspace()
  /// Room for the positions of a client's examples.
  var order: [Int] = []
  /// Room for the targets of a batch.
  let targets = TargetRoom()
  /// Room for an image that is augmented.
  let image = AlignedBuffer<Float>()
  private var deferred: DeferredSteps?

  /// Room for the steps of a block of clients that are put off.
  ///
  /// - Throws: `OutOfMemory`.
  func deferredSteps(_ weights: DeferrableWeights, capacity: Int) throws -> DeferredSteps {
    if let deferred, deferred.fits(weights, capacity: capacity) { return deferred }
    let made = try DeferredSteps(weights, capacity: capacity)
    deferred = made
    return made
  }
}

/// The threads that compute: they take jobs from one queue, first come first served, until it is closed.
///
/// A pool is also where the tasks of runs go on (`Task(executorPreference:)`), so that a run's straight code needs no
/// thread beside the workers. A run that can go on comes before all jobs that wait: nothing else brings it new ones.
///
/// Why unchecked: all that changes is touched only while `condition` is held.
final class WorkerPool: TaskExecutor, @unchecked Sendable {
  typealias Job = @Sendable (Worker) -> Void

  private let condition = NSCondition()
  /// Those before `next` are gone, with what they held.
  private var jobs: [Job?] = []
  private var next = 0
  /// Runs that can go on.
  private var resumed: [UnownedJob] = []
  private var isClosed = false
  private var running = 0

  /// Bytes of a worker's stack: oneDNN's code generators use deep ones at their first use.
  static let stackSize = 16 << 20

  /// Starts `threads` workers.
  ///
  /// - Throws: `ThreadProblem` when they can't all be started; none is left then.
  init(threads: Int) throws(ThreadProblem) {
    running = threads
    for number in 0..<threads {
      do throws(ThreadProblem) {
        try StartedThread.start("covey-worker-\(number)", stackSize: Self.stackSize) { [self] in work() }
      } catch {
        condition.lock()
        running -= threads - number
        condition.unlock()
        close()
        throw error
      }
    }
  }

  /// Puts jobs at the end of the queue.
  func add(_ added: [Job]) {
    condition.lock()
    jobs.append(contentsOf: added.map { $0 })
    condition.broadcast()
    condition.unlock()
  }

  /// Puts a part of a task before all jobs.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    condition.lock()
    resumed.append(job)
    condition.signal()
    condition.unlock()
  }

  /// Lets the workers end when no job is left, and waits for them.
  func close() {
    condition.lock()
    isClosed = true
    condition.broadcast()
    while running > 0 { condition.wait() }
    condition.unlock()
  }

  private func work() {
    prepareThreadForCompute()
    let worker = Worker()
    while let job = take() {
      switch job {
      case .resumed(let job): job.runSynchronously(on: asUnownedTaskExecutor())
      case .job(let job): job(worker)
      }
    }
    condition.lock()
    running -= 1
    condition.broadcast()
    condition.unlock()
  }

  private enum Taken {
    case resumed(UnownedJob)
    case job(Job)
  }

  private func take() -> Taken? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if !resumed.isEmpty { return .resumed(resumed.removeFirst()) }
      if next < jobs.count { break }
      if isClosed { return nil }
      condition.wait()
    }
    guard let job = jobs[next] else { preconditionFailure("job \(next) was taken twice") }
    jobs[next] = nil
    next += 1
    if next > 1024, next * 2 > jobs.count {
      jobs.removeFirst(next)
      next = 0
    }
    return .job(job)
  }
}

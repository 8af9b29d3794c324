internal import Foundation
internal import Locks
public import Records
internal import Synchronization

/// How a run ended.
public enum RunOutcome: Sendable, Equatable {
  /// All rounds are done.
  case finished
  /// Its stop rule was met, after a whole round that is its last.
  case stopped(StopReason)
  /// It was stopped after a whole round.
  case interrupted
  /// It can't go on, for a reason that belongs to the run; in words.
  case failed(String)
}

/// Hears of a simulation's progress, from the thread that records: one call at a time, while the workers go on.
public protocol RunObserver: Sendable {
  /// A round of run `run` is complete. The run itself may be some rounds further by now.
  ///
  /// - Throws: Whatever makes going on pointless; it ends the simulation, and `Simulation.run` throws it.
  func roundDidFinish(_ round: RoundRecord, checkpoint: CheckpointRecord?, ofRun run: Int) throws
  /// A run ended.
  func runDidEnd(_ outcome: RunOutcome, run: Int) throws
}

/// Computes runs on one pool of threads; the results do not depend on how many, or on which of them finishes first.
public final class Simulation: Sendable {
  /// How far the runs are.
  public struct Progress: Sendable {
    /// Client updates that are done.
    public var clientUpdates = 0
    /// Client updates that all runs will have made; those before a checkpoint don't count.
    public var plannedUpdates = 0
    /// The last complete round of each run.
    public var rounds: [Int] = []
    /// Mean accuracy of each run's last evaluation, over the clients that have test examples.
    public var accuracies: [Double?] = []
    /// The clients that are not in these means; nil before a run's first evaluation.
    public var untested: [UntestedClients?] = []
  }

  private struct State {
    var outcomes: [RunOutcome?]
    var error: (any Error)?
  }

  private let planned: [PlannedRun]
  private let observer: any RunObserver
  private let threads: Int
  private let started: ComputeThreads?
  private let state: Locked<State>
  private let progressState: Locked<Progress>
  private let isInterrupted = Atomic<Bool>(false)
  private let isAborted = Atomic<Bool>(false)

  /// Prepares runs on `threads` worker threads.
  ///
  /// - Precondition: threads ≥ 1.
  public convenience init(_ runs: [PlannedRun], threads: Int, observer: any RunObserver) {
    self.init(runs, threads: threads, started: nil, observer: observer)
  }

  /// Prepares runs on threads that are started already.
  public convenience init(_ runs: [PlannedRun], on threads: ComputeThreads, observer: any RunObserver) {
    self.init(runs, threads: threads.count, started: threads, observer: observer)
  }

  private init(_ runs: [PlannedRun], threads: Int, started: ComputeThreads?, observer: any RunObserver) {
    precondition(threads >= 1, "a simulation needs a thread")
    planned = runs
    self.threads = threads
    self.started = started
    self.observer = observer
    state = Locked(State(outcomes: Array(repeating: nil, count: runs.count)))
    var progress = Progress()
    progress.rounds = Array(repeating: 0, count: runs.count)
    progress.accuracies = Array(repeating: nil, count: runs.count)
    progress.untested = Array(repeating: nil, count: runs.count)
    for run in runs {
      let configuration = run.configuration
      progress.plannedUpdates +=
        max(0, configuration.rounds - run.roundsDone)
        * configuration.plannedUpdates
    }
    progressState = Locked(progress)
  }

  /// How many runs are in hand at the same time, at most.
  static func activeRuns(threads: Int) -> Int { max(8, 2 * threads) }

  /// How far the runs are now.
  public var progress: Progress { progressState.withLock { $0 } }

  /// Asks all runs to stop after the round in hand, with a checkpoint.
  public func interrupt() { isInterrupted.store(true, ordering: .relaxed) }

  /// Computes all runs and returns how each ended, in their order. Blocks the calling thread.
  ///
  /// - Throws: What the observer threw, or fetching a checkpoint; `CheckpointProblem` when a checkpoint is not one of
  ///   its run; an error in words when the system starts no more threads.
  public func run() throws -> [RunOutcome] {
    let threads = try started ?? ComputeThreads(count: threads)
    let (pool, records) = (threads.work, threads.records)
    // Also when a checkpoint is not one: the threads must not wait for ever.
    defer {
      pool.close()
      records.close()
    }
    let waiting = Locked(
      try planned.enumerated().map { index, run in
        (index, try FederatedRun(run, index: index, simulation: self, pool: pool, records: records))
      }[...])
    let finished = DispatchSemaphore(value: 0)
    // So many at once that cores never idle, and not so many that the memory of all runs is needed.
    let lanes = min(planned.count, Self.activeRuns(threads: threads.count))
    for _ in 0..<lanes {
      Task(executorPreference: pool) { [self] in
        while let (index, prepared) = waiting.withLock({ $0.popFirst() }) {
          var run = prepared
          await run.compute { [self] in end(index, $0) }
        }
        finished.signal()
      }
    }
    for _ in 0..<lanes { finished.wait() }
    if let error = state.withLock({ $0.error }) { throw error }
    return state.withLock { $0.outcomes.compactMap { $0 } }
  }

  private func end(_ index: Int, _ outcome: RunOutcome) {
    if !isAborted.load(ordering: .relaxed) {
      do { try observer.runDidEnd(outcome, run: index) } catch { abort(error) }
    }
    state.withLock { $0.outcomes[index] = outcome }
  }

  /// Ends everything: there is no point in computing what can't be kept.
  func abort(_ error: any Error) {
    state.withLock { if $0.error == nil { $0.error = error } }
    isAborted.store(true, ordering: .relaxed)
    isInterrupted.store(true, ordering: .relaxed)
  }

  var shouldStop: Bool { isInterrupted.load(ordering: .relaxed) }
  var hasAborted: Bool { isAborted.load(ordering: .relaxed) }

  func record(_ round: RoundRecord, checkpoint: CheckpointRecord?, ofRun run: Int) throws {
    try observer.roundDidFinish(round, checkpoint: checkpoint, ofRun: run)
    let evaluations = round.evaluations.selected(EvaluationSelection())
    let accuracies = evaluations.tested.compactMap(\.accuracy)
    progressState.withLock { progress in
      progress.rounds[run] = round.round
      if !evaluations.isEmpty { progress.untested[run] = evaluations.untested }
      if !accuracies.isEmpty { progress.accuracies[run] = accuracies.reduce(0, +) / Double(accuracies.count) }
    }
  }

  /// The rounds behind the one in which a run's rule was met won't be made.
  func runDidStop(_ index: Int, after round: Int) {
    let configuration = planned[index].configuration
    let left = max(0, configuration.rounds - max(round, planned[index].roundsDone)) * configuration.plannedUpdates
    progressState.withLock { $0.plannedUpdates -= left }
  }

  func clientDidFinish() { progressState.withLock { $0.clientUpdates += 1 } }
}

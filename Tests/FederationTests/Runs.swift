@testable import Federation
import Records
import Synchronization

/// What a run left behind.
struct RunResult {
  /// The records in the order in which they came, without their wall-clock seconds.
  var rounds: [RoundRecord] = []
  /// The checkpoints in the same order.
  var checkpoints: [CheckpointRecord] = []
  /// How it ended.
  var outcome: RunOutcome?
}

/// Collects what runs leave behind.
final class RunCollector: RunObserver {
  private let results: Mutex<[RunResult]>
  private let onRound: @Sendable (RoundRecord, Int) throws -> Void

  /// Makes a collector for so many runs; `onRound` is called after a round is kept.
  init(runs: Int, onRound: @escaping @Sendable (RoundRecord, Int) throws -> Void = { _, _ in }) {
    results = Mutex(Array(repeating: RunResult(), count: runs))
    self.onRound = onRound
  }

  /// What the runs left so far.
  var all: [RunResult] { results.withLock { $0 } }

  func roundDidFinish(_ round: RoundRecord, checkpoint: CheckpointRecord?, ofRun run: Int) throws {
    var kept = round
    kept.seconds = 0
    results.withLock { results in
      results[run].rounds.append(kept)
      if let checkpoint { results[run].checkpoints.append(checkpoint) }
    }
    try onRound(round, run)
  }

  func runDidEnd(_ outcome: RunOutcome, run: Int) throws { results.withLock { $0[run].outcome = outcome } }
}

/// Computes runs and returns what each left behind.
func results(of runs: [PlannedRun], threads: Int = 2) throws -> [RunResult] {
  let collector = RunCollector(runs: runs.count)
  _ = try Simulation(runs, threads: threads, observer: collector).run()
  return collector.all
}

/// Computes one run.
func result(
  of configuration: RunConfiguration, from checkpoint: CheckpointRecord? = nil, threads: Int = 2
) throws -> RunResult {
  try results(of: [PlannedRun(configuration, from: checkpoint)], threads: threads)[0]
}

extension RunResult {
  /// The server's or a client's state after the last round.
  func state(_ configuration: RunConfiguration, client: Int? = nil) throws -> ExportedState {
    guard let last = checkpoints.last else { throw NoCheckpoint() }
    return try ExportedState(last, client: client)
  }
}

/// A run left no checkpoint.
struct NoCheckpoint: Error {}

extension ClientStore {
  /// What each client keeps, in ascending order of the clients.
  func memories() throws -> [ClientMemory] { try clients.compactMap { try self[$0] } }
}

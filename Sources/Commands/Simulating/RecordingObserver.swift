internal import Federation
internal import Records
internal import RunStore

/// Writes what a simulation tells into the record of runs.
struct RecordingObserver: RunObserver {
  let store: RunStore
  /// The number of each run in the database, and which checkpoints of it are kept.
  let runs: [(id: Int64, retention: CheckpointRetention)]
  let progress: ProgressReport

  func roundDidFinish(_ round: RoundRecord, checkpoint: CheckpointRecord?, ofRun run: Int) throws {
    try store.append(round, checkpoint: checkpoint, keeping: runs[run].retention, toRun: runs[run].id)
    progress.roundDidFinish(round, ofRun: run)
  }

  func runDidEnd(_ outcome: RunOutcome, run: Int) throws {
    switch outcome {
    case .finished: try store.finish(run: runs[run].id, status: .finished, error: nil)
    case .stopped(let reason): try store.finish(run: runs[run].id, status: .finished, error: nil, reason: reason)
    case .interrupted: try store.finish(run: runs[run].id, status: .interrupted, error: nil)
    case .failed(let reason): try store.finish(run: runs[run].id, status: .failed, error: reason)
    }
    progress.runDidEnd(outcome, run: run)
  }
}

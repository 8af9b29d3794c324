public import Records

/// A run to be computed, from its start or from a checkpoint.
public struct PlannedRun: Sendable {
  /// Where a run begins.
  enum Beginning: Sendable {
    /// At its start.
    case start
    /// Behind a checkpoint that is at hand.
    case checkpoint(CheckpointRecord)
    /// Behind the checkpoint of a round, which is fetched when the run's turn comes.
    case stored(round: Int, fetch: @Sendable () throws -> CheckpointRecord)
  }

  /// The run.
  public let configuration: RunConfiguration
  /// Where it begins.
  let beginning: Beginning

  /// Plans a run; without a checkpoint, from its start.
  public init(_ configuration: RunConfiguration, from checkpoint: CheckpointRecord? = nil) {
    self.configuration = configuration
    beginning = checkpoint.map { .checkpoint($0) } ?? .start
  }

  /// Plans a run behind a checkpoint that is read again when the run's turn comes, so that of many runs only those in
  /// hand take memory.
  ///
  /// - Parameters:
  ///   - checkpoint: The checkpoint, which is checked now and not kept.
  ///   - fetch: Reads the same checkpoint.
  /// - Throws: `CheckpointProblem` when the checkpoint is not one of this run.
  public init(
    _ configuration: RunConfiguration, from checkpoint: CheckpointRecord,
    fetching fetch: @escaping @Sendable () throws -> CheckpointRecord
  ) throws(CheckpointProblem) {
    _ = try RunState(checkpoint, of: configuration)
    self.configuration = configuration
    beginning = .stored(round: checkpoint.round, fetch: fetch)
  }

  /// Rounds that are done already.
  package var roundsDone: Int {
    switch beginning {
    case .start: 0
    case .checkpoint(let checkpoint): checkpoint.round
    case .stored(let round, _): round
    }
  }
}

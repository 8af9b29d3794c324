internal import Foundation
internal import GRDB
package import Records

extension RunStore {
  /// The runs that can go on: those that were interrupted, and those whose process ended without a chance to say so;
  /// in the order of their numbers.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func resumableRuns() throws(StoreError) -> [StoredRun] {
    try reading { database in
      try self.storedRuns(database, "WHERE \(Self.resumable) ORDER BY runs.id")
        .filter { !$0.isAlive }
    }
  }

  /// What may be resumable, as far as the database knows.
  static let resumable = "status IN ('interrupted', 'running')"

  /// Makes the run `running` again, by this process, as it was right after its newest sound checkpoint.
  ///
  /// Later rounds are deleted, and checkpoints that are damaged with the rounds after the sound one.
  ///
  /// - Parameters:
  ///   - instructionSet: What computes it from now on; nil where that is not to be recorded.
  ///   - description: What it reads and what its data are, where nothing is recorded of some kind of it; nil where that is not
  ///     to be recorded.
  /// - Returns: The checkpoint to go on from; nil when the run has none that is sound and starts over, with no round
  ///   recorded. Also the rounds, newest first, whose checkpoints are damaged.
  /// - Throws: `StoreError`, of which `unknownRun`, `runIsActive` when a live process is computing the run, and
  ///   `runIsFinished`.
  package func reopen(
    run id: Int64, threads: Int, host: String, version: String, instructionSet: String? = nil,
    description: RunDescription? = nil
  ) throws(StoreError) -> (checkpoint: CheckpointRecord?, damaged: [Int]) {
    var isLocked = false
    var isReopened = false
    defer { if isLocked, !isReopened { locks.unlock(id) } }
    let result = try writing { database in
      guard let run = try self.storedRuns(database, "WHERE runs.id = ?", [id]).first else {
        throw StoreError.unknownRun(String(id), nearest: nil)
      }
      if run.status == .finished { throw StoreError.runIsFinished(run: id) }
      if run.isAlive { throw StoreError.runIsActive(run: id, process: try self.process(of: id, database)) }
      isLocked = try self.claim(id, isNew: false, database)
      let (checkpoint, damaged) = try self.newestSoundCheckpoint(of: id, database)
      try database.execute(
        sql: "DELETE FROM rounds WHERE run_id = ? AND round > ?", arguments: [id, checkpoint?.round ?? -1])
      try database.execute(
        sql: """
          UPDATE runs SET status = 'running', rounds_done = ?, finished_at = NULL, error = NULL, result_hash = NULL,
            stop_reason = NULL, threads = ?, host = ?, version = ? WHERE id = ?
          """,
        arguments: [checkpoint?.round ?? 0, threads, host, version, id])
      if let instructionSet {
        try Self.note(instructionSet: instructionSet, from: checkpoint.map { $0.round + 1 } ?? 0, run: id, database)
      }
      if let description {
        try Self.addInputs(description.inputs, to: id, database)
        try Self.addNames(of: description, to: id, database)
        try Self.addBound(of: description, to: id, database)
      }
      return (checkpoint, damaged)
    }
    isReopened = true
    return result
  }

  /// The run's state after a round.
  ///
  /// - Parameter round: The round; nil for the newest that has a checkpoint.
  /// - Throws: `StoreError`, of which `unknownRun`, `noCheckpoint` with the rounds that have one, and
  ///   `damagedCheckpoint`.
  package func checkpoint(run id: Int64, round: Int?) throws(StoreError) -> CheckpointRecord {
    try reading(run: id) { database in
      let rounds = try self.checkpointRounds(of: id, database)
      guard let wanted = round ?? rounds.last, rounds.contains(wanted) else {
        throw StoreError.noCheckpoint(run: id, round: round, rounds: rounds)
      }
      guard let checkpoint = try Self.soundCheckpoint(of: id, round: wanted, database) else {
        throw StoreError.damagedCheckpoint(run: id, round: wanted)
      }
      return checkpoint
    }
  }

  /// The round, of those that have a checkpoint, in which the clients did best: the highest mean accuracy of their own
  /// models after aggregation, the least mean loss where there is no accuracy, the first of equals; on validation examples
  /// where there are some. Nil where none was evaluated.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func bestCheckpoint(run id: Int64) throws(StoreError) -> BestCheckpoint? {
    try reading(run: id) { try self.bestCheckpoint(of: id, every: 1, $0) }
  }

  /// The best round among those that `every` divides and the last planned one.
  func bestCheckpoint(of id: Int64, every: Int, _ database: Database) throws -> BestCheckpoint? {
    for split in [JudgedSplit.validation, .test] {
      let rounds = try Self.all(Self.bestCheckpointSelection(split), [id, every], database, path) {
        try $0.required(0) as Int
      }
      if let round = rounds.first { return BestCheckpoint(round: round, chosenOn: split) }
    }
    return nil
  }

  static func bestCheckpointSelection(_ split: JudgedSplit) -> String {
    let selection = EvaluationSelection(split: split)
    return """
      SELECT r.round FROM checkpoints c JOIN rounds r ON r.run_id = c.run_id AND r.round = c.round
        \(Schema.joiningSummary(selection))
      WHERE c.run_id = ?1 AND COALESCE(s.mean_accuracy, s.mean_loss) IS NOT NULL
        AND (c.round % ?2 = 0 OR c.round = (SELECT rounds_planned FROM runs WHERE id = ?1))
      ORDER BY s.mean_accuracy DESC NULLS LAST, s.mean_loss, r.round LIMIT 1
      """
  }

  /// The rounds whose checkpoints are kept, in ascending order.
  private func checkpointRounds(of id: Int64, _ database: Database) throws -> [Int] {
    try Self.all("SELECT round FROM checkpoints WHERE run_id = ? ORDER BY round", [id], database, path) {
      try $0.required(0)
    }
  }

  private func newestSoundCheckpoint(
    of id: Int64, _ database: Database
  ) throws -> (checkpoint: CheckpointRecord?, damaged: [Int]) {
    var damaged: [Int] = []
    for round in try checkpointRounds(of: id, database).reversed() {
      if let checkpoint = try Self.soundCheckpoint(of: id, round: round, database) { return (checkpoint, damaged) }
      damaged.append(round)
    }
    return (nil, damaged)
  }

  /// The checkpoint of a round that has one; nil when it is damaged.
  static func soundCheckpoint(of id: Int64, round: Int, _ database: Database) throws -> CheckpointRecord? {
    try StoredCheckpoint.read(run: id, round: round, database).map { CheckpointRecord(round: round, state: $0) }
  }

  /// The number of the process that computes, or last computed, a run.
  func process(of id: Int64, _ database: Database) throws -> Int {
    let text = try Self.all("SELECT process FROM runs WHERE id = ?", [id], database, path) {
      try $0.required(0) as String
    }.first
    return text.flatMap(ProcessIdentity.init).map { Int($0.number) } ?? 0
  }
}

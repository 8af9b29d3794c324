internal import GRDB

extension RunStore {
  /// What removing runs would remove.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`, and `runIsActive` when a live process is computing one of them.
  package func removal(ofRuns ids: [Int64]) throws(StoreError) -> RemovedRuns {
    try reading { try self.removal(ofRuns: ids, $0) }
  }

  /// Removes runs with all that is recorded of them, and experiments that have none left, in one transaction.
  ///
  /// - Parameter withoutRoom: Is told when the disk has no room for the log: the runs are then removed in the file itself
  ///   (`writingWithoutRoom`), and the store is closed after that. Nil lets that fail.
  /// - Returns: What was removed. The file stays as large as it is; `vacuum` gives the room back.
  /// - Throws: `StoreError`, of which `unknownRun`, and `runIsActive` when a live process is computing one of them;
  ///   nothing is removed then.
  package func remove(
    runs ids: [Int64], withoutRoom: ((_ copy: String?) -> Void)? = nil
  ) throws(StoreError) -> RemovedRuns {
    do {
      return try writing { try self.remove(runs: ids, $0) }
    } catch .full where withoutRoom != nil {
      return try writingWithoutRoom(note: { withoutRoom?($0) }) { database in
        var removal: RemovedRuns?
        try database.inTransaction(.immediate) {
          removal = try self.remove(runs: ids, database)
          return .commit
        }
        return try removal ?? self.removal(ofRuns: [], database)
      }
    } catch {
      throw error
    }
  }

  private func remove(runs ids: [Int64], _ database: Database) throws -> RemovedRuns {
    var removal = try self.removal(ofRuns: ids, database)
    let free = try Self.freeBytes(database)
    for id in removal.runs { try database.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [id]) }
    for id in removal.experiments {
      try database.execute(sql: "DELETE FROM experiments WHERE id = ?", arguments: [id])
    }
    removal.freedBytes = try max(0, Self.freeBytes(database) - free)
    return removal
  }

  /// Bytes of the file's pages that hold nothing.
  static func freeBytes(_ database: Database) throws -> Int {
    let pages = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
    return try pages * (Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
  }

  private func removal(ofRuns ids: [Int64], _ database: Database) throws -> RemovedRuns {
    let ids = Set(ids).sorted()
    var removal = RemovedRuns(runs: ids, experiments: [], rounds: 0, checkpoints: 0, freedBytes: 0)
    var going: [Int64: Int] = [:]
    for id in ids {
      guard let run = try storedRuns(database, "WHERE runs.id = ?", [id]).first else {
        throw StoreError.unknownRun(String(id), nearest: nil)
      }
      if run.isAlive { throw StoreError.runIsActive(run: id, process: try self.process(of: id, database)) }
      going[run.experimentID, default: 0] += 1
      removal.rounds += try Self.count("rounds", of: id, database)
      removal.checkpoints += try Self.count("checkpoints", of: id, database)
    }
    for (experiment, count) in going.sorted(by: { $0.key < $1.key }) {
      let all = try Int.fetchOne(
        database, sql: "SELECT COUNT(*) FROM runs WHERE experiment_id = ?", arguments: [experiment])
      if all == count { removal.experiments.append(experiment) }
    }
    return removal
  }

  private static func count(_ table: String, of id: Int64, _ database: Database) throws -> Int {
    try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \(table) WHERE run_id = ?", arguments: [id]) ?? 0
  }
}

internal import GRDB
package import Records

extension RunStore {
  /// The files that runs read, as they are recorded, by the runs' numbers; a run that there is not has none.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  /// - Complexity: A look-up by key for each run.
  package func inputs(runs ids: [Int64]) throws(StoreError) -> [Int64: RunInputs] {
    try reading { database in
      let rows = try database.cachedStatement(
        sql: "SELECT \(InputRecord.columnList) FROM inputs WHERE run_id = ? ORDER BY position")
      let mark = try database.cachedStatement(sql: "SELECT 1 FROM instruction_sets WHERE run_id = ? LIMIT 1")
      var result: [Int64: RunInputs] = [:]
      for id in ids where result[id] == nil {
        let records = try Row.fetchAll(rows, arguments: [id]).map { row in
          try InputRecord(RowValues(row: row, path: self.path))
        }
        // Whoever records the one records the other; a run without files has that alone.
        let isRecorded = try !records.isEmpty || Row.fetchOne(mark, arguments: [id]) != nil
        result[id] = RunInputs(isRecorded: isRecorded, records: records)
      }
      return result
    }
  }

  /// The instruction sets that computed a run, with the first round that each computed, in ascending order; none where a
  /// version computed it that did not record them.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func instructionSets(run id: Int64) throws(StoreError) -> [(fromRound: Int, instructionSet: String)] {
    try reading { database in
      try Row.fetchAll(
        database,
        sql: "SELECT from_round, instruction_set FROM instruction_sets WHERE run_id = ? ORDER BY from_round",
        arguments: [id]
      ).map { row in
        let values = RowValues(row: row, path: self.path)
        return (try values.required(0), try values.required(1))
      }
    }
  }

  /// The instruction set that computed the round of a run's newest checkpoint, from which `reopen` goes on; nil where it
  /// starts over, or none is recorded.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func instructionSetToGoOn(run id: Int64) throws(StoreError) -> String? {
    try reading { database in
      try String.fetchOne(
        database,
        sql: """
          SELECT instruction_set FROM instruction_sets WHERE run_id = ?1
            AND from_round <= (SELECT MAX(round) FROM checkpoints WHERE run_id = ?1)
          ORDER BY from_round DESC LIMIT 1
          """, arguments: [id])
    }
  }

  /// Records what a run reads, in place of what was recorded.
  static func replaceInputs(of id: Int64, by inputs: [InputRecord], _ database: Database) throws {
    try database.cachedStatement(sql: "DELETE FROM inputs WHERE run_id = ?").execute(arguments: [id])
    for (position, input) in inputs.enumerated() {
      try InputRecord.insert([input], owner: ["run_id": id, "position": Int64(position)], into: database)
    }
  }

  /// Records of what a run reads that of which nothing is recorded: all, or behind the rest that of kinds that were not
  /// recorded when it was begun.
  static func addInputs(_ inputs: [InputRecord], to id: Int64, _ database: Database) throws {
    let recorded = try Row.fetchAll(
      database,
      sql: "SELECT DISTINCT kind, (SELECT MAX(position) FROM inputs WHERE run_id = ?1) FROM inputs WHERE run_id = ?1",
      arguments: [id])
    guard let first = recorded.first else { return try replaceInputs(of: id, by: inputs, database) }
    let kinds = recorded.compactMap { String.fromDatabaseValue($0.stored(0)) }
    let last = Int64.fromDatabaseValue(first.stored(1)) ?? 0
    let missing = inputs.filter { $0.kind.isRecordedLater && !kinds.contains($0.kind.rawValue) }
    for (offset, input) in missing.enumerated() {
      try InputRecord.insert(
        [input], owner: ["run_id": id, "position": last + 1 + Int64(offset)], into: database)
    }
  }

  /// Records that a run is computed by `instructionSet` from a round on, and forgets what later rounds were computed by.
  static func note(instructionSet: String, from round: Int, run id: Int64, _ database: Database) throws {
    try database.cachedStatement(sql: "DELETE FROM instruction_sets WHERE run_id = ? AND from_round >= ?")
      .execute(arguments: [id, round])
    let last = try String.fetchOne(
      database.cachedStatement(
        sql: "SELECT instruction_set FROM instruction_sets WHERE run_id = ? ORDER BY from_round DESC LIMIT 1"),
      arguments: [id])
    if last == instructionSet { return }
    try database.cachedStatement(
      sql: "INSERT INTO instruction_sets (run_id, from_round, instruction_set) VALUES (?, ?, ?)"
    ).execute(arguments: [id, round, instructionSet])
  }
}

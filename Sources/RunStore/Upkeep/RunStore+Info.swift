internal import GRDB
internal import Records

extension RunStore {
  /// What the database is and how much it holds.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  /// - Complexity: Counts all rows.
  package func info() throws(StoreError) -> StoreInfo {
    try reading { database in
      let applied = try Schema.migrator.appliedIdentifiers(database)
      var runs: [RunStatus: Int] = [:]
      for row in try Row.fetchAll(database, sql: "SELECT status, COUNT(*) FROM runs GROUP BY status") {
        let values = RowValues(row: row, path: self.path)
        runs[try values.word(0)] = try values.required(1) as Int
      }
      let cutOff = try self.storedRuns(database, "WHERE status = 'running'").count(where: \.isCutOff)
      let tables = try String.fetchAll(
        database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND \(Self.isOurs) ORDER BY name")
      let sizes = try tables.map { table in
        StoreInfo.TableSize(
          table: table, rows: try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \"\(table)\"") ?? 0)
      }
      return StoreInfo(
        fileBytes: self.fileBytes, logBytes: self.logBytes, freeBytes: try Self.freeBytes(database),
        migrations: Schema.migrator.migrations.filter(applied.contains),
        sqliteVersion: try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? "", runs: runs,
        cutOffRuns: cutOff, tables: sizes)
    }
  }

  /// The condition for tables in `sqlite_master` that are Covey's: not those that SQLite and the
  /// migrator keep for themselves, nor any whose name would need care.
  static let isOurs = "name NOT LIKE 'sqlite%' AND name NOT LIKE 'grdb%' AND name NOT GLOB '*[^a-zA-Z0-9_]*'"
}

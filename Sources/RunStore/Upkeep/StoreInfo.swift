package import Records

/// What a database is and how much it holds.
package struct StoreInfo: Sendable, Equatable {
  /// A table and how many rows it has.
  package struct TableSize: Sendable, Equatable {
    /// The table's name.
    package var table: String
    /// The number of the table's rows.
    package var rows: Int
  }

  /// Bytes of the file.
  package var fileBytes: Int
  /// Bytes of the log beside it.
  package var logBytes: Int
  /// Bytes of the file that hold nothing.
  package var freeBytes: Int
  /// The migrations that made the database what it is, in their order.
  package var migrations: [String]
  /// SQLite's version.
  package var sqliteVersion: String
  /// How many runs have each status.
  package var runs: [RunStatus: Int]
  /// How many of those that are `running` were cut off: their process is gone.
  package var cutOffRuns: Int
  /// All tables in alphabetical order.
  package var tables: [TableSize]
}

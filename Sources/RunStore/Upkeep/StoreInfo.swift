public import Records

/// What a database is and how much it holds.
public struct StoreInfo: Sendable, Equatable {
  /// A table and how many rows it has.
  public struct TableSize: Sendable, Equatable {
    /// The table's name.
    public var table: String
    /// Its rows.
    public var rows: Int
  }

  /// Bytes of the file.
  public var fileBytes: Int
  /// Bytes of the log beside it.
  public var logBytes: Int
  /// Bytes of the file that hold nothing.
  public var freeBytes: Int
  /// The migrations that made the database what it is, in their order.
  public var migrations: [String]
  /// SQLite's version.
  public var sqliteVersion: String
  /// How many runs have each status.
  public var runs: [RunStatus: Int]
  /// How many of those that are `running` were cut off: their process is gone.
  public var cutOffRuns: Int
  /// All tables in alphabetical order.
  public var tables: [TableSize]
}

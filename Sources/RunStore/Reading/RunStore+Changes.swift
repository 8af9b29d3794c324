internal import GRDB

extension RunStore {
  /// A number that differs from the last one whenever another connection has changed the database in between; 0 always
  /// where nobody can be writing to it.
  ///
  /// SQLite counts the changes for each connection, so this asks the one that only ever reads.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func changeCount() throws(StoreError) -> Int {
    try readingAlone { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 } ?? 0
  }
}

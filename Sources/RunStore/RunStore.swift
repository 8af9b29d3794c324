internal import GRDB
internal import Locks

/// The record of runs in one SQLite file.
///
/// A round is there whole or not at all. A store may be used from several threads at once, and several stores, also
/// of several processes, may be open on one file: readers never wait, writers wait for each other.
///
/// The file is in WAL mode: while a store is open, and after a crash, `-wal` and `-shm` files beside it belong to it, and a
/// file `-live` while runs are computed (`RunLocks`).
package final class RunStore: Sendable {
  /// What a store may do to its file.
  package enum Access: Sendable, Equatable {
    /// Create it, bring it up to date, read and write it.
    case readWrite
    /// Read it as it is.
    case readOnly
  }

  /// The path that the store was opened with.
  package let path: String
  let connections: Connections
  /// Shows others which runs this store computes.
  let locks: RunLocks
  /// The clients of the runs that this store computes.
  let recordedClients = Locked<[Int64: RecordedClients]>([:])
  let access: Access
  private let busySeconds: Int

  /// Opens the database at `path`.
  ///
  /// With `readWrite` access a missing or empty file becomes a new database, and one of an older version is brought
  /// up to date. With `readOnly` access nothing is created or changed, and the folder may be read-only, too.
  ///
  /// - Throws: `StoreError` when the file cannot be opened or created, is no database of Covey, or is one of a newer
  ///   version, or, with `readOnly` access, of an older one.
  package convenience init(path: String, access: Access) throws(StoreError) {
    try self.init(path: path, access: access, busySeconds: 30)
  }

  /// Opens the database at `path` and waits at most `busySeconds` for other writers.
  ///
  /// - Parameters:
  ///   - isScratch: Whether the database is thrown away in the end; then nothing waits for the disk.
  ///   - mayBeAlone: Whether a database on a full disk may be opened for writing so that nobody else can use it.
  package init(
    path: String, access: Access, busySeconds: Int = 30, isScratch: Bool = false, mayBeAlone: Bool = false
  ) throws(StoreError) {
    self.path = path
    self.access = access
    self.busySeconds = busySeconds
    locks = RunLocks(database: path)
    try Self.checkFile(at: path, access: access)
    do {
      connections = try Self.open(
        path, access: access, busySeconds: busySeconds, isScratch: isScratch, mayBeAlone: mayBeAlone)
    } catch {
      throw Self.openingError(StoreError(error, path: path, waited: busySeconds), path: path)
    }
  }

  deinit { close() }

  /// Closes the file, and takes away SQLite's files beside it if no other store uses it; whatever is asked of the store
  /// after that throws.
  ///
  /// A store that goes away is closed, too. This is for when others may still hold it: at the end of a program, say.
  package func close() {
    connections.close()
    locks.close()
  }

  /// What `body` reads in one consistent view of the database.
  func reading<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      let value = try connections.readers.read(body)
      // What was read while somebody else wrote may be of two states.
      if isStale { throw StoreError.changed(path: path) }
      return value
    } catch {
      throw isStale ? .changed(path: path) : StoreError(error, path: path, waited: busySeconds)
    }
  }

  /// Whether the database, opened as one that nobody writes to, was written to since: it has to be opened anew.
  package var isStale: Bool { connections.frozen.map { $0 != FileStamp(path: path) } ?? false }

  /// What `body` reads with the one connection of a `readOnly` store that is no other's; nil where there is none.
  func readingAlone<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value? {
    do {
      return try connections.writer?.read(body)
    } catch {
      throw StoreError(error, path: path, waited: busySeconds)
    }
  }

  /// What `body` reads of a run that there is.
  func reading<Value>(run id: Int64, _ body: (Database) throws -> Value) throws(StoreError) -> Value {
    try reading { database in
      try Self.requireRun(id, database)
      return try body(database)
    }
  }

  /// Runs `body` in one transaction: all of its changes are kept, or none when it throws.
  func writing<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      return try writer().write(body)
    } catch {
      throw StoreError(error, path: path, waited: busySeconds)
    }
  }

  /// Runs `body` on the connection that writes; it begins and ends transactions itself.
  func writingWithoutTransaction<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      return try writer().writeWithoutTransaction(body)
    } catch {
      throw StoreError(error, path: path, waited: busySeconds)
    }
  }

  /// Ends what the connections are executing.
  func interruptConnections() { connections.readers.interrupt() }

  /// The connection that writes.
  ///
  /// - Throws: `StoreError.notWritable` where the database was opened to be read.
  private func writer() throws -> DatabaseQueue {
    guard access == .readWrite, let writer = connections.writer else { throw StoreError.notWritable(path: path) }
    return writer
  }

  /// Executes SQL outside of the store's own methods.
  ///
  /// - Throws: `StoreError` when SQLite refuses it.
  package func execute(_ sql: String) throws(StoreError) {
    try writingWithoutTransaction { try $0.execute(sql: sql) }
  }

  /// Runs `body` while no other store can write.
  ///
  /// - Throws: `StoreError` when the database is locked, and for what `body` throws.
  package func withWriteLock(_ body: () throws -> Void) throws(StoreError) {
    try writing { _ in try body() }
  }

  /// The rows that `sql` selects, each value as text.
  ///
  /// - Throws: `StoreError` when SQLite refuses it.
  package func select(_ sql: String) throws(StoreError) -> [[String?]] {
    try reading { database in
      try Row.fetchAll(database, sql: sql).map { row in
        row.databaseValues.map { String.fromDatabaseValue($0) ?? Self.text($0) }
      }
    }
  }

  private static func text(_ value: DatabaseValue) -> String? {
    switch value.storage {
    case .null: nil
    case .int64(let value): String(value)
    case .double(let value): String(value)
    case .string(let value): value
    case .blob(let value): "\(value.count) bytes"
    }
  }

  /// - Throws: `StoreError.unknownRun` when there is no run `id`.
  static func requireRun(_ id: Int64, _ database: Database) throws {
    let statement = try database.cachedStatement(sql: "SELECT 1 FROM runs WHERE id = ?")
    guard try Int.fetchOne(statement, arguments: [id]) != nil else {
      throw StoreError.unknownRun(String(id), nearest: nil)
    }
  }
}

internal import GRDB
internal import Locks

/// The record of runs in one SQLite file.
///
/// A round is there whole or not at all. A store may be used from several threads at once, and several stores, also
/// of several processes, may be open on one file: readers never wait, writers wait for each other.
///
/// The file is in WAL mode: while a store is open, and after a crash, `-wal` and `-shm` files beside it belong to it, and a
/// file `-live` while runs are computed (`RunLocks`).
public final class RunStore: Sendable {
  /// What a store may do to its file.
  public enum Access: Sendable, Equatable {
    /// Create it, bring it up to date, read and write it.
    case readWrite
    /// Read it as it is.
    case readOnly
  }

  /// The path that the store was opened with.
  public let path: String
  private let connections: Connections
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
  public convenience init(path: String, access: Access) throws(StoreError) {
    try self.init(path: path, access: access, busySeconds: 30)
  }

  /// Opens the database at `path` and waits at most `busySeconds` for other writers.
  package init(path: String, access: Access, busySeconds: Int) throws(StoreError) {
    self.path = path
    self.access = access
    self.busySeconds = busySeconds
    locks = RunLocks(database: path)
    try Self.checkFile(at: path, access: access)
    do {
      connections = try Self.open(path, access: access, busySeconds: busySeconds)
    } catch {
      throw Self.openingError(StoreError(error, path: path, waited: busySeconds), path: path)
    }
  }

  deinit { close() }

  /// Closes the file, and takes away SQLite's files beside it if no other store uses it; whatever is asked of the store
  /// after that throws.
  ///
  /// A store that goes away is closed, too. This is for when others may still hold it: at the end of a program, say.
  public func close() {
    connections.close()
    locks.close()
  }

  /// What `body` reads in one consistent view of the database.
  func reading<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      return try connections.pool.read(body)
    } catch {
      throw StoreError(error, path: path, waited: busySeconds)
    }
  }

  /// What `body` reads with the one connection of a `readOnly` store that is no other's; nil where there is none.
  func readingAlone<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value? {
    do {
      return try connections.cleaner?.read(body)
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
    if access == .readOnly { throw .notWritable(path: path) }
    do {
      return try connections.pool.write(body)
    } catch {
      throw StoreError(error, path: path, waited: busySeconds)
    }
  }

  /// Runs `body` on the connection that writes; it begins and ends transactions itself.
  func writingWithoutTransaction<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    if access == .readOnly { throw .notWritable(path: path) }
    do {
      return try connections.pool.writeWithoutTransaction(body)
    } catch {
      throw StoreError(error, path: path, waited: busySeconds)
    }
  }

  /// Ends what the connections are executing.
  func interruptConnections() { connections.pool.interrupt() }

  /// Executes SQL outside of the store's own methods.
  ///
  /// - Throws: `StoreError` when SQLite refuses it.
  package func execute(_ sql: String) throws(StoreError) {
    do {
      try connections.pool.writeWithoutTransaction { try $0.execute(sql: sql) }
    } catch {
      throw StoreError(error, path: path, waited: busySeconds)
    }
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

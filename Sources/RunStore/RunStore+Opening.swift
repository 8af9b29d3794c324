internal import Foundation
internal import GRDB

extension RunStore {
  /// Refuses what SQLite would create, block on or report unclearly.
  static func checkFile(at path: String, access: Access) throws(StoreError) {
    if let type = fileType(path) {
      if type == .typeDirectory { throw .isFolder(path: path) }
      // A pipe or a device would block, or take what is written and forget it.
      if type != .typeRegular { throw .notADatabase(path: path) }
      return
    }
    let folder = parentFolder(of: path)
    switch fileType(folder) {
    case .typeDirectory?:
      if access == .readOnly || path.isEmpty { throw .missingFile(path: path) }
    case nil:
      // The nearest thing that does exist tells whether folders are missing or something else is in their place.
      var existing = folder
      while fileType(existing) == nil, existing != "/", existing != "." { existing = parentFolder(of: existing) }
      if fileType(existing) != .typeDirectory { throw .notAFolder(path: path, folder: existing) }
      throw access == .readOnly ? .missingFile(path: path) : .missingFolder(path: path, folder: folder)
    default: throw .notAFolder(path: path, folder: folder)
    }
  }

  /// The connections to a database that is, or has been made, of this version.
  struct Connections {
    /// The connections that do the work.
    let pool: DatabasePool
    /// With `readOnly` access a connection that could write but does not: closed last, it takes away the files that
    /// SQLite puts beside a database to read it, which connections that cannot write leave behind.
    var cleaner: DatabaseQueue?

    /// Closes all connections, last one that can write: only that one takes away the files beside the database.
    func close() {
      pool.invalidateReadOnlyConnections()
      try? pool.close()
      try? cleaner?.close()
    }
  }

  /// Opens a database after a look at what it is, with `readWrite` access also bringing it up to date.
  static func open(_ path: String, access: Access, busySeconds: Int) throws -> Connections {
    var configuration = Configuration()
    configuration.busyMode = .timeout(Double(busySeconds))
    configuration.foreignKeysEnabled = true
    configuration.label = "RunStore"
    configuration.prepareDatabase { database in
      // Debian's SQLite overwrites what it deletes, which would write each pruned checkpoint a second time.
      try database.execute(sql: "PRAGMA secure_delete = OFF")
    }
    let address = sqlitePath(path)
    switch access {
    case .readWrite:
      // A plain queue does not turn on WAL mode: nothing is changed before the file is known to be ours.
      let queue = try DatabaseQueue(path: address, configuration: configuration)
      let isCurrent = try queue.read { try check($0, path: path) }
      try queue.close()
      let pool = try retrying(for: busySeconds) { try DatabasePool(path: address, configuration: configuration) }
      if !isCurrent { try migrate(pool) }
      return Connections(pool: pool)
    case .readOnly:
      var readOnly = configuration
      readOnly.readonly = true
      do {
        let cleaner = try DatabaseQueue(path: address, configuration: configuration)
        try cleaner.read { try checkIsCurrent($0, path: path) }
        return Connections(pool: try DatabasePool(path: address, configuration: readOnly), cleaner: cleaner)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN && isInFrozenFolder(path) {
        let pool = try DatabasePool(path: immutableAddress(path), configuration: readOnly)
        try pool.read { try checkIsCurrent($0, path: path) }
        return Connections(pool: pool)
      }
    }
  }

  /// Applies the migrations that are missing, of which others may be applying some at the same time.
  private static func migrate(_ pool: DatabasePool) throws {
    while true {
      let applied = try pool.read(Schema.migrator.appliedIdentifiers)
      do {
        return try Schema.migrator.migrate(pool)
      } catch {
        // The migrator decides what is missing before it locks the database: what failed may have just been done.
        if try pool.read(Schema.migrator.appliedIdentifiers).count == applied.count { throw error }
      }
    }
  }

  /// Refuses databases of other programs and versions.
  ///
  /// - Returns: Whether no migration is missing.
  private static func check(_ database: Database, path: String) throws -> Bool {
    let applicationID = try Int32.fetchOne(database, sql: "PRAGMA application_id")
    if applicationID != Schema.applicationID {
      let isEmpty = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") == 0
      // A file that another process has just begun to create holds the migrations' own table at most.
      guard
        try isEmpty || database.tableExists("grdb_migrations") && !database.tableExists("runs") && applicationID == 0
      else {
        throw StoreError.foreignDatabase(path: path)
      }
    }
    let applied = try Schema.migrator.appliedIdentifiers(database)
    let unknown = applied.subtracting(Schema.migrator.migrations)
    if !unknown.isEmpty { throw StoreError.newerVersion(path: path, migrations: unknown.sorted()) }
    return try Schema.migrator.hasCompletedMigrations(database)
  }

  /// Refuses databases of other programs and of any other version.
  private static func checkIsCurrent(_ database: Database, path: String) throws {
    if try check(database, path: path) { return }
    throw try database.tableExists("runs") ? StoreError.olderVersion(path: path) : .noRuns(path: path)
  }

  /// `error` in words that fit a file which could not be opened.
  static func openingError(_ error: StoreError, path: String) -> StoreError {
    switch error {
    case .cannotOpen, .notWritable, .inputOutput:
      if fileType(path) == nil { return .cannotCreate(path: path, folder: parentFolder(of: path)) }
      return FileManager.default.isWritableFile(atPath: parentFolder(of: path)) ? error : .notWritable(path: path)
    default: return error
    }
  }

  /// Calls `body` again while the database is locked: SQLite does not wait by itself when it turns on WAL mode.
  private static func retrying<Value>(for seconds: Int, _ body: () throws -> Value) throws -> Value {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    while true {
      do {
        return try body()
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && clock.now < end {
        Thread.sleep(forTimeInterval: 0.01)
      }
    }
  }

  /// `path` in a form that SQLite takes for a file's name whatever it holds, as `:memory:` or `file:x?mode=memory`.
  private static func sqlitePath(_ path: String) -> String { path.hasPrefix("/") ? path : "./" + path }

  /// Whether nobody can be writing to the database: its folder takes no files, and all of its content is in the one
  /// file.
  private static func isInFrozenFolder(_ path: String) -> Bool {
    let log = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
    return !FileManager.default.isWritableFile(atPath: parentFolder(of: path)) && (log?[.size] as? Int ?? 0) == 0
  }

  /// `path` as an address that tells SQLite to read the file without the files it usually puts beside it.
  private static func immutableAddress(_ path: String) -> String {
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "/.-_")
    let encoded = sqlitePath(path).addingPercentEncoding(withAllowedCharacters: allowed) ?? sqlitePath(path)
    return "file:\(encoded)?immutable=1"
  }

  /// An address by which SQLite only reads the database at `path`.
  static func readingAddress(_ path: String) -> String {
    let frozen = immutableAddress(path)
    return isInFrozenFolder(path) ? frozen : frozen.replacingOccurrences(of: "?immutable=1", with: "?mode=ro")
  }

  /// The type of what is at `path`, behind symbolic links, in one question to the system; nil when there is nothing.
  private static func fileType(_ path: String) -> FileAttributeType? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: .typeRegular
    case S_IFDIR: .typeDirectory
    default: .typeUnknown
    }
  }
}

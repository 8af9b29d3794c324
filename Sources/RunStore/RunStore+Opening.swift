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

  /// What a file holds that is no other program's.
  enum Content {
    /// Nothing at all.
    case nothing
    /// A database that lacks migrations.
    case older
    /// A database that lacks none.
    case current
  }

  /// Refuses databases of other programs and newer versions.
  static func check(_ database: Database, path: String) throws -> Content {
    let applicationID = try Int32.fetchOne(database, sql: "PRAGMA application_id")
    let isEmpty = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") == 0
    if applicationID != Schema.applicationID {
      // A file that an earlier version has just begun to create holds the migrations' own table at most.
      guard
        try isEmpty || database.tableExists("grdb_migrations") && !database.tableExists("runs") && applicationID == 0
      else {
        throw StoreError.foreignDatabase(path: path)
      }
    }
    if isEmpty { return .nothing }
    let applied = try Schema.migrator.appliedIdentifiers(database)
    let unknown = applied.subtracting(Schema.migrator.migrations)
    if !unknown.isEmpty { throw StoreError.newerVersion(path: path, migrations: unknown.sorted()) }
    return try Schema.migrator.hasCompletedMigrations(database) ? .current : .older
  }

  /// Refuses databases of other programs and of any other version.
  static func checkIsCurrent(_ database: Database, path: String) throws {
    if try check(database, path: path) == .current { return }
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

internal import Foundation
internal import GRDB

/// The connections to a database that is, or has been made, of this version.
struct Connections {
  /// What reads.
  let readers: any DatabaseReader
  /// The one connection that can write; with `readOnly` access it does not. Closed last, it takes away the files that
  /// SQLite puts beside a database, which connections that cannot write leave behind. Nil where nobody could write.
  let writer: DatabaseQueue?
  /// What other connections of this process read the database by.
  let readingAddress: String
  /// What a file looked like that is read without asking whether somebody writes to it; nil where SQLite asks.
  var frozen: FileStamp?
  /// Whether nobody else can use the database while it is open: there was no room for the file by which programs
  /// that share it tell each other where things are.
  var isAlone = false

  /// Closes all connections, last the one that can write: only that one takes away the files beside the database.
  func close() {
    if let pool = readers as? DatabasePool { pool.invalidateReadOnlyConnections() }
    try? readers.close()
    try? writer?.close()
  }
}

/// What of a database's files changes when somebody writes to it.
struct FileStamp: Equatable {
  private let values: [Int64]

  /// Looks at the file at `path` and at its log.
  init(path: String) {
    values = [path, path + "-wal"].flatMap { path -> [Int64] in
      var status = stat()
      guard stat(path, &status) == 0 else { return [] }
      #if os(Linux)
        let time = status.st_mtim
      #else
        let time = status.st_mtimespec
      #endif
      return [
        Int64(truncatingIfNeeded: status.st_ino), Int64(status.st_size), Int64(time.tv_sec), Int64(time.tv_nsec),
      ]
    }
  }
}

extension RunStore {
  /// Opens a database after a look at what it is, with `readWrite` access also making it or bringing it up to date.
  ///
  /// - Parameters:
  ///   - isScratch: Whether what is written may be lost with the machine: nothing waits for the disk then.
  ///   - ofAnyVersion: Whether a database of an earlier version may be read, too.
  ///   - mayBeAlone: Whether a database whose disk has no room for the file that programs share may be opened so that
  ///     nobody else can use it; one that is read always may.
  static func open(
    _ path: String, access: Access, busySeconds: Int, isScratch: Bool = false, ofAnyVersion: Bool = false,
    mayBeAlone: Bool = false
  ) throws -> Connections {
    let opening = Opening(path: path, busySeconds: busySeconds, isScratch: isScratch, ofAnyVersion: ofAnyVersion)
    do {
      switch access {
      // SQLite would open it, and leave its files behind.
      case .readWrite where opening.isReadOnlyFile: throw StoreError.notWritable(path: path)
      case .readWrite: return try opening.writing(alone: false)
      case .readOnly where opening.isForReadingOnly && opening.isClosed: return try opening.frozen()
      case .readOnly: return try opening.reading(alone: false)
      }
    } catch let error as DatabaseError where Opening.refusals.contains(error.resultCode) {
      if access == .readOnly, opening.isForReadingOnly {
        if !opening.hasEmptyLog { throw StoreError.unfinishedLog(path: path) }
        return try opening.frozen()
      }
      // The file that programs share takes 32 kB. Who is alone does without.
      guard access == .readOnly || mayBeAlone else { throw error }
      do {
        return try access == .readOnly ? opening.reading(alone: true) : opening.writing(alone: true)
      } catch let second as DatabaseError where second.resultCode == .SQLITE_BUSY {
        throw second
      } catch _ {
        throw error
      }
    }
  }

  /// Opens the one connection that there is to a database, which keeps everything but the file itself in memory.
  static func openAlone(_ path: String) throws -> DatabaseQueue {
    try Opening(path: path, busySeconds: 1, isScratch: false, ofAnyVersion: false).queue(alone: true)
  }
}

/// One way after another to open a database.
private struct Opening {
  let path: String
  let busySeconds: Int
  let isScratch: Bool
  let ofAnyVersion: Bool

  /// What SQLite says when it cannot put its files beside a database.
  static let refusals: [ResultCode] = [
    .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_IOERR, .SQLITE_FULL,
  ]

  /// Opens the database to write to it.
  ///
  /// GRDB's pool is not used for that: it would ask for the size of a log that another program may just have removed,
  /// and let commits return before they are on the disk.
  func writing(alone: Bool) throws -> Connections {
    let queue = try DatabaseQueue(path: address(), configuration: configuration(alone: alone))
    do {
      // Nothing is changed before the file is known to be ours.
      let content = try queue.read { try RunStore.check($0, path: path) }
      if alone { removeSharedFile() }
      try setUpLog(queue)
      switch content {
      case .current: break
      case .nothing: try create(queue)
      case .older: try migrate(queue)
      }
      return Connections(
        readers: alone ? queue : try readers(), writer: queue, readingAddress: address("mode=ro"), isAlone: alone)
    } catch {
      try? queue.close()
      throw error
    }
  }

  /// A connection that can write to a database that is there.
  func queue(alone: Bool) throws -> DatabaseQueue {
    try DatabaseQueue(path: address("mode=rw"), configuration: configuration(alone: alone))
  }

  /// Opens a database that is there to read it.
  func reading(alone: Bool) throws -> Connections {
    let queue = try queue(alone: alone)
    do {
      try queue.read(checkVersion)
      if alone { removeSharedFile() }
      return Connections(
        readers: alone ? queue : try readers(), writer: queue, readingAddress: address("mode=ro"), isAlone: alone)
    } catch {
      try? queue.close()
      throw error
    }
  }

  /// Takes away what was made of the file that programs share before the disk was full. Who has read the database alone
  /// has locked it, so that nobody else uses that file.
  private func removeSharedFile() { unlink(path + "-shm") }

  /// Opens a database that this process cannot write to and nobody has open, without any file beside it.
  func frozen() throws -> Connections {
    let stamp = FileStamp(path: path)
    let address = address("immutable=1")
    var configuration = configuration(alone: false)
    configuration.readonly = true
    let pool = try DatabasePool(path: address, configuration: configuration)
    do {
      try pool.read(checkVersion)
      return Connections(readers: pool, writer: nil, readingAddress: address, frozen: stamp)
    } catch {
      try? pool.close()
      throw error
    }
  }

  private func checkVersion(_ database: Database) throws {
    if ofAnyVersion {
      _ = try RunStore.check(database, path: path)
    } else {
      try RunStore.checkIsCurrent(database, path: path)
    }
  }

  /// Connections that cannot write, as many as read at a time.
  private func readers() throws -> DatabasePool {
    var configuration = configuration(alone: false)
    configuration.readonly = true
    return try DatabasePool(path: address("mode=ro"), configuration: configuration)
  }

  private func configuration(alone: Bool) -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(Double(busySeconds))
    configuration.foreignKeysEnabled = true
    configuration.label = "RunStore"
    let synchronous = isScratch ? "OFF" : "FULL"
    configuration.prepareDatabase { database in
      // Before anything is read: only then SQLite keeps the log's index in memory.
      if alone { try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY") }
      // A commit returns when the disk has it. Debian's SQLite overwrites what it deletes, which would write each
      // pruned checkpoint a second time.
      try database.execute(
        sql: "PRAGMA synchronous = \(synchronous); PRAGMA fullfsync = ON; PRAGMA secure_delete = OFF")
    }
    return configuration
  }

  /// Turns on WAL mode where it is off, for which SQLite does not wait by itself.
  private func setUpLog(_ queue: DatabaseQueue) throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(busySeconds)
    while true {
      do {
        let mode = try queue.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA journal_mode = WAL") }
        if mode == "wal" { return }
        throw StoreError.failed(path: path, reason: "its file system can't hold a write-ahead log")
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && clock.now < end {
        Thread.sleep(forTimeInterval: 0.01)
      }
    }
  }

  /// Makes everything that a new database has in one transaction, so that others see all of it or nothing.
  private func create(_ queue: DatabaseQueue) throws {
    try queue.writeWithoutTransaction { database in
      try database.inTransaction(.immediate) {
        // Somebody else may have made it since.
        if try RunStore.check(database, path: path) == .nothing { try Schema.create(in: database) }
        return .commit
      }
    }
    // What somebody else made may be of another version.
    if try queue.read({ try RunStore.check($0, path: path) }) != .current { try migrate(queue) }
  }

  /// Applies the migrations that are missing, of which others may be applying some at the same time.
  private func migrate(_ queue: DatabaseQueue) throws {
    while true {
      let applied = try queue.read(Schema.migrator.appliedIdentifiers)
      do {
        return try Schema.migrator.migrate(queue)
      } catch {
        // The migrator decides what is missing before it locks the database: what failed may have just been done.
        if try queue.read(Schema.migrator.appliedIdentifiers).count == applied.count { throw error }
      }
    }
  }

  /// Whether there is a file that this process can't write to.
  var isReadOnlyFile: Bool { access(path, F_OK) == 0 && access(path, W_OK) != 0 }

  /// Whether this process can write neither to the file nor beside it, or not to one of both.
  var isForReadingOnly: Bool { access(path, W_OK) != 0 || access(parentFolder(of: path), W_OK) != 0 }

  /// Whether nobody has the database open in WAL mode, as far as its files tell.
  var isClosed: Bool { hasEmptyLog && access(path + "-shm", F_OK) != 0 }

  /// Whether all of the database's content is in the one file.
  var hasEmptyLog: Bool {
    var status = stat()
    return stat(path + "-wal", &status) != 0 || status.st_size == 0
  }

  /// The path as an address with an option; SQLite takes it for a file's name whatever it holds, as `:memory:` or
  /// `file:x?mode=memory`.
  private func address(_ option: String? = nil) -> String {
    let safe = path.hasPrefix("/") ? path : "./" + path
    guard let option else { return safe }
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "/.-_")
    return "file:\(safe.addingPercentEncoding(withAllowedCharacters: allowed) ?? safe)?\(option)"
  }
}

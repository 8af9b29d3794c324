internal import Foundation
internal import GRDB

extension RunStore {
  /// Runs `body` on a database whose disk has no room for a log, so that it can free some: changes go into the file itself,
  /// and what they replace is kept in memory until they are done.
  ///
  /// Nobody else may use the database meanwhile, and this store is closed by it. Where the disk with the system's temporary
  /// files has room, the database is copied there first: a process that is killed in the middle, or a power cut, may leave
  /// the file damaged, and then the copy is what there is. Signals that end a program wait.
  ///
  /// - Parameter note: Gets the path of the copy, or nil where there is none, before anything is changed.
  /// - Throws: `StoreError`, of which `locked` when somebody else has the database open, and `full` when even its log
  ///   can't be brought into it.
  func writingWithoutRoom<Value>(
    note: (_ copy: String?) -> Void, _ body: (Database) throws -> Value
  ) throws(StoreError) -> Value {
    close()
    do {
      return try Self.withoutSignals {
        let queue = try Self.openAlone(path)
        defer { try? queue.close() }
        return try queue.writeWithoutTransaction { database in
          // Brings the log into the file and removes it.
          guard try String.fetchOne(database, sql: "PRAGMA journal_mode = MEMORY") == "memory" else {
            throw StoreError.full(path: path)
          }
          let copy = Self.copied(path)
          note(copy)
          defer { if let copy { unlink(copy) } }
          let value = try body(database)
          _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
          return value
        }
      }
    } catch {
      throw StoreError(error, path: path, waited: 0)
    }
  }

  /// A copy of the file in the system's folder for temporary files; nil where that lies on the same disk, or lacks room.
  private static func copied(_ path: String) -> String? {
    let folder = FileManager.default.temporaryDirectory.path
    var (own, other) = (stat(), stat())
    guard stat(path, &own) == 0, stat(folder, &other) == 0, own.st_dev != other.st_dev else { return nil }
    let copy = "\(folder)/covey-copy-\(UUID().uuidString).sqlite"
    do {
      try FileManager.default.copyItem(atPath: path, toPath: copy)
      return copy
    } catch {
      unlink(copy)
      return nil
    }
  }

  /// Runs `body` while the signals that a terminal or a system sends to end a program are not heard.
  private static func withoutSignals<Value>(_ body: () throws -> Value) rethrows -> Value {
    let numbers = [SIGINT, SIGTERM, SIGHUP]
    let former = numbers.map { signal($0, SIG_IGN) }
    defer { for (number, handler) in zip(numbers, former) { signal(number, handler) } }
    return try body()
  }
}

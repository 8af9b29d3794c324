internal import Foundation
internal import GRDB

extension RunStore {
  /// Packs the records of the database together, gives what is free in its file back to the disk, and empties its log.
  ///
  /// - Parameter withoutRoom: Is told when the disk has not the room that packing takes, as much as the records do, but the
  ///   memory has: the file is then packed as it is (`writingWithoutRoom`), and the store is closed after that. Nil
  ///   lets that fail.
  /// - Throws: `StoreError`, of which `locked` when another program keeps writing, and `noRoom`.
  /// - Complexity: Reads and writes the whole database.
  package func vacuum(withoutRoom: ((_ copy: String?) -> Void)? = nil) throws(StoreError) -> VacuumResult {
    let before = fileBytes + logBytes
    do {
      let isLogEmpty = try writingWithoutTransaction { database in
        let needed = try Self.recordBytes(database)
        if let free = self.freeDiskBytes, free < needed {
          throw StoreError.noRoom(path: self.path, needed: needed, free: free)
        }
        try database.execute(sql: "VACUUM")
        return try Int.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
      }
      return VacuumResult(bytesBefore: before, bytesAfter: fileBytes + logBytes, isLogEmpty: isLogEmpty)
    } catch {
      guard let withoutRoom else { throw error }
      switch error {
      case .noRoom(_, let needed, _) where needed > Self.largestInMemory: throw error
      case .noRoom, .full: break
      default: throw error
      }
      try writingWithoutRoom(note: withoutRoom) { try $0.execute(sql: "VACUUM") }
      return VacuumResult(bytesBefore: before, bytesAfter: fileBytes + logBytes, isLogEmpty: true)
    }
  }

  /// Records of more bytes are not packed in memory, where they lie twice.
  private static let largestInMemory = 256 << 20

  /// Bytes of the file's pages that hold something.
  private static func recordBytes(_ database: Database) throws -> Int {
    let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
    let pageCount = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
    return try pageCount * pageSize - freeBytes(database)
  }

  /// Bytes of the database's file.
  var fileBytes: Int { Self.size(path) }

  /// Bytes of the log beside it.
  var logBytes: Int { Self.size(path + "-wal") }

  /// Bytes that the disk has left; nil where the system does not say.
  private var freeDiskBytes: Int? {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: parentFolder(of: path))
    return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
  }

  private static func size(_ path: String) -> Int {
    // Behind symbolic links.
    let resolved = (path as NSString).resolvingSymlinksInPath
    return ((try? FileManager.default.attributesOfItem(atPath: resolved))?[.size] as? NSNumber)?.intValue ?? 0
  }
}

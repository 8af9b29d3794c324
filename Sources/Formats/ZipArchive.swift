/// The members of a zip archive, as its central directory lists them; one is read when it is asked for.
///
/// The directory alone says where members are and how large: NumPy writes sizes of FFFFFFFF before the members
/// themselves. A file given by its path stays open as long as the value lives.
///
/// Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
/// Differs: archives in parts, encrypted members and methods other than stored and deflated are refused.
package struct ZipArchive: Sendable {
  /// What the directory says of a member.
  package struct Entry: Sendable, Equatable {
    /// The member's name, with folders before it.
    package let name: String
    /// The bytes it has in the archive.
    package let compressedCount: Int
    /// The bytes it has when it is expanded.
    package let count: Int
    let method: Int
    let isEncrypted: Bool
    let checksum: UInt32
    let headerStart: Int
  }

  /// Where the archive is, or what messages call it.
  package var path: String { source.path }
  /// The members in the order of the directory; no two have one name.
  package let entries: [Entry]

  private let source: ByteSource
  /// Where the directory begins, and members end.
  private let directoryStart: Int

  /// Opens the archive at `path` and reads its directory.
  ///
  /// - Throws: `DataFileError`, `.malformed` when there is no directory, as in a file that was cut, or any part of it is
  ///   wrong.
  package init(path: String) throws(DataFileError) {
    try self.init(.file(OpenedFile(path: path)))
  }

  /// Reads the directory of an archive that is in memory.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` as `init(path:)` does.
  package init(bytes: [UInt8], path: String) throws(DataFileError) {
    try self.init(.memory(bytes, path: path))
  }

  init(_ source: ByteSource) throws(DataFileError) {
    let end = try ZipEnd(source)
    let bytes = try source.bytes(end.directory)
    var directory = ZipFields(bytes)
    var entries: [Entry] = []
    var names: Set<String> = []
    for number in 1...max(1, end.count) where end.count > 0 {
      guard let entry = directory.entry(memberEnd: end.directory.lowerBound) else {
        throw .malformed(
          path: source.path, reason: "has a damaged zip directory: entry \(number) of \(end.count) is wrong")
      }
      guard names.insert(entry.name).inserted else {
        throw .malformed(path: source.path, reason: "has two members called '\(printable(entry.name))'")
      }
      entries.append(entry)
    }
    guard directory.isAtEnd else {
      throw .malformed(path: source.path, reason: "has a damaged zip directory: \(end.count) entries don't fill it")
    }
    (self.source, self.entries, directoryStart) = (source, entries, end.directory.lowerBound)
    try checkOverlaps()
  }

  /// The content of a member.
  ///
  /// - Parameter limit: The most bytes it may have.
  /// - Throws: `DataFileError` when it is larger, encrypted, compressed by another method than deflate, damaged or not
  ///   of the size or the checksum that the directory says.
  package func bytes(_ entry: Entry, limit: Int = MemoryLimit.standard) throws(DataFileError) -> [UInt8] {
    let stream = try self.stream(entry)
    try MemoryLimit.ask(entry.count, limit: limit, for: "member '\(printable(entry.name))'", path: path)
    let bytes = try stream.bytes(entry.count)
    try stream.finish()
    return bytes
  }

  /// A member's content, to be read from its beginning.
  func stream(_ entry: Entry) throws(DataFileError) -> any ByteStream {
    func problem(_ reason: String) -> DataFileError {
      .malformed(path: path, reason: "member '\(printable(entry.name))' \(reason)")
    }
    if entry.isEncrypted { throw problem("is encrypted (allowed: members without a password)") }
    guard entry.method == 0 || entry.method == 8 else {
      throw problem("is compressed by method \(entry.method) (allowed: 0 stored, 8 deflated)")
    }
    guard entry.method == 8 || entry.compressedCount == entry.count else {
      throw problem("is stored in \(entry.compressedCount) bytes but said to have \(entry.count)")
    }
    guard entry.count / greatestRatio <= entry.compressedCount else {
      throw problem("is said to have \(entry.count) bytes, which \(entry.compressedCount) compressed ones can't hold")
    }
    guard directoryStart - entry.headerStart >= ZipFields.localCount else {
      throw problem("has no header before its bytes")
    }
    let header = ZipFields(try source.bytes(entry.headerStart..<entry.headerStart + ZipFields.localCount))
    guard header.isLocalHeader else { throw problem("has no header before its bytes") }
    let nameStart = entry.headerStart + ZipFields.localCount
    let start = nameStart + header.localNameCount + header.localExtraCount
    guard start <= directoryStart, entry.compressedCount <= directoryStart - start else {
      throw problem("goes on into the zip directory")
    }
    let name = try source.bytes(nameStart..<nameStart + header.localNameCount)
    guard name.elementsEqual(entry.name.utf8) else {
      throw problem("is called '\(printable(String(decoding: name, as: UTF8.self)))' before its bytes")
    }
    let range = start..<start + entry.compressedCount
    guard let stream = ZipMemberStream(source, range, entry) else {
      throw .unreadable(path: path, reason: "zlib is out of memory")
    }
    return stream
  }

  /// Members that share bytes make a small file out of any number of large ones.
  private func checkOverlaps() throws(DataFileError) {
    let sorted = entries.sorted { $0.headerStart < $1.headerStart }
    for (first, second) in zip(sorted, sorted.dropFirst()) {
      // The header's own names are not counted, so that this needs no reading.
      guard second.headerStart - first.headerStart >= ZipFields.localCount + first.compressedCount else {
        throw .malformed(
          path: path,
          reason: "members '\(printable(first.name))' and '\(printable(second.name))' share bytes of the archive")
      }
    }
  }
}

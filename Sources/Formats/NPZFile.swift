internal import Catalogs

/// The arrays of an archive that NumPy's `savez` or `savez_compressed` wrote; one is read when it is asked for.
package struct NPZFile: Sendable {
  /// Where the file is, or what messages call it.
  package var path: String { archive.path }
  /// The names of the arrays in the order of the archive.
  package let names: [String]
  /// The members that are no arrays.
  package let others: [String]

  private let archive: ZipArchive
  private let entries: [String: ZipArchive.Entry]

  /// Opens the archive at `path` and lists its arrays; none is read.
  ///
  /// - Throws: `DataFileError`, `.malformed` when the file is something else, was cut, or has members and none of them
  ///   is a `.npy` file.
  package init(path: String) throws(DataFileError) {
    try self.init(.file(OpenedFile(path: path)))
  }

  /// Lists the arrays of an archive that is in memory.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` as `init(path:)` does.
  package init(bytes: [UInt8], path: String) throws(DataFileError) {
    try self.init(.memory(bytes, path: path))
  }

  private init(_ source: ByteSource) throws(DataFileError) {
    let start = try source.bytes(0..<min(source.count, 1024))
    let own = ["a NumPy archive (.npz)", "an empty zip archive", "a zip archive"]
    if let error = DataFileError.foreign(
      path: source.path, start: start, wanted: "a NumPy archive (.npz)", allowed: "arrays as numpy.savez writes them",
      except: own)
    {
      throw error
    }
    archive = try ZipArchive(source)
    var (names, others, entries): ([String], [String], [String: ZipArchive.Entry]) = ([], [], [:])
    for entry in archive.entries {
      if entry.name.hasSuffix(".npy") {
        let name = String(entry.name.dropLast(4))
        names.append(name)
        entries[name] = entry
      } else {
        others.append(entry.name)
      }
    }
    guard !names.isEmpty || others.isEmpty else {
      throw .malformed(
        path: source.path,
        reason: "is not a NumPy archive (.npz): none of its members is a .npy file (there: \(listed(others)))")
    }
    (self.names, self.others, self.entries) = (names, others, entries)
  }

  /// Reads an array.
  ///
  /// - Parameter limit: The most bytes of memory that its elements may take.
  /// - Returns: The array in C order.
  /// - Throws: `DataFileError.malformed` when there is none of that name, or any part of it is wrong.
  package func array(_ name: String, limit: Int = MemoryLimit.standard) throws(DataFileError) -> StoredArray {
    let entry = try self.entry(name)
    return try NPYFile.array(
      archive.stream(entry), byteCount: entry.count, name: name, what: what(name), path: path, limit: limit)
  }

  /// Reads what an array's header says, and none of its elements.
  ///
  /// - Throws: `DataFileError.malformed` when there is none of that name, or its header is wrong.
  package func header(_ name: String) throws(DataFileError) -> NPYHeader {
    let entry = try self.entry(name)
    return try NPYHeader(archive.stream(entry), byteCount: entry.count, what: what(name), path: path)
  }

  private func entry(_ name: String) throws(DataFileError) -> ZipArchive.Entry {
    if let entry = entries[name] { return entry }
    let hint = nearestName(to: name, in: names).map { "; did you mean '\(printable($0))'?" } ?? ""
    throw .malformed(path: path, reason: "has no array '\(printable(name))'\(hint) (arrays there: \(listed(names)))")
  }

  private func what(_ name: String) -> String { "array '\(printable(name))'" }
}

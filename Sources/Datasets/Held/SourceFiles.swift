internal import Catalogs
internal import Crypto
package import Formats
internal import Foundation

/// The files that a source reads: found by name or pattern, and hashed.
struct SourceFiles {
  /// Where relative paths start.
  let folder: String
  /// What was read so far.
  private(set) var read: [ReadFile] = []
  /// The names of files that a pattern means, by their paths: whose order matters, so that a renamed one is other data.
  private var patternNames: [String: String] = [:]

  init(folder: String) { self.folder = folder }

  /// Where a path of the scenario leads.
  func path(_ name: String) -> String { resolvedPath(name, in: folder) }

  /// The files that a name or a pattern with `*`, `?` or `[…]` in its last part means, sorted by code points.
  ///
  /// - Throws: `DataFileError.missing` where a name has no file, `.malformed` where a pattern has none.
  mutating func matches(_ name: String) throws -> [(name: String, path: String)] {
    let whole = path(name)
    let last = (whole as NSString).lastPathComponent
    guard last.contains(where: { "*?[".contains($0) }), !FileManager.default.fileExists(atPath: whole) else {
      guard FileManager.default.fileExists(atPath: whole) else { throw DataFileError.missing(path: whole) }
      return [(name, whole)]
    }
    let parent = (whole as NSString).deletingLastPathComponent
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: parent) else {
      throw DataFileError.missing(path: parent)
    }
    let found = names.filter { !$0.hasPrefix(".") && fnmatch(last, $0, 0) == 0 }.sorted(by: NameOrder.precedes)
    guard !found.isEmpty else {
      throw DataFileError.malformed(path: whole, reason: "no file has such a name")
    }
    let prefix = (name as NSString).deletingLastPathComponent
    for name in found { patternNames["\(parent)/\(name)"] = name }
    return found.map { ((prefix as NSString).appendingPathComponent($0), "\(parent)/\($0)") }
  }

  /// Notes a file that was read and hashed.
  mutating func add(_ file: ReadFile) { read.append(file) }

  /// Notes that a file was read.
  ///
  /// - Parameters:
  ///   - name: Its path below the folder that the scenario names; empty for a file that the scenario names itself.
  ///   - shownName: What the scenario calls it.
  /// - Throws: `DataFileError` where it can't be read any more.
  mutating func note(_ path: String, name: String = "", shownName: String) throws {
    let (size, sha256) = try hashOfFile(path)
    let own = name.isEmpty ? patternNames[path] ?? "" : name
    read.append(ReadFile(name: own, shownName: shownName, size: size, sha256: sha256))
  }
}

/// The size of a file and the SHA-256 of its bytes, in hexadecimal.
///
/// - Throws: `DataFileError` where it can't be read.
package func hashOfFile(_ path: String) throws(DataFileError) -> (size: Int, sha256: String) {
  guard let handle = FileHandle(forReadingAtPath: path) else {
    throw .unreadable(path: path, reason: "it can't be opened")
  }
  defer { try? handle.close() }
  var hash = SHA256()
  var size = 0
  do {
    while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
      hash.update(data: data)
      size += data.count
    }
  } catch {
    throw .unreadable(path: path, reason: "\(error.localizedDescription)")
  }
  return (size, hexadecimal(hash.finalize()))
}

/// The content hash of files: SHA-256 over lines `hash size name`, sorted.
///
/// The name is the path below a folder that the scenario names, and empty for a file that it names itself, so that a
/// renamed file is the same data.
package func dataHash(_ files: [ReadFile]) -> String {
  let lines = files.map { "\($0.sha256) \($0.size) \($0.name)\n" }.sorted(by: NameOrder.precedes)
  return hexadecimal(SHA256.hash(data: Data(lines.joined().utf8)))
}

/// The SHA-256 of bytes, in hexadecimal.
func hashOfBytes(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

/// A digest in hexadecimal: two digits a byte, in lower case.
func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
  digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

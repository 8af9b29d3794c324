/// Returns the folder that the last part of a path lies in: `a/b` for `a/b/c`, `/` for `/c`, `.` for `c` and for nothing.
///
/// Foundation's `deletingLastPathComponent` traps on Linux for a name of one character.
package func parentFolder(of path: String) -> String {
  let slash = UInt8(ascii: "/")
  func trimmed(_ path: some BidirectionalCollection<UInt8>) -> [UInt8] {
    Array(path.reversed().drop { $0 == slash }.reversed())
  }
  let parts = trimmed(path.utf8)
  let folder = trimmed(parts.prefix((parts.lastIndex(of: slash) ?? -1) + 1))
  if folder.isEmpty { return path.utf8.first == slash ? "/" : "." }
  return String(decoding: folder, as: UTF8.self)
}

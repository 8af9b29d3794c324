internal import Catalogs
internal import Foundation

/// What a folder holds, without a look into files.
struct FolderListing {
  /// A file or folder in a folder.
  struct Entry {
    /// Its name.
    let name: String
    /// Whether it is a folder, or a symbolic link to one.
    let isFolder: Bool
    /// The real path of what a symbolic link points to; nil for all else.
    let target: String?
  }

  /// Files and folders whose names don't begin with a dot, sorted by code points.
  let entries: [Entry]
  /// How many names begin with a dot; those of the folder itself and its parent don't count.
  let hiddenCount: Int

  /// Lists the folder at `path`.
  ///
  /// The system is asked about a file by itself only where the listing does not say what it is.
  ///
  /// - Parameter root: The real path of the folder that symbolic links must not leave.
  /// - Throws: `DataFileError.missing` when there is no such folder, `.unreadable` when it is no folder or can't be
  ///   listed, `.malformed` for a name that is not UTF-8 and for a symbolic link that leaves `root` or points nowhere.
  init(_ path: String, root: String) throws(DataFileError) {
    guard let folder = opendir(path) else {
      let code = errno
      if code == ENOENT { throw .missing(path: path) }
      throw .unreadable(
        path: path, reason: code == ENOTDIR ? "it is not a folder" : String(cString: strerror(code)))
    }
    defer { closedir(folder) }
    var entries: [Entry] = []
    var hiddenCount = 0
    while true {
      errno = 0
      guard let found = readdir(folder) else {
        let code = errno
        if code != 0 { throw .unreadable(path: path, reason: String(cString: strerror(code))) }
        break
      }
      let bytes = withUnsafeBytes(of: &found.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if bytes == [UInt8(ascii: ".")] || bytes == Array("..".utf8) { continue }
      if bytes.first == UInt8(ascii: ".") {
        hiddenCount += 1
        continue
      }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw .malformed(
          path: path,
          reason: "has a file whose name is not UTF-8: '\(printable(String(decoding: bytes, as: UTF8.self)))'")
      }
      entries.append(try Self.entry(name, type: Int32(found.pointee.d_type), in: path, root: root))
    }
    self.entries = entries.sorted { NameOrder.precedes($0.name, $1.name) }
    self.hiddenCount = hiddenCount
  }

  private static func entry(
    _ name: String, type: Int32, in path: String, root: String
  ) throws(DataFileError) -> Entry {
    let full = path + "/" + name
    var type = type
    if type == Int32(DT_UNKNOWN) {
      var status = stat()
      guard lstat(full, &status) == 0 else {
        throw .unreadable(path: full, reason: String(cString: strerror(errno)))
      }
      type =
        switch status.st_mode & S_IFMT {
        case S_IFDIR: Int32(DT_DIR)
        case S_IFLNK: Int32(DT_LNK)
        default: Int32(DT_REG)
        }
    }
    guard type == Int32(DT_LNK) else { return Entry(name: name, isFolder: type == Int32(DT_DIR), target: nil) }
    guard let target = realPath(full) else {
      throw .malformed(path: full, reason: "is a symbolic link to nothing")
    }
    guard target.utf8.starts(with: (root == "/" ? "/" : root + "/").utf8) || target == root else {
      throw .malformed(path: full, reason: "is a symbolic link that leaves the folder \(printable(root))")
    }
    var status = stat()
    guard stat(target, &status) == 0 else { throw .unreadable(path: full, reason: String(cString: strerror(errno))) }
    return Entry(name: name, isFolder: status.st_mode & S_IFMT == S_IFDIR, target: target)
  }

  /// The absolute path without symbolic links; nil where there is nothing.
  static func realPath(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }
}

/// The path of the file that is called `name` in the folder `root`, or below it.
///
/// - Parameter name: A relative path without `..`.
/// - Throws: `DataFileError.missing` where there is no folder `root`, `.missingFile` with the nearest of those there where
///   it has no such file, `.malformed` for a symbolic link that leaves `root`.
package func path(of name: String, inFolder root: String) throws(DataFileError) -> String {
  guard let realRoot = FolderListing.realPath(root) else { throw .missing(path: root) }
  let path = (root as NSString).appendingPathComponent(name)
  guard let real = FolderListing.realPath(path) else {
    let folder = (path as NSString).deletingLastPathComponent
    let last = (path as NSString).lastPathComponent
    let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { !$0.hasPrefix(".") }.sorted(by: NameOrder.precedes)
    throw .missingFile(root: folder, name: last, nearest: nearestName(to: last, in: files), files: files)
  }
  guard real.utf8.starts(with: (realRoot == "/" ? "/" : realRoot + "/").utf8) else {
    throw .malformed(path: path, reason: "is a symbolic link that leaves the folder \(printable(realRoot))")
  }
  return path
}

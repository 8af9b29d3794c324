internal import Foundation

/// A file that a command writes whole or not at all.
enum OutputFile {
  /// Writes a file in the place of what is there.
  ///
  /// - Throws: `CommandFailure` with the reason.
  static func write(_ data: Data, to path: String) throws {
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw CommandFailure("error: cannot write '\(path)': \(reason(path))", .cannotCreate)
    }
  }

  private static func reason(_ path: String) -> String {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      return "it is a folder"
    }
    if !FileManager.default.fileExists(atPath: folder) { return "the folder '\(folder)' does not exist" }
    return "the folder is not writable or the disk is full"
  }
}

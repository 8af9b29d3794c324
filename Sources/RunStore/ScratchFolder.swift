internal import Foundation

/// A new folder for what a command needs while it runs; it is removed with the value.
///
/// A command that is killed leaves its folder behind. So each folder is locked by who made it, and whoever makes the next
/// one removes those whose lock is free.
package final class ScratchFolder: Sendable {
  /// Where it is.
  package let path: String
  /// Holds the folder's lock, which the system lets go when the process ends, however it does.
  private let descriptor: Int32

  /// Why there can't be such a folder, in one line.
  package struct Problem: Error, CustomStringConvertible {
    package let description: String
  }

  /// Makes a folder in the system's folder for temporary files.
  ///
  /// - Parameter purpose: What it is for, in a word: part of its name.
  /// - Throws: `Problem` when it cannot be made.
  package init(for purpose: String) throws {
    let parent = FileManager.default.temporaryDirectory.path
    LeftoverFiles.sweep(parent) { $0.hasPrefix("covey-\(purpose)-") }
    path = "\(parent)/covey-\(purpose)-\(UUID().uuidString)"
    guard mkdir(path, 0o700) == 0 else {
      let reason = String(cString: strerror(errno)).lowercased()
      throw Problem(description: "cannot create a folder in '\(parent)': \(reason)")
    }
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor >= 0 { flock(descriptor, LOCK_EX | LOCK_NB) }
  }

  deinit {
    remove()
    if descriptor >= 0 { close(descriptor) }
  }

  /// Removes the folder with all that is in it.
  package func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// What earlier commands left behind because they were killed.
package enum LeftoverFiles {
  /// Removes files and folders of this user whose makers are gone: nobody holds their lock.
  ///
  /// - Parameters:
  ///   - folder: Where to look.
  ///   - isOurs: Whether a name is one that this program gives to what it removes itself.
  package static func sweep(_ folder: String, _ isOurs: (String) -> Bool) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
    for name in names where isOurs(name) {
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0, status.st_uid == geteuid() else { continue }
      guard [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else { continue }
      // Its maker locks it right after making it.
      guard time(nil) - status.changeSecond >= 2 else { continue }
      let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: path) }
    }
  }
}

extension stat {
  /// When the file was last changed, in seconds since 1970.
  fileprivate var changeSecond: Int {
    #if os(Linux)
      st_ctim.tv_sec
    #else
      st_ctimespec.tv_sec
    #endif
  }
}

internal import Foundation

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
  /// The time of the file's last change, in seconds since 1970.
  fileprivate var changeSecond: Int {
    #if os(Linux)
      st_ctim.tv_sec
    #else
      st_ctimespec.tv_sec
    #endif
  }
}

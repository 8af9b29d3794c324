internal import Foundation

/// A new folder for what a command needs while it runs; it is removed with the value.
///
/// A command that is killed leaves its folder behind. So each folder is locked by who made it, and whoever makes the next
/// one removes those whose lock is free.
package final class ScratchFolder: Sendable {
  /// The folder's path.
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

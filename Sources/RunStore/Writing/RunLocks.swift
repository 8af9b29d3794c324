internal import Foundation
internal import Locks

/// The locks by which a store shows that it computes runs: each run that is being computed is a locked byte of a file
/// beside the database, which the system unlocks when the program ends, however it ends.
///
/// Unlike the number of a process a lock means the same in every container and on every machine that sees the file. The
/// locks belong to the open file (`F_OFD_SETLK`), so that nothing else that the program opens or closes drops them; SQLite's
/// own locks are on other files. On systems without such locks, and where the file can't be made, nothing is locked, and
/// a run is known by its process alone.
///
/// The file is empty, is made with the first lock and removed when the last store that has locked it closes; after a crash it
/// stays, which does no harm, until a store that computes runs closes again.
final class RunLocks: Sendable {
  /// What came of locking a run.
  enum Outcome {
    /// The run is locked by this store.
    case locked
    /// Somebody else has locked it.
    case taken
    /// Nothing can be locked here.
    case unavailable
  }

  /// The file while it is open.
  private struct LockFile {
    let path: String
    let descriptor: Int32
  }

  private let database: String
  private let file = Locked<LockFile?>(nil)

  /// Prepares the locks of the runs of the database at `path`; nothing is made yet.
  init(database path: String) { database = path }

  deinit { close() }

  /// The file that is locked: beside the database itself, wherever links to it are, as SQLite's own files.
  static func file(of database: String) -> String {
    guard let real = realpath(database, nil) else { return database + "-live" }
    defer { free(real) }
    return String(cString: real) + "-live"
  }

  /// Whether a run is locked by anybody, this process included; nil where nobody can say.
  static func isLocked(_ run: Int64, of database: String) -> Bool? {
    #if os(Linux)
      let descriptor = open(file(of: database), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      if descriptor < 0 { return errno == ENOENT ? false : nil }
      defer { Glibc.close(descriptor) }
      return blocker(of: run, descriptor).map { $0 == .run }
    #else
      return nil
    #endif
  }

  /// Locks a run until `unlock`, `close` or the end of the program.
  func lock(_ run: Int64) -> Outcome {
    #if os(Linux)
      file.withLock { file in
        // Whoever removes the file holds all of it for a moment.
        for _ in 0..<2000 {
          guard let opened = file ?? opened() else { return .unavailable }
          file = opened
          if Self.set(F_WRLCK, opened.descriptor, from: run, count: 1) {
            if Self.isCurrent(opened) { return .locked }
            // It was removed between its opening and the lock.
            Glibc.close(opened.descriptor)
            file = nil
            continue
          }
          guard errno == EAGAIN || errno == EACCES else { return .unavailable }
          if Self.blocker(of: run, opened.descriptor) == .run { return .taken }
          usleep(1000)
        }
        return .unavailable
      }
    #else
      .unavailable
    #endif
  }

  /// Gives a run's lock back.
  func unlock(_ run: Int64) {
    #if os(Linux)
      file.withLock { file in
        if let file { _ = Self.set(F_UNLCK, file.descriptor, from: run, count: 1) }
      }
    #endif
  }

  /// Gives all locks back, and removes the file if nobody else has locked a part of it.
  func close() {
    #if os(Linux)
      file.withLock { file in
        guard let opened = file else { return }
        // All of the file at once: then nobody has a lock, and nobody gets one until the file is gone and closed.
        if Self.set(F_WRLCK, opened.descriptor, from: 0, count: 0), Self.isCurrent(opened) { unlink(opened.path) }
        Glibc.close(opened.descriptor)
        file = nil
      }
    #endif
  }

  #if os(Linux)
    // <fcntl.h> has these for the GNU dialect of C alone.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    /// Whose lock is in the way of one on a run.
    private enum Blocker {
      /// Nobody's.
      case none
      /// The lock of whoever computes the run.
      case run
      /// The lock of whoever removes the file.
      case removal
    }

    private static func blocker(of run: Int64, _ descriptor: Int32) -> Blocker? {
      var lock = range(F_WRLCK, from: run, count: 1)
      guard fcntl(descriptor, getLock, &lock) == 0 else { return nil }
      if lock.l_type == Int16(F_UNLCK) { return Blocker.none }
      return lock.l_start == 0 && lock.l_len == 0 ? .removal : .run
    }

    private static func set(_ type: Int32, _ descriptor: Int32, from start: Int64, count: Int64) -> Bool {
      var lock = range(type, from: start, count: count)
      return fcntl(descriptor, setLock, &lock) == 0
    }

    private static func range(_ type: Int32, from start: Int64, count: Int64) -> flock {
      var lock = flock()
      lock.l_type = Int16(type)
      lock.l_whence = Int16(SEEK_SET)
      lock.l_start = off_t(start)
      lock.l_len = off_t(count)
      return lock
    }

    /// Opens the file, for whoever may write to the database.
    private func opened() -> LockFile? {
      let path = Self.file(of: database)
      var status = stat()
      let mode = stat(database, &status) == 0 ? status.st_mode & 0o666 : 0o600
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, mode)
      return descriptor < 0 ? nil : LockFile(path: path, descriptor: descriptor)
    }

    /// Whether the file is still the one at its path.
    private static func isCurrent(_ file: LockFile) -> Bool {
      var (mine, there) = (stat(), stat())
      return fstat(file.descriptor, &mine) == 0 && stat(file.path, &there) == 0 && mine.st_dev == there.st_dev
        && mine.st_ino == there.st_ino
    }
  #endif
}

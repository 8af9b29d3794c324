internal import Foundation
internal import Locks
internal import RunStore

/// A file that is written piece by piece and takes the place of what is there when it is whole.
///
/// Until `commit()` its bytes are in a file beside it, which goes away with the value. A device or a pipe that is there
/// is written to directly, and so is standard output.
final class OutputFile {
  private static let pieceSize = 1 << 16

  /// The path that was asked for.
  let path: String
  /// Where the bytes go; what `path` links to is replaced, not the link.
  private let target: String
  /// The file beside it; nil for a device or a pipe.
  private let temporary: String?
  private var descriptor: Int32
  private var isStandardOutput = false
  private var piece: [UInt8] = []

  /// Begins a file.
  ///
  /// - Throws: `CommandFailure` when there can't be such a file.
  init(_ path: String) throws {
    self.path = path
    var status = stat()
    let isThere = stat(path, &status) == 0
    let type = status.st_mode & S_IFMT
    if isThere, type == S_IFDIR { throw Self.cannotCreate(path, "it is a folder") }
    if path.isEmpty || path.utf8.contains(0) { throw Self.cannotCreate(path, "that is no file's name") }
    target = isThere ? Self.resolved(path) : path
    if isThere, type != S_IFREG {
      temporary = nil
      // A pipe that nobody reads would block.
      descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      if descriptor < 0 { throw Self.cannotCreate(path, Self.systemReason(errno)) }
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
      return
    }
    if isThere, access(target, W_OK) != 0 { throw Self.cannotCreate(path, Self.systemReason(errno)) }
    let folder = parentFolder(of: target)
    Self.sweep(folder)
    let name = ".covey-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).part"
    let temporary = "\(folder)/\(name)"
    self.temporary = temporary
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isThere ? status.st_mode & 0o777 : 0o666)
    if descriptor < 0 {
      let reason = errno
      let isMissing = reason == ENOENT
      throw Self.cannotCreate(
        path, isMissing ? "the folder '\(folder)' does not exist" : Self.systemReason(reason),
        isFull: Self.isFull(reason))
    }
    // Tells whoever sweeps that this file's maker lives.
    flock(descriptor, LOCK_EX | LOCK_NB)
    // A name that is too long for the folder is only found out with the name itself.
    if !isThere, lstat(target, &status) != 0, errno == ENAMETOOLONG {
      discard()
      throw Self.cannotCreate(path, Self.systemReason(ENAMETOOLONG))
    }
  }

  /// Begins to write to standard output, or to a file where there is a path other than `-`.
  ///
  /// - Throws: `CommandFailure` when there can't be such a file.
  static func orStandardOutput(_ path: String) throws -> OutputFile {
    try path == "-" ? OutputFile(standardOutput: ()) : OutputFile(path)
  }

  private init(standardOutput: Void) {
    path = "standard output"
    target = path
    temporary = nil
    descriptor = -1
    isStandardOutput = true
  }

  deinit { discard() }

  /// Writes a whole file.
  ///
  /// - Throws: `CommandFailure`.
  static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    let file = try OutputFile(path)
    try file.write(bytes)
    try file.commit()
  }

  /// Adds text at the end.
  func write(_ text: String) throws { try write(text.utf8) }

  /// Adds bytes at the end.
  ///
  /// - Throws: `CommandFailure` when the disk is full, or the system fails.
  func write(_ bytes: some Sequence<UInt8>) throws {
    piece.append(contentsOf: bytes)
    if piece.count >= Self.pieceSize { try flush() }
  }

  /// Puts the file in its place.
  ///
  /// - Throws: `CommandFailure` when the disk is full, or the system fails.
  func commit() throws {
    try flush()
    if isStandardOutput { return }
    let isClosed = close(descriptor) == 0
    let reason = errno
    descriptor = -1
    if !isClosed { throw failure(reason) }
    guard let temporary else { return }
    if rename(temporary, target) != 0 { throw failure(errno) }
  }

  private func flush() throws {
    defer { piece.removeAll(keepingCapacity: true) }
    if isStandardOutput { return StandardOutput.writeRaw(String(decoding: piece, as: UTF8.self)) }
    try piece.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = Foundation.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        if count < 0, errno == EINTR { continue }
        if count < 0 { throw failure(errno) }
        done += count
      }
    }
  }

  /// Takes away what exports that were killed have left in a folder, once for each folder.
  private static func sweep(_ folder: String) {
    guard swept.withLock({ $0.insert(folder).inserted }) else { return }
    LeftoverFiles.sweep(folder) { $0.hasPrefix(".covey-") && $0.hasSuffix(".part") }
  }

  private static let swept = Locked<Set<String>>([])

  /// Takes away what is not in its place.
  private func discard() {
    if descriptor >= 0 {
      close(descriptor)
      descriptor = -1
    }
    if let temporary { unlink(temporary) }
  }

  private func failure(_ reason: Int32) -> CommandFailure {
    CommandFailure("error: cannot write '\(path)': \(Self.systemReason(reason))", .inputOutput)
  }

  private static func cannotCreate(_ path: String, _ reason: String, isFull: Bool = false) -> CommandFailure {
    CommandFailure("error: cannot write '\(path)': \(reason)", isFull ? .inputOutput : .cannotCreate)
  }

  private static func isFull(_ reason: Int32) -> Bool { reason == ENOSPC || reason == EDQUOT }

  private static func systemReason(_ reason: Int32) -> String {
    isFull(reason) ? "the disk is full" : String(cString: strerror(reason)).lowercased()
  }

  /// `path` behind symbolic links.
  private static func resolved(_ path: String) -> String {
    guard let name = realpath(path, nil) else { return path }
    defer { free(name) }
    return String(cString: name)
  }
}

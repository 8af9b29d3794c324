internal import Foundation

/// Where the bytes of a safetensors file are: in memory, or in a file that is read piece by piece.
///
/// A file is kept open and not mapped, so that one that shrinks after it was opened gives an error and not a bus error.
enum SafetensorsStorage: Sendable {
  case memory([UInt8])
  case file(OpenFile)

  /// The number of bytes.
  var count: Int {
    switch self {
    case .memory(let bytes): bytes.count
    case .file(let file): file.count
    }
  }

  /// Copies the bytes of `range`.
  ///
  /// - Throws: `SafetensorsError` when the system reports an error or the file became shorter.
  /// - Precondition: The range is within `0..<count`.
  func read(_ range: Range<Int>, path: String) throws(SafetensorsError) -> [UInt8] {
    switch self {
    case .memory(let bytes): Array(bytes[range])
    case .file(let file): try file.read(range, path: path)
    }
  }
}

/// A regular file opened for reading, closed with the last reference to it.
final class OpenFile: Sendable {
  /// Its size in bytes when it was opened.
  let count: Int
  private let descriptor: Int32

  /// Opens the file at `path`.
  ///
  /// - Throws: `SafetensorsError.missing`, or `.unreadable` for what is not a regular file or not readable.
  init(path: String) throws(SafetensorsError) {
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      throw code == ENOENT || code == ENOTDIR
        ? .missing(path: path) : .unreadable(path: path, reason: String(cString: strerror(code)))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadable(path: path, reason: "it is not a regular file")
    }
    count = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Copies the bytes of `range`.
  ///
  /// - Throws: `SafetensorsError` when the system reports an error or the file became shorter.
  func read(_ range: Range<Int>, path: String) throws(SafetensorsError) -> [UInt8] {
    let (bytes, code) = readBytes(descriptor, range)
    if code != 0 { throw .unreadable(path: path, reason: String(cString: strerror(code))) }
    if bytes.count < range.count {
      throw .truncated(path: path, expected: range.upperBound, actual: range.lowerBound + bytes.count)
    }
    return bytes
  }
}

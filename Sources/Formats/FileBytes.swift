internal import Foundation

/// The content of the regular file at `path`, of at most `limit` bytes.
///
/// Memory is allocated for the size that the file system reports, after it was compared with the limit.
///
/// - Throws: `DataFileError.missing` when there is no such file, `.unreadable` when it is not a regular file or the
///   system reports an error, `.malformed` when it is larger than `limit` or changes its size while it is read.
package func fileBytes(_ path: String, limit: Int) throws(DataFileError) -> [UInt8] {
  let file = try OpenedFile(path: path)
  guard file.count <= limit else { throw .malformed(path: path, reason: "has \(file.count) bytes (allowed: \(limit))") }
  return try ByteSource.file(file).bytes(0..<file.count)
}

/// Where the bytes of a data file are: in memory, or in a file that is read piece by piece.
///
/// A file is kept open and not mapped, so that one that shrinks after it was opened gives an error and not a bus error.
enum ByteSource: Sendable {
  case memory([UInt8], path: String)
  case file(OpenedFile)

  /// The number of bytes.
  var count: Int {
    switch self {
    case .memory(let bytes, _): bytes.count
    case .file(let file): file.count
    }
  }

  /// What messages call the file.
  var path: String {
    switch self {
    case .memory(_, let path): path
    case .file(let file): file.path
    }
  }

  /// Copies bytes from `start` on into `buffer`, all of it.
  ///
  /// - Throws: `DataFileError` when the system reports an error or the file became shorter.
  /// - Precondition: The bytes are within `0..<count`.
  func read(from start: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DataFileError) {
    switch self {
    case .memory(let bytes, _): buffer.copyBytes(from: bytes[start..<start + buffer.count])
    case .file(let file): try file.read(from: start, into: buffer)
    }
  }

  /// Copies the bytes of `range`.
  ///
  /// - Throws: `DataFileError` when the system reports an error or the file became shorter.
  /// - Precondition: The range is within `0..<count`.
  func bytes(_ range: Range<Int>) throws(DataFileError) -> [UInt8] {
    try filledArray(of: UInt8.self, count: range.count) { (buffer) throws(DataFileError) in
      try read(from: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }
}

/// An array whose memory `fill` writes, all of it, unless it throws.
///
/// - Parameter fill: Writes each of the elements (`=`).
func filledArray<Value: BitwiseCopyable>(
  of _: Value.Type, count: Int, _ fill: (UnsafeMutableBufferPointer<Value>) throws(DataFileError) -> Void
) throws(DataFileError) -> [Value] {
  var failure: DataFileError?
  let values = [Value](unsafeUninitializedCapacity: count) { buffer, filled in
    do throws(DataFileError) {
      try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      filled = count
    } catch { failure = error }
  }
  if let failure { throw failure }
  return values
}

/// A regular file opened for reading, closed with the last reference to it.
final class OpenedFile: Sendable {
  /// Where it is.
  let path: String
  /// Its size in bytes when it was opened.
  let count: Int
  private let descriptor: Int32

  /// Opens the file at `path`.
  ///
  /// - Throws: `DataFileError.missing`, or `.unreadable` for what is not a regular file or not readable.
  init(path: String) throws(DataFileError) {
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
    (self.path, count) = (path, Int(status.st_size))
  }

  deinit { close(descriptor) }

  /// Copies bytes from `start` on into `buffer`, all of it.
  ///
  /// - Throws: `DataFileError` when the system reports an error or the file became shorter.
  func read(from start: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DataFileError) {
    var filled = 0
    while filled < buffer.count {
      // Linux reads at most 2 GiB at once.
      let received = pread(
        descriptor, buffer.baseAddress.map { $0 + filled }, min(buffer.count - filled, 1 << 30), off_t(start + filled))
      if received < 0, errno == EINTR { continue }
      if received < 0 { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
      guard received > 0 else {
        throw .malformed(path: path, reason: "became shorter while it was read: \(start + filled) of \(count) bytes")
      }
      filled += received
    }
  }
}

internal import Foundation

/// The content of the regular file at `path`, of at most `limit` bytes.
///
/// Memory is allocated for the size that the file system reports, after it was compared with the limit.
///
/// - Throws: `DataFileError.missing` when there is no such file, `.unreadable` when it is not a regular file or the
///   system reports an error, `.malformed` when it is larger than `limit` or changes its size while it is read.
package func fileBytes(_ path: String, limit: Int) throws(DataFileError) -> [UInt8] {
  // O_NONBLOCK: opening a named pipe must not wait for a writer.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else {
    let code = errno
    throw code == ENOENT || code == ENOTDIR
      ? .missing(path: path) : .unreadable(path: path, reason: String(cString: strerror(code)))
  }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw .unreadable(path: path, reason: "it is not a regular file")
  }
  let size = Int(status.st_size)
  guard size <= limit else { throw .malformed(path: path, reason: "has \(size) bytes (allowed: \(limit))") }
  var code: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
    while filled < size {
      // Linux reads at most 2 GiB at once.
      let received = read(descriptor, buffer.baseAddress.map { $0 + filled }, min(size - filled, 1 << 30))
      if received < 0, errno == EINTR { continue }
      if received < 0 { code = errno }
      if received <= 0 { return }
      filled += received
    }
  }
  if code != 0 { throw .unreadable(path: path, reason: String(cString: strerror(code))) }
  guard bytes.count == size else {
    throw .malformed(path: path, reason: "became shorter while it was read: \(bytes.count) of \(size) bytes")
  }
  return bytes
}

internal import CZlib

/// Why bytes could not be expanded as gzip.
package enum GzipError: Error, Equatable, CustomStringConvertible {
  /// The bytes do not begin with the gzip magic number `1F 8B`.
  case notGzip
  /// The input ends within a member.
  case truncated
  /// A header, block or checksum is wrong; the reason is zlib's.
  case corrupt(String)
  /// The members expand to more than `limit` bytes.
  case tooLarge(limit: Int)
  /// `count` bytes after a member are not another member.
  case trailingBytes(count: Int)
  /// zlib could not allocate its window.
  case outOfMemory

  package var description: String {
    switch self {
    case .notGzip: "is not gzip: it does not begin with 1F 8B"
    case .truncated: "is truncated: the gzip data end within a member"
    case .corrupt(let reason): "is corrupt gzip: \(reason)"
    case .tooLarge(let limit): "expands to more than the \(limit) bytes expected"
    case .trailingBytes(let count): "has \(count) bytes after the end of its gzip data"
    case .outOfMemory: "can't be expanded: zlib is out of memory"
    }
  }
}

/// The content of a gzip file of one or more members, with every header and checksum verified.
///
/// - Parameter bytes: The whole file.
/// - Parameter limit: The most bytes the content may have. Memory grows with what was expanded so far, never with what
///   the file claims.
/// - Parameter expected: How many bytes it will have, as far as the caller trusts that: so many are allocated at once,
///   which spares the copies of an array that grows.
/// - Throws: `GzipError` when the bytes are not gzip, are truncated or corrupt, expand to more than `limit` bytes, or
///   when anything but another member follows a member.
/// - Precondition: limit ≥ 0.
package func gunzipped(_ bytes: [UInt8], limit: Int, expecting expected: Int = 0) throws(GzipError) -> [UInt8] {
  precondition(limit >= 0, "limit \(limit) is negative")
  return try inflated(bytes, limit: limit, expecting: min(expected, limit), stopsAtLimit: false)
}

/// The first `count` bytes of a gzip file's content, or all of them when it has fewer; nothing behind them is checked.
///
/// - Throws: `GzipError` when the bytes are not gzip, or are truncated or corrupt before the end of the prefix.
/// - Precondition: count ≥ 0.
package func gunzippedPrefix(_ bytes: [UInt8], count: Int) throws(GzipError) -> [UInt8] {
  precondition(count >= 0, "count \(count) is negative")
  return try inflated(bytes, limit: count, expecting: count, stopsAtLimit: true)
}

/// Deflate's greatest ratio of output to input: a match of 258 bytes takes at least 2 bits.
package let greatestDeflateRatio = 1032

private func inflated(
  _ bytes: [UInt8], limit: Int, expecting expected: Int, stopsAtLimit: Bool
) throws(GzipError) -> [UInt8] {
  guard beginsMember(bytes[...]) else { throw .notGzip }
  guard let inflater = Inflater() else { throw .outOfMemory }
  var output: [UInt8] = []
  output.reserveCapacity(expected)
  var consumed = 0
  while true {
    let step = inflater.step(bytes, from: consumed)
    consumed += step.consumed
    let room = limit - output.count
    output.append(contentsOf: inflater.produced.prefix(min(step.produced, room)))
    if stopsAtLimit, output.count == limit { return output }
    if step.produced > room { throw .tooLarge(limit: limit) }
    switch step.status {
    case Z_STREAM_END:
      if consumed == bytes.count { return output }
      guard beginsMember(bytes[consumed...]) else { throw .trailingBytes(count: bytes.count - consumed) }
      inflater.beginMember()
    case Z_OK, Z_BUF_ERROR:
      // The step always has room for output, so without progress there is no input left.
      if step.consumed == 0, step.produced == 0 { throw .truncated }
    case Z_MEM_ERROR: throw .outOfMemory
    default: throw .corrupt(inflater.message)
    }
  }
}

/// Whether `bytes` begin with the magic number; a lone `1F` at the end counts as the beginning of a cut-off member.
private func beginsMember(_ bytes: ArraySlice<UInt8>) -> Bool {
  guard let first = bytes.first, first == 0x1F else { return false }
  return bytes.count == 1 || bytes[bytes.startIndex + 1] == 0x8B
}

/// One zlib stream at a fixed address, since zlib keeps a pointer to it, and the buffer it writes to.
private final class Inflater {
  private let stream: UnsafeMutablePointer<z_stream>
  private let buffer: UnsafeMutableBufferPointer<UInt8>
  private var producedCount = 0

  init?() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    buffer = .allocate(capacity: 1 << 18)
    buffer.initialize(repeating: 0)
    // 15 is the largest window; + 16 expects a gzip header and checks the trailer.
    let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if status != Z_OK { return nil }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    buffer.deallocate()
  }

  /// What the last step wrote.
  var produced: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: buffer[..<producedCount]) }

  /// zlib's reason for the last error.
  var message: String { stream.pointee.msg.map { String(cString: $0) } ?? "invalid data" }

  /// Expands until the buffer is full, the member ends or the input does.
  func step(_ bytes: [UInt8], from start: Int) -> (status: Int32, consumed: Int, produced: Int) {
    bytes.withUnsafeBufferPointer { input in
      // zlib counts in 32 bits.
      let offered = min(input.count - start, 1 << 30)
      stream.pointee.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + start) }
      stream.pointee.avail_in = UInt32(offered)
      stream.pointee.next_out = buffer.baseAddress
      stream.pointee.avail_out = UInt32(buffer.count)
      let status = inflate(stream, Z_NO_FLUSH)
      producedCount = buffer.count - Int(stream.pointee.avail_out)
      return (status, offered - Int(stream.pointee.avail_in), producedCount)
    }
  }

  /// Makes the stream ready for another member.
  func beginMember() { inflateReset(stream) }
}

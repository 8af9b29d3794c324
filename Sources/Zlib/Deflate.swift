internal import CZlib

/// What a compressor looks for.
package enum DeflateStrategy: Sendable {
  /// Whatever is repeated.
  case repeats
  /// Runs of one byte, and bytes that come more often than others: much faster, for bytes that repeat by chance alone.
  case runs
}

/// Compresses bytes into a zlib stream.
///
/// - Parameter level: From 0, which only stores, and 1, the fastest, to 9, the smallest.
/// - Returns: The stream, which depends on `bytes`, `level`, `strategy` and the version of zlib.
/// - Precondition: `level` is from 0 to 9.
package func deflated(_ bytes: [UInt8], level: Int32 = 1, strategy: DeflateStrategy = .repeats) -> [UInt8] {
  precondition((0...9).contains(level), "compression level \(level) is not from 0 to 9")
  var stream = z_stream()
  // 15 and 8 are zlib's own window and memory.
  let status = deflateInit2_(
    &stream, level, Z_DEFLATED, 15, 8, strategy == .runs ? Z_RLE : Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  precondition(status == Z_OK, "zlib's deflateInit gave \(status)")
  defer { deflateEnd(&stream) }
  // Room for stored blocks, which are what zlib falls back to for bytes that do not compress.
  let capacity = Int(deflateBound(&stream, UInt(bytes.count))) + bytes.count / 1000 + 64
  return [UInt8](unsafeUninitializedCapacity: capacity) { output, written in
    var read = 0
    let end = bytes.withUnsafeBufferPointer { input in
      pump(&stream, input, &read, output, &written) { deflate(&$0, $1 ? Z_FINISH : Z_NO_FLUSH) }
    }
    precondition(end == Z_STREAM_END, "zlib's deflate gave \(end) after \(written) of \(capacity) bytes")
  }
}

/// Decompresses a zlib stream when the length of its content is known.
///
/// Safe for hostile input: it allocates `count` bytes and no more, and nothing at all for a `count` that no stream of
/// that size can hold.
///
/// - Throws: `ZlibError` when the stream is damaged or cut short or does not hold exactly `count` bytes.
package func inflated(_ bytes: [UInt8], expecting count: Int) throws(ZlibError) -> [UInt8] {
  // Deflate spends at least 2 bits on 258 bytes: 1032 to 1.
  guard count >= 0, count / 1100 <= bytes.count else { throw .wrongLength(expected: count) }
  guard !bytes.isEmpty else { throw .truncated }
  var stream = z_stream()
  let status = inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  precondition(status == Z_OK, "zlib's inflateInit gave \(status)")
  defer { inflateEnd(&stream) }
  var end = Z_OK
  var read = 0
  let result = [UInt8](unsafeUninitializedCapacity: count) { output, written in
    bytes.withUnsafeBufferPointer { input in
      end = pump(&stream, input, &read, output, &written) { stream, _ in inflate(&stream, Z_NO_FLUSH) }
    }
  }
  switch end {
  case Z_STREAM_END where read < bytes.count: throw .malformed
  case Z_STREAM_END where result.count == count: return result
  case Z_STREAM_END: throw .wrongLength(expected: count)
  case Z_BUF_ERROR, Z_OK: throw result.count == count && read < bytes.count ? .wrongLength(expected: count) : .truncated
  default: throw .malformed
  }
}

/// Calls `step` until it ends, fails, or neither reads nor writes any more; pieces keep zlib's 32-bit counters in
/// range.
///
/// - Parameters:
///   - read: Bytes of `input` that were read (`=`).
///   - written: Bytes of `output` that were written (`=`).
///   - step: One call of zlib; it is told whether no input follows what it is given.
/// - Returns: zlib's last status.
private func pump(
  _ stream: inout z_stream, _ input: UnsafeBufferPointer<UInt8>, _ read: inout Int,
  _ output: UnsafeMutableBufferPointer<UInt8>, _ written: inout Int, _ step: (inout z_stream, Bool) -> Int32
) -> Int32 {
  let pieceSize = 1 << 30
  (read, written) = (0, 0)
  // zlib refuses a null pointer even when there is no room behind it.
  return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { spare in
    stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress) ?? spare.baseAddress
    stream.next_out = output.baseAddress ?? spare.baseAddress
    while true {
      let readable = min(pieceSize, input.count - read)
      let writable = min(pieceSize, output.count - written)
      stream.avail_in = UInt32(readable)
      stream.avail_out = UInt32(writable)
      let status = step(&stream, read + readable == input.count)
      let (readNow, writtenNow) = (readable - Int(stream.avail_in), writable - Int(stream.avail_out))
      read += readNow
      written += writtenNow
      if status != Z_OK || (readNow == 0 && writtenNow == 0) { return status }
    }
  }
}

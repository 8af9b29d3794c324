internal import CZlib

/// Expands deflate data without a header, as in zip archives, piece by piece.
package final class RawInflater {
  /// How an expansion stands after a step.
  package enum Status: Equatable {
    /// More input or more room is needed.
    case going
    /// The data are complete.
    case ended
    /// The data are damaged; the reason is zlib's.
    case corrupt(String)
    /// zlib could not allocate its window.
    case outOfMemory
  }

  // At a fixed address, since zlib keeps a pointer to it.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Makes an expansion that has read nothing; nil when zlib is out of memory.
  package init?() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // Negative: the largest window, and neither header nor trailer.
    let status = inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if status != Z_OK { return nil }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Expands until the input is used up, the room is full or the data end.
  ///
  /// - Returns: How the expansion stands, the bytes of `input` that were read and those of `output` that were
  ///   written (`=`).
  package func step(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) -> (status: Status, consumed: Int, produced: Int) {
    // zlib counts in 32 bits, and refuses a null pointer even where there is nothing behind it.
    let offered = min(input.count, 1 << 30)
    let room = min(output.count, 1 << 30)
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { spare in
      let source = input.baseAddress.map { $0.assumingMemoryBound(to: UInt8.self) }
      stream.pointee.next_in = source.map { UnsafeMutablePointer(mutating: $0) } ?? spare.baseAddress
      stream.pointee.avail_in = UInt32(offered)
      stream.pointee.next_out = output.baseAddress.map { $0.assumingMemoryBound(to: UInt8.self) } ?? spare.baseAddress
      stream.pointee.avail_out = UInt32(room)
      let code = inflate(stream, Z_NO_FLUSH)
      let status: Status =
        switch code {
        case Z_OK, Z_BUF_ERROR: .going
        case Z_STREAM_END: .ended
        case Z_MEM_ERROR: .outOfMemory
        default: .corrupt(stream.pointee.msg.map { String(cString: $0) } ?? "invalid data")
        }
      return (status, offered - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out))
    }
  }
}

/// The CRC-32 of gzip and zip of bytes that follow others.
///
/// - Parameter checksum: That of the bytes before; 0 at the beginning.
package func crc32(_ checksum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
  guard let start = bytes.baseAddress else { return checksum }
  return UInt32(truncatingIfNeeded: crc32_z(UInt(checksum), start.assumingMemoryBound(to: UInt8.self), bytes.count))
}

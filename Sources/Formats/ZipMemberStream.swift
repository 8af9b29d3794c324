internal import Zlib

/// How many times as large as its deflate data a member may be, with a reserve for small ones.
let greatestRatio = greatestDeflateRatio + 64

/// The expanded bytes of a zip archive's member, checked at its end.
final class ZipMemberStream: ByteStream {
  private let source: ByteSource
  private let entry: ZipArchive.Entry
  /// The bytes of the archive that were not read yet.
  private var rest: Range<Int>
  /// Nil for a stored member.
  private let inflater: RawInflater?
  private var hasEnded: Bool
  private var checksum: UInt32 = 0
  /// Bytes of the archive that were read, and those of them that were not expanded yet.
  private var input: [UInt8] = []
  private var inputStart = 0

  private static let pieceCount = 1 << 18

  /// Starts at the first byte; nil when zlib is out of memory.
  ///
  /// - Parameter range: The member's bytes in the archive.
  init?(_ source: ByteSource, _ range: Range<Int>, _ entry: ZipArchive.Entry) {
    (self.source, rest, self.entry) = (source, range, entry)
    if entry.method == 0 {
      (inflater, hasEnded) = (nil, true)
    } else {
      guard let inflater = RawInflater() else { return nil }
      (self.inflater, hasEnded) = (inflater, false)
    }
  }

  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(DataFileError) {
    if let inflater {
      let filled = try expand(inflater, into: buffer)
      guard filled == buffer.count else {
        throw problem("ends before the \(entry.count) bytes that it is said to have")
      }
    } else {
      guard buffer.count <= rest.count else {
        throw problem("ends before the \(entry.count) bytes that it is said to have")
      }
      try source.read(from: rest.lowerBound, into: buffer)
      rest = rest.dropFirst(buffer.count)
    }
    checksum = crc32(checksum, UnsafeRawBufferPointer(buffer))
  }

  func finish() throws(DataFileError) {
    if let inflater, !hasEnded {
      // One byte of room: the end of deflate data may follow the last byte of content.
      var excess = 0
      var failure: DataFileError?
      withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { spare in
        do throws(DataFileError) { excess = try expand(inflater, into: spare) } catch { failure = error }
      }
      if let failure { throw failure }
      guard excess == 0 else { throw problem("has more than the \(entry.count) bytes that it is said to have") }
    }
    guard rest.isEmpty, inputStart == input.count else {
      throw problem("has \(rest.count + input.count - inputStart) bytes after the end of its data")
    }
    guard checksum == entry.checksum else {
      throw problem("is damaged: its CRC is \(word(checksum)), the zip directory says \(word(entry.checksum))")
    }
  }

  /// Expands into `buffer` until it is full or the data end.
  ///
  /// - Returns: The bytes written.
  private func expand(_ inflater: RawInflater, into buffer: UnsafeMutableRawBufferPointer) throws(DataFileError) -> Int
  {
    var filled = 0
    while filled < buffer.count, !hasEnded {
      if inputStart == input.count, !rest.isEmpty {
        let piece = rest.prefix(Self.pieceCount)
        input = try source.bytes(piece)
        (inputStart, rest) = (0, rest.dropFirst(piece.count))
      }
      let step = input.withUnsafeBytes { bytes in
        inflater.step(
          UnsafeRawBufferPointer(rebasing: bytes[inputStart...]),
          UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        )
      }
      inputStart += step.consumed
      filled += step.produced
      switch step.status {
      case .going:
        if step.consumed == 0, step.produced == 0 { throw problem("is truncated: its deflate data don't end") }
      case .ended: hasEnded = true
      case .corrupt(let reason): throw problem("is damaged: \(reason)")
      case .outOfMemory: throw .unreadable(path: source.path, reason: "zlib is out of memory")
      }
    }
    return filled
  }

  private func problem(_ reason: String) -> DataFileError {
    .malformed(path: source.path, reason: "member '\(printable(entry.name))' \(reason)")
  }
}

/// A checksum as eight hexadecimal digits.
private func word(_ value: UInt32) -> String {
  let digits = String(value, radix: 16, uppercase: true)
  return String(repeating: "0", count: 8 - digits.count) + digits
}

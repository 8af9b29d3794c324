/// Bytes that are read once, from the first to the last, into memory that the reader has.
protocol ByteStream: AnyObject {
  /// Fills `buffer`, all of it, with the next bytes.
  ///
  /// - Throws: `DataFileError` when there are not so many, or they can't be read.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(DataFileError)

  /// Checks that nothing is left, and what there is to be checked of all bytes.
  ///
  /// - Throws: `DataFileError` when bytes are left, or a checksum is wrong.
  func finish() throws(DataFileError)
}

extension ByteStream {
  /// The next `count` bytes.
  func bytes(_ count: Int) throws(DataFileError) -> [UInt8] {
    try filledArray(of: UInt8.self, count: count) { (buffer) throws(DataFileError) in
      try fill(UnsafeMutableRawBufferPointer(buffer))
    }
  }
}

/// The bytes of a range of a file, as they are.
final class RangeStream: ByteStream {
  private let source: ByteSource
  private var rest: Range<Int>

  init(_ source: ByteSource, _ range: Range<Int>) { (self.source, rest) = (source, range) }

  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(DataFileError) {
    guard buffer.count <= rest.count else {
      throw .malformed(path: source.path, reason: "is truncated: \(buffer.count) bytes expected, \(rest.count) there")
    }
    try source.read(from: rest.lowerBound, into: buffer)
    rest = rest.dropFirst(buffer.count)
  }

  func finish() throws(DataFileError) {
    guard rest.isEmpty else {
      throw .malformed(path: source.path, reason: "has \(rest.count) bytes after its end")
    }
  }
}

/// The bytes of a TensorBoard event file.
///
/// A file is records one behind the other, all numbers with the least significant byte first:
///
///     uint64  length of the data
///     uint32  masked CRC-32C of those eight bytes
///     bytes   the data: an Event
///     uint32  masked CRC-32C of the data
///
/// An Event is a protocol buffer, of which these fields are written, each behind its key, `number << 3 | type`, where
/// type is 0 for a varint, 1 for eight bytes, 2 for a varint of length and so many bytes, 5 for four bytes:
///
///     Event          1 wall_time     double, seconds since 1970
///                    2 step          varint
///                    3 file_version  bytes, "brain.Event:2"; in the first event of a file
///                    5 summary       bytes, a Summary; in all others
///     Summary        1 value         bytes, a Summary.Value; any number of them
///     Summary.Value  1 tag           bytes, UTF-8
///                    2 simple_value  float
///
/// Source: TensorBoard's `event.proto`, `summary.proto` and record writer.
package enum EventFile {
  /// A number with the name of the curve it belongs to.
  package struct Scalar: Sendable, Equatable {
    /// The curve.
    package var tag: String
    /// The number; the file keeps 32 bits of it.
    package var value: Double

    /// Makes a value.
    package init(_ tag: String, _ value: Double) {
      self.tag = tag
      self.value = value
    }
  }

  /// Returns the record that a file begins with.
  ///
  /// - Parameter wallTime: Seconds since 1970.
  package static func start(wallTime: Double) -> [UInt8] {
    record(event(wallTime, step: 0) + field(3, Array("brain.Event:2".utf8)))
  }

  /// Returns the record of one step.
  ///
  /// - Parameters:
  ///   - scalars: What was measured; each tag once.
  ///   - step: The step, ≥ 0.
  ///   - wallTime: Seconds since 1970.
  package static func record(_ scalars: [Scalar], step: Int, wallTime: Double) -> [UInt8] {
    var summary: [UInt8] = []
    for scalar in scalars {
      let value = field(1, Array(scalar.tag.utf8)) + [2 << 3 | 5] + bytes(Float(scalar.value).bitPattern)
      summary += field(1, value)
    }
    return record(event(wallTime, step: step) + field(5, summary))
  }

  /// Returns data with their length and checksums.
  private static func record(_ data: [UInt8]) -> [UInt8] {
    let length = bytes(UInt64(data.count))
    return length + bytes(CRC32C.masked(length)) + data + bytes(CRC32C.masked(data))
  }

  private static func event(_ wallTime: Double, step: Int) -> [UInt8] {
    [1 << 3 | 1] + bytes(wallTime.bitPattern) + [2 << 3] + varint(UInt64(max(0, step)))
  }

  private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    [number << 3 | 2] + varint(UInt64(content.count)) + content
  }

  /// Seven bits a byte, the least significant first; all bytes but the last have their highest bit set.
  private static func varint(_ value: UInt64) -> [UInt8] {
    var (bytes, rest): ([UInt8], UInt64) = ([], value)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// Little-endian numbers, and arrays behind their count.
struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func write(_ value: Int) { withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) } }

  mutating func write(_ values: [Float]) {
    write(values.count)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ values: [Int64]) {
    write(values.count)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ text: String) {
    write(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  mutating func write(_ range: Range<Int>) {
    write(range.lowerBound)
    write(range.upperBound)
  }
}

/// Reads what `ByteWriter` wrote; checks every count against the bytes that are there before it makes room.
struct ByteReader {
  let bytes: [UInt8]
  var at: Int

  var isAtEnd: Bool { at == bytes.count }

  mutating func integer() throws(CheckpointProblem) -> Int {
    guard bytes.count - at >= 8 else { throw CheckpointProblem("it is cut off") }
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: Int64.self) }
    at += 8
    return Int(Int64(littleEndian: value))
  }

  /// A count of things that take at least `size` bytes each.
  mutating func count(ofBytes size: Int) throws(CheckpointProblem) -> Int {
    let count = try integer()
    guard count >= 0, count <= (bytes.count - at) / size else { throw CheckpointProblem("it is cut off") }
    return count
  }

  mutating func floats() throws(CheckpointProblem) -> [Float] {
    let count = try count(ofBytes: 4)
    // Filling an empty array writes to what all empty arrays share, which the thread sanitizer takes for a race.
    if count == 0 { return [] }
    defer { at += count * 4 }
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes { source in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[at..<(at + count * 4)]))
      }
      initialized = count
    }
  }

  mutating func integers() throws(CheckpointProblem) -> [Int64] {
    let count = try count(ofBytes: 8)
    var values: [Int64] = []
    for _ in 0..<count { values.append(Int64(try integer())) }
    return values
  }

  mutating func text() throws(CheckpointProblem) -> String {
    let count = try count(ofBytes: 1)
    defer { at += count }
    guard let text = String(validating: bytes[at..<(at + count)], as: UTF8.self) else {
      throw CheckpointProblem("a name in it is not text")
    }
    return text
  }

  mutating func range() throws(CheckpointProblem) -> Range<Int> {
    let lower = try integer()
    let upper = try integer()
    guard lower >= 0, lower <= upper else { throw CheckpointProblem("a range in it runs from \(lower) to \(upper)") }
    return lower..<upper
  }
}

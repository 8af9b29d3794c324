internal import Tensors
internal import Zlib

/// An array in the IDX format of the MNIST files: integers or floats, plain or gzip.
///
/// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section "The IDX file format".
package struct IDXFile: Sendable, Equatable {
  /// The elements of an array, outermost extent first.
  package enum Values: Sendable, Equatable {
    /// Type 0x08, as in the file.
    case bytes([UInt8])
    /// Types 0x09, 0x0B and 0x0C: signed, of 8, 16 and 32 bits.
    case integers([Int64])
    /// Type 0x0D, all finite.
    case floats([Float])
    /// Type 0x0E, all finite.
    case doubles([Double])
  }

  /// The extents, outermost first; at least one.
  package let dimensions: [Int]
  /// The elements; as many as the product of the dimensions.
  package let values: Values
  private let type: IDXHeader.ElementType

  /// The largest file, plain or gzip, and the largest content of a gzip file: 4 GiB.
  package static let limit = 1 << 32

  /// The largest content of a gzip file that may be any number of times as large as the file: 64 MiB.
  private static let freeCount = 1 << 26

  /// How many times as large as its gzip file a larger content may be. Digits shrink to a fifth, line drawings to a
  /// fiftieth, zeros to a thousandth.
  private static let usualRatio = 200

  /// Reads the file at `path`; gzip is known by its first bytes, not by its name.
  ///
  /// - Throws: `DataFileError`, `.malformed` when the format has no such type, when the content is shorter or longer than
  ///   the header says or above 4 GiB, or when a float is not finite.
  package static func read(path: String) throws(DataFileError) -> IDXFile {
    try IDXFile(bytes: fileBytes(path, limit: limit), path: path)
  }

  /// Reads the labels at `path`: a list of unsigned bytes or of integers ≥ 0; it may be empty.
  ///
  /// - Throws: `DataFileError` as `read(path:)` does, and `.malformed` for an array of another shape or type.
  package static func readLabels(path: String) throws(DataFileError) -> [Int] {
    try read(path: path).labels(path: path)
  }

  /// Parses a file that is in memory.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed`, as `read(path:)` does.
  package init(bytes: consuming [UInt8], path: String) throws(DataFileError) {
    // Taken over, so that cutting the header off copies nothing.
    var content = bytes
    let header: IDXHeader
    if content.starts(with: [0x1F, 0x8B]) {
      (header, content) = try Self.expanded(content, path: path)
    } else {
      header = try IDXHeader(content, path: path)
    }
    guard content.count >= header.fileCount else {
      throw .malformed(path: path, reason: "is truncated: \(header.described), has \(content.count)")
    }
    guard content.count == header.fileCount else {
      throw .malformed(path: path, reason: "is too long: \(header.described), has \(content.count)")
    }
    dimensions = header.dimensions
    content.removeFirst(header.count)
    switch header.type {
    case .uint8: values = .bytes(content)
    case .int8: values = .integers(bigEndian(content, UInt8.self) { Int64(Int8(bitPattern: $0)) })
    case .int16: values = .integers(bigEndian(content, UInt16.self) { Int64(Int16(bitPattern: $0)) })
    case .int32: values = .integers(bigEndian(content, UInt32.self) { Int64(Int32(bitPattern: $0)) })
    case .float32:
      let floats = bigEndian(content, UInt32.self) { Float(bitPattern: $0) }
      let wrong = floats.withUnsafeBufferPointer { buffer in
        buffer.baseAddress.flatMap { Kernels.firstNonFinite($0, count: buffer.count) }
      }
      if let wrong { throw Self.nonFinite(floats[wrong], wrong, in: dimensions, path: path) }
      values = .floats(floats)
    case .float64:
      let doubles = bigEndian(content, UInt64.self) { Double(bitPattern: $0) }
      if let wrong = doubles.firstIndex(where: { !$0.isFinite }) {
        throw Self.nonFinite(doubles[wrong], wrong, in: dimensions, path: path)
      }
      values = .doubles(doubles)
    }
    type = header.type
  }

  private static func nonFinite(
    _ value: some BinaryFloatingPoint, _ place: Int, in dimensions: [Int], path: String
  ) -> DataFileError {
    .malformed(
      path: path, reason: "the value at \(placeText(place, in: dimensions)) is \(value) (allowed: finite numbers)")
  }

  /// The labels that the array holds.
  ///
  /// - Throws: `DataFileError.malformed` when it is not a list of unsigned bytes or of integers ≥ 0.
  package func labels(path: String) throws(DataFileError) -> [Int] {
    guard dimensions.count == 1 else { throw noLabels(path) }
    switch values {
    case .bytes(let bytes): return bytes.map { Int($0) }
    case .integers(let integers):
      if let wrong = integers.firstIndex(where: { $0 < 0 }) {
        throw .malformed(
          path: path, reason: "the label at [\(wrong)] is \(integers[wrong]) (allowed: whole numbers ≥ 0)")
      }
      return integers.map { Int($0) }
    case .floats, .doubles: throw noLabels(path)
    }
  }

  private func noLabels(_ path: String) -> DataFileError {
    .malformed(path: path, reason: "holds no labels: it has \(shapeText), expected a list of uint8 or of integers")
  }

  /// The array as other readers give theirs; `name` is what messages call it.
  package func array(name: String) -> StoredArray {
    let stored: StoredArray.Values =
      switch values {
      case .bytes(let values): .bytes(values)
      case .integers(let values): .integers(values)
      case .floats(let values): .floats(values)
      case .doubles(let values): .doubles(values)
      }
    return StoredArray(name: name, shape: dimensions, typeText: "\(type)", values: stored)
  }

  /// The shape and type in words: `2000×28×28 uint8`.
  var shapeText: String { "\(timesText(dimensions)) \(type)" }

  /// The header and the whole content of a gzip file.
  ///
  /// The header is expanded first, so that the rest may grow to the size it declares and no further. A size that the
  /// compressed bytes can't hold is refused at once, and so is one that they hold only if there is next to nothing in
  /// it: 2 MB of gzip can claim 2 GB of zeros, and images are not like that.
  private static func expanded(_ bytes: [UInt8], path: String) throws(DataFileError) -> (IDXHeader, [UInt8]) {
    let start = try gzip(path) { () throws(GzipError) in
      try gunzippedPrefix(bytes, count: IDXHeader.largestCount)
    }
    let header = try IDXHeader(start, path: path)
    guard header.fileCount <= bytes.count * greatestDeflateRatio else {
      throw .malformed(
        path: path, reason: "is truncated: \(header.described), which \(bytes.count) compressed bytes can't hold")
    }
    guard header.fileCount <= max(freeCount, bytes.count * usualRatio) else {
      throw .malformed(
        path: path,
        reason:
          "\(header.described), in \(bytes.count) bytes of gzip (allowed: \(usualRatio) times as many, or \(freeCount) bytes; unpack the file if it is meant so)"
      )
    }
    return (
      header,
      try gzip(path) { () throws(GzipError) in
        try gunzipped(bytes, limit: header.fileCount, expecting: header.fileCount)
      }
    )
  }
}

/// Names the file that a gzip error is about.
private func gzip<Value>(_ path: String, _ expand: () throws(GzipError) -> Value) throws(DataFileError) -> Value {
  do { return try expand() } catch { throw .malformed(path: path, reason: "\(error)") }
}

/// The first bytes of an IDX file: `00 00 type rank` and the dimensions as 32-bit big-endian numbers.
private struct IDXHeader {
  /// The element types that are read.
  enum ElementType: UInt8 {
    case uint8 = 0x08
    case int8 = 0x09
    case int16 = 0x0B
    case int32 = 0x0C
    case float32 = 0x0D
    case float64 = 0x0E

    /// Bytes of an element.
    var byteCount: Int {
      switch self {
      case .uint8, .int8: 1
      case .int16: 2
      case .int32, .float32: 4
      case .float64: 8
      }
    }
  }

  let type: ElementType
  let dimensions: [Int]
  /// The size of a file with this header, in bytes.
  let fileCount: Int

  /// The size of a header with the most dimensions, in bytes.
  static let largestCount = 4 + 4 * 255

  /// The size of this header in bytes.
  var count: Int { 4 + 4 * dimensions.count }

  /// What the file should be, in words.
  var described: String { "its header describes \(timesText(dimensions)) \(type), \(fileCount) bytes" }

  init(_ bytes: [UInt8], path: String) throws(DataFileError) {
    func problem(_ reason: String) -> DataFileError { .malformed(path: path, reason: reason) }
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, bytes.prefix(16).contains(where: { $0 != 0 }) else {
      if let foreign = DataFileError.foreign(
        path: path, start: bytes, wanted: "an IDX file",
        allowed: "an IDX file, plain or gzip; with 'source: safetensors' a safetensors file")
      {
        throw foreign
      }
      let start = hexadecimal(bytes.prefix(4))
      throw problem("is not an IDX file: it begins with \(start), expected 00 00, a type and a rank")
    }
    guard let type = ElementType(rawValue: bytes[2]) else {
      throw problem(
        "has IDX type 0x\(hexadecimal([bytes[2]])) (allowed: 0x08 uint8, 0x09 int8, 0x0B int16, 0x0C int32, 0x0D float32, 0x0E float64)"
      )
    }
    let rank = Int(bytes[3])
    guard rank > 0 else { throw problem("has an IDX rank of 0, expected at least one dimension") }
    guard bytes.count >= 4 + 4 * rank else {
      throw problem("is truncated: a header of \(rank) dimensions has \(4 + 4 * rank) bytes, the file \(bytes.count)")
    }
    var dimensions: [Int] = []
    for start in stride(from: 4, to: 4 + 4 * rank, by: 4) {
      dimensions.append(bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) })
    }
    var size = type.byteCount
    // An extent of 0 makes the product 0 whatever the others are.
    for extent in dimensions.contains(0) ? [0] : dimensions {
      let (product, overflows) = size.multipliedReportingOverflow(by: extent)
      guard !overflows, product <= IDXFile.limit else {
        throw problem(
          "its header describes \(timesText(dimensions)) \(type), more than the \(IDXFile.limit) bytes allowed")
      }
      size = product
    }
    self.type = type
    self.dimensions = dimensions
    fileCount = 4 + 4 * rank + size
  }
}

/// The big-endian words of `bytes`, each converted.
private func bigEndian<Word: FixedWidthInteger, Value>(
  _ bytes: [UInt8], _: Word.Type, _ value: (Word) -> Value
) -> [Value] {
  let size = MemoryLayout<Word>.size
  return bytes.withUnsafeBytes { raw in
    [Value](unsafeUninitializedCapacity: raw.count / size) { buffer, count in
      while count < raw.count / size {
        let word = Word(bigEndian: raw.loadUnaligned(fromByteOffset: count * size, as: Word.self))
        buffer.initializeElement(at: count, to: value(word))
        count += 1
      }
    }
  }
}

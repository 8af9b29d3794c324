internal import Foundation

/// What the header of a NumPy array says.
package struct NPYHeader: Sendable, Equatable {
  /// The extents, outermost first; empty for a single value.
  package let shape: [Int]
  /// The type as in the file: `<f4`.
  package var typeText: String { type.text }
  /// Whether the first extent varies fastest in the file.
  package let isFortranOrder: Bool

  let type: NPYType
  /// The number of elements.
  let count: Int
  /// The bytes of the header and those of the elements.
  let (headerCount, dataCount): (Int, Int)

  /// The longest header that is read.
  static let limit = 1 << 16

  /// The most extents that NumPy makes.
  private static let greatestRank = 64

  /// Reads and checks a header.
  ///
  /// - Parameters:
  ///   - byteCount: The bytes of the whole array, header and elements.
  ///   - what: What messages call the array: "array 'x'".
  /// - Throws: `DataFileError.malformed` when any part of it is wrong, the type is not read or the elements are not as
  ///   many as `byteCount` leaves room for.
  init(_ stream: any ByteStream, byteCount: Int, what: String, path: String) throws(DataFileError) {
    func problem(_ reason: String) -> DataFileError { .malformed(path: path, reason: "\(what) \(reason)") }
    guard byteCount >= 10 else { throw problem("is no NumPy array: it has \(byteCount) bytes, expected at least 10") }
    let start = try stream.bytes(8)
    guard start.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw problem("is no NumPy array: it begins with \(hexadecimal(start.prefix(6))), expected 93 'NUMPY'")
    }
    let version = (start[6], start[7])
    guard (1...3).contains(version.0), version.1 == 0 else {
      throw problem("is a NumPy array of version \(version.0).\(version.1) (allowed: 1.0, 2.0, 3.0)")
    }
    let lengthCount = version.0 == 1 ? 2 : 4
    guard byteCount >= 8 + lengthCount else { throw problem("is truncated: it has \(byteCount) bytes") }
    let length = try stream.bytes(lengthCount).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= Self.limit else { throw problem("has a header of \(length) bytes (allowed: \(Self.limit))") }
    headerCount = 8 + lengthCount + length
    guard headerCount <= byteCount else {
      throw problem("is truncated: its header has \(headerCount) bytes, all of it \(byteCount)")
    }
    let bytes = try stream.bytes(length)
    // Latin-1 before version 3.0.
    let text = version.0 < 3 ? Array(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })).utf8) : bytes
    guard case .dictionary(let members)? = PythonLiteralReader.value(of: text),
      members.map(\.key).sorted() == ["descr", "fortran_order", "shape"]
    else {
      throw problem(
        "has a damaged header: expected {'descr': …, 'fortran_order': …, 'shape': …}, found \(printable(String(decoding: text, as: UTF8.self)))"
      )
    }
    let values = Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) })
    guard case .bool(let isFortranOrder)? = values["fortran_order"], case .sequence(let extents)? = values["shape"]
    else {
      throw problem("has a damaged header: its order or its shape is no such thing")
    }
    type = try Self.type(values["descr"] ?? .none, what: what, path: path)
    guard extents.count <= Self.greatestRank else {
      throw problem("has \(extents.count) extents (allowed: \(Self.greatestRank))")
    }
    var shape: [Int] = []
    for extent in extents {
      guard case .number(let extent) = extent else {
        throw problem("has a damaged header: an extent of its shape is no whole number ≥ 0")
      }
      shape.append(extent)
    }
    (self.shape, self.isFortranOrder) = (shape, isFortranOrder)
    let there = byteCount - headerCount
    guard let count = checkedProduct(shape), let expected = checkedProduct([count, type.size]) else {
      throw problem("has a shape of more bytes than can be counted: \(timesText(shape)) \(type.text)")
    }
    guard expected == there else {
      throw problem(
        "is \(expected > there ? "truncated" : "too long"): its header says \(Self.text(shape, type)), \(expected) bytes, and \(there) follow"
      )
    }
    (self.count, dataCount) = (count, expected)
  }

  /// `2000×28×28 |u1`.
  private static func text(_ shape: [Int], _ type: NPYType) -> String {
    "\(shape.isEmpty ? "a single value of" : timesText(shape)) \(type.text)"
  }

  /// The type that `descr` says.
  private static func type(_ descr: PythonLiteral, what: String, path: String) throws(DataFileError) -> NPYType {
    func problem(_ reason: String) -> DataFileError { .malformed(path: path, reason: "\(what) \(reason)") }
    guard case .text(let text) = descr else {
      throw problem("has a structured type (allowed: \(NPYType.allowed); save its fields as arrays of their own)")
    }
    if text.dropFirst().hasPrefix("O") {
      throw problem(
        "holds Python objects, a pickle, which is never opened (allowed: numbers and texts; the converter covey-data pickle turns it into arrays)"
      )
    }
    guard let type = NPYType(text) else {
      throw problem("has the type '\(printable(text))' (allowed: \(NPYType.allowed))")
    }
    return type
  }
}

/// Reads arrays that NumPy's `save` wrote.
///
/// Source: NumPy, "numpy.lib.format", versions 1.0 to 3.0.
/// Differs: the header is parsed and never evaluated; objects, structures, dates and complex numbers are refused, and so
/// are bytes after the array.
package enum NPYFile {
  /// The array at `path`, in C order; its name is the file's without the extension.
  ///
  /// - Parameter limit: The most bytes of memory that the elements may take.
  /// - Throws: `DataFileError`, `.malformed` when the file is something else, any part of it is wrong or its type is not
  ///   read.
  package static func read(
    path: String, limit: Int = MemoryLimit.standard
  ) throws(DataFileError) -> StoredArray {
    try read(.file(OpenedFile(path: path)), limit: limit)
  }

  /// The array of a file that is in memory.
  ///
  /// - Parameters:
  ///   - path: What messages call the file.
  ///   - limit: The most bytes of memory that the elements may take.
  /// - Throws: `DataFileError.malformed` as `read(path:)` does.
  package static func read(
    bytes: [UInt8], path: String, limit: Int = MemoryLimit.standard
  ) throws(DataFileError) -> StoredArray {
    try read(.memory(bytes, path: path), limit: limit)
  }

  private static func read(_ source: ByteSource, limit: Int) throws(DataFileError) -> StoredArray {
    let stem = URL(fileURLWithPath: source.path).deletingPathExtension().lastPathComponent
    let start = try source.bytes(0..<min(source.count, 1024))
    let allowed = "an array as numpy.save writes it"
    let own = "a NumPy array (.npy)"
    if let error = DataFileError.foreign(
      path: source.path, start: start, wanted: "a NumPy array", allowed: allowed, except: [own])
    {
      throw error
    }
    return try array(
      RangeStream(source, 0..<source.count), byteCount: source.count, name: stem, what: "the array", path: source.path,
      limit: limit)
  }

  /// Reads an array whose header comes next.
  static func array(
    _ stream: any ByteStream, byteCount: Int, name: String, what: String, path: String, limit: Int
  ) throws(DataFileError) -> StoredArray {
    let header = try NPYHeader(stream, byteCount: byteCount, what: what, path: path)
    // Another order needs the elements a second time.
    let copies = header.isFortranOrder && header.shape.count > 1 ? 2 : 1
    try MemoryLimit.ask(
      checkedProduct([header.count, header.type.memoryCount, copies]), limit: limit, for: what, path: path)
    let values = try NPYValues(stream, header, what: what, path: path).values()
    try stream.finish()
    return StoredArray(name: name, shape: header.shape, typeText: header.type.text, values: values)
  }
}

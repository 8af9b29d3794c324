/// The type of a tensor's elements in a safetensors file; the raw value is what the header writes.
///
/// Differs: the 8-bit and smaller floating-point types and the complex one are not read.
public enum SafetensorsType: String, Sendable, CaseIterable {
  /// IEEE 754 binary64.
  case float64 = "F64"
  /// IEEE 754 binary32.
  case float32 = "F32"
  /// IEEE 754 binary16.
  case float16 = "F16"
  /// The upper half of a binary32.
  case bfloat16 = "BF16"
  /// Signed, 64 bits.
  case int64 = "I64"
  /// Signed, 32 bits.
  case int32 = "I32"
  /// Signed, 16 bits.
  case int16 = "I16"
  /// Signed, 8 bits.
  case int8 = "I8"
  /// Unsigned, 64 bits.
  case uint64 = "U64"
  /// Unsigned, 32 bits.
  case uint32 = "U32"
  /// Unsigned, 16 bits.
  case uint16 = "U16"
  /// Unsigned, 8 bits.
  case uint8 = "U8"
  /// A byte of 0 or 1.
  case bool = "BOOL"

  /// Bytes per element.
  var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether elements may have fractions.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool: false
    }
  }
}

/// What the header says of one tensor.
public struct SafetensorsEntry: Sendable, Equatable {
  /// The tensor's name.
  public let name: String
  /// The type of its elements.
  public let type: SafetensorsType
  /// Its extents, outermost first; empty for a scalar.
  public let shape: [Int]
  /// Its bytes, counted from the end of the header.
  public let byteRange: Range<Int>
}

/// A safetensors file whose header was read and checked; a tensor is read when it is asked for.
///
/// A file given by its path stays open as long as the value lives, and memory holds one tensor at a time.
///
/// Source: the format as safetensors' README and its reference implementation in Rust define it.
public struct SafetensorsFile: Sendable {
  /// Where the file is, or what messages call it.
  public let path: String
  /// The tensors by name.
  public let entries: [String: SafetensorsEntry]
  /// The header's free texts (`__metadata__`).
  public let metadata: [String: String]

  private let storage: SafetensorsStorage
  private let dataStart: Int

  /// The longest header that is read: 100 MB, as in the reference implementation.
  static let headerLimit = 100_000_000

  /// Opens the file at `path` and reads its header.
  ///
  /// - Throws: `SafetensorsError.missing` when there is no such file; other cases when it can't be read or any part of
  ///   it is wrong.
  public init(path: String) throws(SafetensorsError) {
    try self.init(.file(OpenFile(path: path)), path: path)
  }

  /// Reads the header of a file that is in memory.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `SafetensorsError` when any part of it is wrong.
  public init(bytes: [UInt8], path: String) throws(SafetensorsError) {
    try self.init(.memory(bytes), path: path)
  }

  private init(_ storage: SafetensorsStorage, path: String) throws(SafetensorsError) {
    do throws(SafetensorsError) {
      try self.init(reading: storage, path: path)
    } catch {
      // What is no safetensors file at all is better called by its name than by its first fault.
      guard error.isAboutFormat,
        let start = try? storage.read(0..<min(storage.count, ForeignFormat.byteCount), path: path),
        let kind = ForeignFormat.name(of: start), kind != ForeignFormat.safetensors
      else { throw error }
      throw .foreign(path: path, kind: kind)
    }
  }

  private init(reading storage: SafetensorsStorage, path: String) throws(SafetensorsError) {
    guard storage.count >= 8 else {
      throw .notSafetensors(path: path, reason: "it has \(storage.count) bytes, expected at least 8")
    }
    let declared = try storage.read(0..<8, path: path).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard declared <= UInt64(Self.headerLimit) else {
      throw .notSafetensors(
        path: path, reason: "its header would have \(declared) bytes (allowed: \(Self.headerLimit))")
    }
    dataStart = 8 + Int(declared)
    guard dataStart <= storage.count else {
      throw .truncated(path: path, expected: dataStart, actual: storage.count)
    }
    let header = try SafetensorsHeader(
      json: storage.read(8..<dataStart, path: path), dataCount: storage.count - dataStart, path: path)
    self.storage = storage
    self.path = path
    entries = header.entries
    metadata = header.metadata
  }

  /// The elements of a floating-point tensor, outermost extent first; F64 is rounded to the nearest Float, F16 and BF16
  /// are exact.
  ///
  /// - Throws: `SafetensorsError.noSuchTensor`; `.badTensor` when its type is not a floating-point one; `.truncated` or
  ///   `.unreadable` when the file changed since it was opened.
  public func floats(_ name: String) throws(SafetensorsError) -> [Float] {
    let (type, bytes) = try contents(name)
    switch type {
    case .float32: return decoded(bytes, UInt32.self) { Float(bitPattern: $0) }
    case .float64: return decoded(bytes, UInt64.self) { Float(Double(bitPattern: $0)) }
    case .bfloat16: return decoded(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .float16: return decoded(bytes, UInt16.self, floatOfHalf)
    default:
      throw .badTensor(path: path, name: name, reason: "has type \(type.rawValue), expected a floating-point type")
    }
  }

  /// The elements of an integer or boolean tensor, outermost extent first; false is 0 and true is 1.
  ///
  /// - Throws: `SafetensorsError.noSuchTensor`; `.badTensor` when its type is a floating-point one, a U64 is above
  ///   `Int64.max` or a BOOL is neither 0 nor 1; `.truncated` or `.unreadable` when the file changed since it was
  ///   opened.
  public func integers(_ name: String) throws(SafetensorsError) -> [Int64] {
    let (type, bytes) = try contents(name)
    switch type {
    case .int64: return decoded(bytes, Int64.self) { $0 }
    case .int32: return decoded(bytes, Int32.self) { Int64($0) }
    case .int16: return decoded(bytes, Int16.self) { Int64($0) }
    case .int8: return decoded(bytes, Int8.self) { Int64($0) }
    case .uint32: return decoded(bytes, UInt32.self) { Int64($0) }
    case .uint16: return decoded(bytes, UInt16.self) { Int64($0) }
    case .uint8: return bytes.map { Int64($0) }
    case .uint64:
      let values = decoded(bytes, Int64.self) { $0 }
      guard values.allSatisfy({ $0 >= 0 }) else {
        throw .badTensor(path: path, name: name, reason: "has a value above \(Int64.max)")
      }
      return values
    case .bool:
      guard let wrong = bytes.first(where: { $0 > 1 }) else { return bytes.map { Int64($0) } }
      throw .badTensor(path: path, name: name, reason: "has a BOOL of \(wrong), expected 0 or 1")
    case .float64, .float32, .float16, .bfloat16:
      throw .badTensor(path: path, name: name, reason: "has type \(type.rawValue), expected an integer type")
    }
  }

  /// The elements of a tensor of unsigned bytes.
  ///
  /// - Throws: `SafetensorsError.noSuchTensor`; `.badTensor` for another type; `.truncated` or `.unreadable` when the file
  ///   changed since it was opened.
  package func bytes(_ name: String) throws(SafetensorsError) -> [UInt8] {
    let (type, bytes) = try contents(name)
    guard type == .uint8 else {
      throw .badTensor(path: path, name: name, reason: "has type \(type.rawValue), expected U8")
    }
    return bytes
  }

  /// The type of a tensor's elements and their bytes, as in the file.
  ///
  /// - Throws: `SafetensorsError.noSuchTensor`; `.truncated` or `.unreadable` when the file changed since it was opened.
  package func contents(_ name: String) throws(SafetensorsError) -> (SafetensorsType, [UInt8]) {
    guard let entry = entries[name] else { throw .noSuchTensor(path: path, name: name) }
    // The header was checked against the file's size, so the sum is within it.
    let range = dataStart + entry.byteRange.lowerBound..<dataStart + entry.byteRange.upperBound
    return (entry.type, try storage.read(range, path: path))
  }
}

/// The little-endian words of `bytes`, each converted.
private func decoded<Word: FixedWidthInteger, Value>(
  _ bytes: [UInt8], _: Word.Type, _ value: (Word) -> Value
) -> [Value] {
  let size = MemoryLayout<Word>.size
  return bytes.withUnsafeBytes { raw in
    [Value](unsafeUninitializedCapacity: raw.count / size) { buffer, count in
      while count < raw.count / size {
        let word = raw.loadUnaligned(fromByteOffset: count * size, as: Word.self)
        buffer.initializeElement(at: count, to: value(Word(littleEndian: word)))
        count += 1
      }
    }
  }
}

/// The value of an IEEE 754 binary16; by hand, since Swift has no Float16 on Intel Macs.
package func floatOfHalf(_ bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 31
  let fraction = UInt32(bits & 0x3FF)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}

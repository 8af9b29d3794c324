/// The type of a NumPy array's elements, as `descr` writes it: `<f4`.
struct NPYType: Sendable, Equatable {
  /// What elements are.
  enum Kind: Sendable, Equatable {
    case unsigned, signed, float, bool
    /// UTF-32, filled with zeros.
    case unicode
    /// Bytes of UTF-8, filled with zeros.
    case bytes
  }

  /// As in the file.
  let text: String
  let kind: Kind
  /// Bytes of an element.
  let size: Int
  /// Whether the order of the bytes is not that of the machine.
  let isSwapped: Bool

  /// What is read, in words.
  static let allowed = "u1 to u8, i1 to i8, f2 to f8, b1, U and S"

  /// Understands a `descr`; nil for types that are not read.
  init?(_ text: String) {
    let parts = Array(text.utf8)
    guard parts.count >= 3, parts.count <= 12 else { return nil }
    guard let size = Int(String(decoding: parts[2...], as: UTF8.self)), parts[2...].allSatisfy({ $0 != 0x2B }) else {
      return nil
    }
    let sizes: [Int]
    switch parts[1] {
    case UInt8(ascii: "u"): (kind, sizes) = (.unsigned, [1, 2, 4, 8])
    case UInt8(ascii: "i"): (kind, sizes) = (.signed, [1, 2, 4, 8])
    case UInt8(ascii: "f"): (kind, sizes) = (.float, [2, 4, 8])
    case UInt8(ascii: "b"): (kind, sizes) = (.bool, [1])
    case UInt8(ascii: "U"): (kind, sizes) = (.unicode, [])
    case UInt8(ascii: "S"): (kind, sizes) = (.bytes, [])
    default: return nil
    }
    // Longer texts would only hide what fills the memory.
    guard sizes.isEmpty ? (1...1_000_000).contains(size) : sizes.contains(size) else { return nil }
    self.text = text
    self.size = kind == .unicode ? 4 * size : size
    let isWide = kind == .unicode || (sizes.isEmpty ? false : size > 1)
    switch parts[0] {
    case UInt8(ascii: "<"): isSwapped = false
    case UInt8(ascii: ">"): isSwapped = isWide
    case UInt8(ascii: "="): isSwapped = false
    case UInt8(ascii: "|"):
      if isWide { return nil }
      isSwapped = false
    default: return nil
    }
  }

  /// Bytes that an element takes in memory, as `StoredArray` has it.
  var memoryCount: Int {
    switch kind {
    case .unsigned: size <= 2 ? size : 8
    case .signed: 8
    case .float: max(4, size)
    case .bool: 1
    case .unicode, .bytes: MemoryLayout<String>.size + 32 + size
    }
  }
}

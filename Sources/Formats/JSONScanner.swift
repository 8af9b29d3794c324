internal import Tensors

/// Goes once through JSON, value by value; nothing is built but what is asked for.
///
/// Numbers are decimal and finite, keys stand once in an object, and nesting is limited, so that no text exhausts the
/// stack.
///
/// Source: RFC 8259.
/// Differs: Python's `NaN` and `Infinity` are no numbers, as in the standard, and keys that are doubled are errors.
struct JSONScanner: ~Copyable {
  /// What is wrong and where.
  struct Problem: Error {
    let reason: String
    /// The byte, counted from 0.
    let position: Int
  }

  /// What the next value is, by its first byte.
  enum Kind {
    case object, array, text, number, word
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var position = 0
  static let depthLimit = 64

  /// - Parameter bytes: UTF-8 that is there as long as the scanner is used.
  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// What comes next.
  mutating func kind() throws(Problem) -> Kind {
    skipSpace()
    guard position < bytes.count else {
      throw Problem(reason: "the text ends where a value is expected", position: position)
    }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .text
    case UInt8(ascii: "-"), 0x30...0x39: return .number
    default: return .word
    }
  }

  /// The place of the next value.
  mutating func start() -> Int {
    skipSpace()
    return position
  }

  /// Goes back to a place where a value began.
  mutating func rewind(to start: Int) { position = start }

  /// What was read since a place where a value began, cut after 1,000 bytes.
  func text(from start: Int) -> String {
    String(decoding: bytes[start..<max(start, position)].prefix(1000), as: UTF8.self)
  }

  /// Reads an object; `member` reads the value of each key.
  mutating func object(_ member: (inout JSONScanner, String) throws(Problem) -> Void) throws(Problem) {
    var keys: Set<String> = []
    try expect("{")
    if accept("}") { return }
    repeat {
      skipSpace()
      let start = position
      let key = try string()
      guard key.utf8.count <= 10_000, hasShortMarkRuns(key) else {
        throw Problem(reason: "a key is longer than 10000 bytes, or no text that can be compared", position: start)
      }
      guard keys.insert(key).inserted else {
        throw Problem(reason: "the key '\(printable(key))' stands there twice", position: start)
      }
      try expect(":")
      try member(&self, key)
    } while accept(",")
    try expect("}")
  }

  /// Reads an array; `element` reads each value.
  mutating func array(_ element: (inout JSONScanner) throws(Problem) -> Void) throws(Problem) {
    try expect("[")
    if accept("]") { return }
    repeat { try element(&self) } while accept(",")
    try expect("]")
  }

  /// Reads a text.
  mutating func string() throws(Problem) -> String {
    try expect("\"")
    let start = position
    // Most texts have no escapes.
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"),
      bytes[position] >= 0x20
    {
      position += 1
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
      position += 1
      return String(decoding: bytes[start..<position - 1], as: UTF8.self)
    }
    var content = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(&content)
      case 0..<0x20: throw Problem(reason: "a control character in a text", position: position - 1)
      default: content.append(byte)
      }
    }
    throw Problem(reason: "a text does not end", position: start - 1)
  }

  /// Reads a number; `isForFloat` as for `decimalNumber`.
  mutating func number(isForFloat: Bool = false) throws(Problem) -> Double {
    skipSpace()
    let start = position
    let word = takeWord()
    let digits = word.first == UInt8(ascii: "-") ? UnsafeBufferPointer(rebasing: word.dropFirst()) : word
    // What decimalNumber takes beyond JSON: a sign of plus, zeros in front, a point without digits on both sides.
    var isPlain = digits.first.map { $0 &- 0x30 < 10 } ?? false
    if digits.count > 1, digits[0] == 0x30, digits[1] &- 0x30 < 10 { isPlain = false }
    if let point = digits.firstIndex(of: UInt8(ascii: ".")) {
      isPlain = isPlain && point + 1 < digits.count && digits[point + 1] &- 0x30 < 10
    }
    guard isPlain, let value = decimalNumber(word, isForFloat: isForFloat) else {
      throw Problem(
        reason: "'\(printable(String(decoding: word.prefix(100), as: UTF8.self)))' is no number", position: start)
    }
    guard value.isFinite else { throw Problem(reason: "a number is beyond 64 bits", position: start) }
    return value
  }

  /// Reads `true`, `false` or `null`, which is nil.
  mutating func word() throws(Problem) -> Bool? {
    skipSpace()
    let start = position
    let word = takeWord()
    if word.elementsEqual("true".utf8) { return true }
    if word.elementsEqual("false".utf8) { return false }
    if word.elementsEqual("null".utf8) { return nil }
    let shown = printable(String(decoding: word.prefix(100), as: UTF8.self))
    throw Problem(reason: word.isEmpty ? "expected a value" : "'\(shown)' is no value", position: start)
  }

  /// Passes over a value of any kind.
  mutating func skipValue(depth: Int = 0) throws(Problem) {
    try requireDepth(depth)
    switch try kind() {
    case .object: try object { (scanner, _) throws(Problem) in try scanner.skipValue(depth: depth + 1) }
    case .array: try array { (scanner) throws(Problem) in try scanner.skipValue(depth: depth + 1) }
    case .text: _ = try string()
    case .number: _ = try number()
    case .word: _ = try word()
    }
  }

  /// Checks that a value is not nested too deep.
  func requireDepth(_ depth: Int) throws(Problem) {
    guard depth < Self.depthLimit else {
      throw Problem(reason: "nested deeper than \(Self.depthLimit) levels", position: position)
    }
  }

  /// Checks that only blanks and line ends are left.
  mutating func end() throws(Problem) {
    skipSpace()
    guard position == bytes.count else { throw Problem(reason: "text after the end of the JSON", position: position) }
  }

  /// Takes letters, digits, signs and points, as many as there are.
  mutating func takeWord() -> UnsafeBufferPointer<UInt8> {
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."): position += 1
      default: return UnsafeBufferPointer(rebasing: bytes[start..<position])
      }
    }
    return UnsafeBufferPointer(rebasing: bytes[start..<position])
  }

  /// Reads an escape whose backslash was read.
  private mutating func escape(_ content: inout [UInt8]) throws(Problem) {
    let start = position - 1
    guard position < bytes.count else { throw Problem(reason: "a text does not end", position: start) }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(8)
    case UInt8(ascii: "f"): content.append(12)
    case UInt8(ascii: "n"): content.append(10)
    case UInt8(ascii: "r"): content.append(13)
    case UInt8(ascii: "t"): content.append(9)
    case UInt8(ascii: "u"):
      var value = try hexadecimalDigits()
      if (0xD800..<0xDC00).contains(value) {
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
          bytes[position + 1] == UInt8(ascii: "u")
        else { throw Problem(reason: "half a surrogate pair in a text", position: start) }
        position += 2
        let low = try hexadecimalDigits()
        guard (0xDC00..<0xE000).contains(low) else {
          throw Problem(reason: "half a surrogate pair in a text", position: start)
        }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else {
        throw Problem(reason: "half a surrogate pair in a text", position: start)
      }
      content.append(contentsOf: UTF8.encode(scalar) ?? .init())
    default: throw Problem(reason: "an unknown escape in a text", position: start)
    }
  }

  private mutating func hexadecimalDigits() throws(Problem) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count, bytes[position] < 0x80,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw Problem(reason: "expected four hexadecimal digits", position: position) }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Problem) {
    guard accept(character) else {
      throw Problem(
        reason: position == bytes.count ? "the text ends where '\(character)' is expected" : "expected '\(character)'",
        position: position)
    }
  }
}

extension JSONScanner.Problem {
  /// The error of a file; the line and the byte in it count from 1.
  ///
  /// - Parameter text: What was scanned, or the part of it from the first line on that `line` counts.
  func error(path: String, in text: UnsafeBufferPointer<UInt8>, line: Int = 1) -> DataFileError {
    let before = text[..<min(position, text.count)]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let number = line + before.count { $0 == 0x0A }
    return .malformed(
      path: path, reason: "line \(number), byte \(before.count - lineStart + 1): \(reason)")
  }
}

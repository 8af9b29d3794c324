/// What is wrong with a header's JSON and where.
struct JSONProblem: Error {
  let message: String
  /// The byte of the header.
  let position: Int
  /// The tensor that it concerns, where the JSON itself is right.
  let tensor: String?

  init(_ message: String, at position: Int, tensor: String? = nil) {
    self.message = message
    self.position = position
    self.tensor = tensor
  }
}

/// Reads JSON of the few shapes that a safetensors header has, and nothing twice: a key that occurs again is an error,
/// which Foundation's parser does not report. Nesting is limited, so that no header exhausts the stack.
struct JSONReader {
  private let bytes: [UInt8]
  private(set) var position = 0
  private static let depthLimit = 64

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads an object; `member` reads the value of each key.
  mutating func object(_ member: (inout JSONReader, String) throws(JSONProblem) -> Void) throws(JSONProblem) {
    var keys = Set<String>()
    try expect("{")
    if accept("}") { return }
    repeat {
      skipSpace()
      let start = position
      let key = try string()
      guard keys.insert(key).inserted else { throw JSONProblem("key \(quoted(key)) occurs twice", at: start) }
      try expect(":")
      try member(&self, key)
    } while accept(",")
    try expect("}")
  }

  /// Reads a list of whole numbers ≥ 0.
  mutating func wholeNumbers() throws(JSONProblem) -> [Int] {
    var values: [Int] = []
    try expect("[")
    if accept("]") { return values }
    repeat { values.append(try wholeNumber()) } while accept(",")
    try expect("]")
    return values
  }

  /// Reads a text.
  mutating func string() throws(JSONProblem) -> String {
    try expect("\"")
    let start = position
    var content: [UInt8] = []
    while let byte = next() {
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw JSONProblem("a text is not UTF-8", at: start)
        }
        guard hasShortMarkRuns(text) else {
          throw JSONProblem("a text has more than 30 combining marks in a row", at: start)
        }
        return text
      case UInt8(ascii: "\\"): content.append(contentsOf: try escape())
      case 0..<0x20: throw JSONProblem("a control character in a text", at: position - 1)
      default: content.append(byte)
      }
    }
    throw JSONProblem("a text does not end", at: start)
  }

  /// Passes over a value of any kind.
  mutating func skipValue() throws(JSONProblem) { try skipValue(depth: 0) }

  /// Checks that only white space is left.
  mutating func end() throws(JSONProblem) {
    skipSpace()
    guard position == bytes.count else { throw JSONProblem("expected nothing but spaces after the '}'", at: position) }
  }

  private mutating func skipValue(depth: Int) throws(JSONProblem) {
    guard depth < Self.depthLimit else {
      throw JSONProblem("nested deeper than \(Self.depthLimit) levels", at: position)
    }
    skipSpace()
    switch peek() {
    case UInt8(ascii: "{"): try object { (reader, _) throws(JSONProblem) in try reader.skipValue(depth: depth + 1) }
    case UInt8(ascii: "["):
      position += 1
      if accept("]") { return }
      repeat { try skipValue(depth: depth + 1) } while accept(",")
      try expect("]")
    case UInt8(ascii: "\""): _ = try string()
    default: try skipWord()
    }
  }

  /// Passes over a number, `true`, `false` or `null`.
  private mutating func skipWord() throws(JSONProblem) {
    let start = position
    while let byte = peek(), isWordByte(byte) { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    guard ["true", "false", "null"].contains(word) || Double(word) != nil else {
      throw JSONProblem("expected a value", at: start)
    }
  }

  private mutating func wholeNumber() throws(JSONProblem) -> Int {
    skipSpace()
    let start = position
    while let byte = peek(), isWordByte(byte) { position += 1 }
    let digits = bytes[start..<position]
    let isPlain = digits.allSatisfy { (0x30...0x39).contains($0) } && !(digits.count > 1 && digits.first == 0x30)
    guard isPlain, !digits.isEmpty else { throw JSONProblem("expected a whole number ≥ 0", at: start) }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
      throw JSONProblem("a number is above \(Int.max)", at: start)
    }
    return value
  }

  /// The UTF-8 of an escape whose backslash was read.
  private mutating func escape() throws(JSONProblem) -> [UInt8] {
    let start = position - 1
    guard let byte = next() else { throw JSONProblem("a text does not end", at: start) }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"):
      var value = try hexadecimal()
      if (0xD800..<0xDC00).contains(value) {
        guard next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u"), case let low = try hexadecimal(),
          (0xDC00..<0xE000).contains(low)
        else { throw JSONProblem("half a surrogate pair in a text", at: start) }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw JSONProblem("half a surrogate pair in a text", at: start) }
      return Array(UTF8.encode(scalar) ?? .init())
    default: throw JSONProblem("an unknown escape in a text", at: start)
    }
  }

  private mutating func hexadecimal() throws(JSONProblem) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw JSONProblem("expected four hexadecimal digits", at: position)
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."): true
    default: false
    }
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func next() -> UInt8? {
    guard position < bytes.count else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(JSONProblem) {
    guard accept(character) else { throw JSONProblem("expected '\(character)'", at: position) }
  }
}

/// Whether `text` has at most 30 combining marks in a row, as in Unicode's Stream-Safe Text Format (UAX #15): Swift's
/// hashing and comparison of texts sort each run in quadratic time.
package func hasShortMarkRuns(_ text: String) -> Bool {
  if text.utf8.allSatisfy({ $0 < 0x80 }) { return true }
  var run = 0
  for scalar in text.unicodeScalars {
    run = scalar.properties.canonicalCombiningClass == .notReordered ? 0 : run + 1
    if run > 30 { return false }
  }
  return true
}

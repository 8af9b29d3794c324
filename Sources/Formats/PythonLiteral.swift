/// A value of the few kinds that the header of a NumPy array has, written as Python writes them.
indirect enum PythonLiteral: Equatable {
  case text(String)
  case number(Int)
  case bool(Bool)
  case none
  /// A tuple or a list.
  case sequence([PythonLiteral])
  case dictionary([(key: String, value: PythonLiteral)])

  static func == (a: PythonLiteral, b: PythonLiteral) -> Bool {
    switch (a, b) {
    case (.text(let a), .text(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.bool(let a), .bool(let b)): a == b
    case (.none, .none): true
    case (.sequence(let a), .sequence(let b)): a == b
    case (.dictionary(let a), .dictionary(let b)): a.elementsEqual(b) { $0.key == $1.key && $0.value == $1.value }
    default: false
    }
  }
}

/// Parses Python literals; nothing is evaluated.
struct PythonLiteralReader {
  private let text: [UInt8]
  private var position = 0
  private static let depthLimit = 8

  /// Reads the one literal that `text` is, with blanks and line ends around it; nil for anything else.
  ///
  /// - Parameter text: UTF-8.
  static func value(of text: [UInt8]) -> PythonLiteral? {
    var reader = PythonLiteralReader(text: text)
    guard let value = reader.value(depth: 0) else { return nil }
    reader.skipSpace()
    return reader.position == text.count ? value : nil
  }

  private init(text: [UInt8]) { self.text = text }

  private mutating func value(depth: Int) -> PythonLiteral? {
    guard depth < Self.depthLimit else { return nil }
    skipSpace()
    guard let byte = peek() else { return nil }
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return string().map { .text($0) }
    case UInt8(ascii: "("), UInt8(ascii: "["): return sequence(depth: depth)
    case UInt8(ascii: "{"): return dictionary(depth: depth)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return number().map { .number($0) }
    default:
      for (word, value) in [("True", PythonLiteral.bool(true)), ("False", .bool(false)), ("None", .none)]
      where text[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return value
      }
      return nil
    }
  }

  private mutating func sequence(depth: Int) -> PythonLiteral? {
    let closing = peek() == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "]")
    position += 1
    var values: [PythonLiteral] = []
    while !accept(closing) {
      guard let next = value(depth: depth + 1) else { return nil }
      values.append(next)
      if !accept(UInt8(ascii: ",")) {
        // `(3)` is a number and no tuple.
        if closing == UInt8(ascii: ")"), values.count == 1 { return accept(closing) ? next : nil }
        return accept(closing) ? .sequence(values) : nil
      }
    }
    return .sequence(values)
  }

  private mutating func dictionary(depth: Int) -> PythonLiteral? {
    position += 1
    var members: [(key: String, value: PythonLiteral)] = []
    while !accept(UInt8(ascii: "}")) {
      skipSpace()
      guard let key = string(), !members.contains(where: { $0.key == key }), accept(UInt8(ascii: ":")),
        let next = value(depth: depth + 1)
      else { return nil }
      members.append((key, next))
      if !accept(UInt8(ascii: ",")) { return accept(UInt8(ascii: "}")) ? .dictionary(members) : nil }
    }
    return .dictionary(members)
  }

  /// A text between quotes of either kind; none of those in a header needs an escape.
  private mutating func string() -> String? {
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
    position += 1
    let start = position
    while let byte = peek(), byte != quote {
      if byte == UInt8(ascii: "\\") || byte < 0x20 { return nil }
      position += 1
    }
    guard peek() == quote else { return nil }
    defer { position += 1 }
    return String(validating: text[start..<position], as: UTF8.self)
  }

  /// Digits, and the `L` after them that Python 2 wrote.
  private mutating func number() -> Int? {
    let start = position
    while let byte = peek(), (0x30...0x39).contains(byte) { position += 1 }
    let value = Int(String(decoding: text[start..<position], as: UTF8.self))
    if peek() == UInt8(ascii: "L") { position += 1 }
    return value
  }

  private func peek() -> UInt8? { position < text.count ? text[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    skipSpace()
    guard peek() == byte else { return false }
    position += 1
    return true
  }
}

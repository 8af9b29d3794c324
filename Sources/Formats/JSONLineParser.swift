/// A JSON value, as far as text sources need it.
enum JSONLineValue {
  case null
  /// A text, or a number or truth value as it is written.
  case scalar(String)
  case array([JSONLineValue])
  case object([(key: String, value: JSONLineValue)])

  /// What it is, in words.
  var kind: String {
    switch self {
    case .null: "null"
    case .scalar: "a text or number"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// The value of a key; of one with dots that is no key itself, that of its parts one in another.
  func member(_ name: String) -> JSONLineValue? {
    guard case .object(let members) = self else { return nil }
    if let found = members.first(where: { $0.key.utf8.elementsEqual(name.utf8) }) { return found.value }
    // The longest beginning that is a key.
    var end = name.lastIndex(of: ".")
    while let dot = end {
      if let inner = members.first(where: { $0.key.utf8.elementsEqual(name[..<dot].utf8) }),
        let found = inner.value.member(String(name[name.index(after: dot)...]))
      {
        return found
      }
      end = name[..<dot].lastIndex(of: ".")
    }
    return nil
  }
}

/// Why a line is not JSON.
struct JSONLineError: Error, CustomStringConvertible {
  /// What is wrong.
  let reason: String
  /// The byte of the line, counted from 1.
  let byte: Int

  var description: String { "\(reason) at byte \(byte)" }
}

/// Parses a line of JSON (RFC 8259), strictly: no key twice, no half of a surrogate pair, at most 64 values deep.
struct JSONLineParser {
  private static let greatestDepth = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private var place = 0

  /// The value that a line of valid UTF-8 holds.
  static func parse(_ line: ArraySlice<UInt8>) throws(JSONLineError) -> JSONLineValue {
    try line.withUnsafeBufferPointer { (buffer) throws(JSONLineError) in
      var parser = JSONLineParser(bytes: buffer)
      parser.skipBlanks()
      let value = try parser.value(depth: 0)
      parser.skipBlanks()
      guard parser.place == buffer.count else { throw parser.problem("something follows") }
      return value
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private func problem(_ reason: String) -> JSONLineError {
    JSONLineError(reason: place < bytes.count ? reason : "it ends too soon", byte: place + 1)
  }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { place += 1 }
  }

  private mutating func take(_ byte: Unicode.Scalar) throws(JSONLineError) {
    guard next == UInt8(ascii: byte) else { throw problem("expected '\(byte)'") }
    place += 1
  }

  private mutating func value(depth: Int) throws(JSONLineError) -> JSONLineValue {
    guard depth < Self.greatestDepth else { throw problem("values are nested too deep") }
    switch next {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try array(depth)
    case UInt8(ascii: "\""): return .scalar(try string())
    case UInt8(ascii: "n"):
      try word("null")
      return .null
    case UInt8(ascii: "t"):
      try word("true")
      return .scalar("true")
    case UInt8(ascii: "f"):
      try word("false")
      return .scalar("false")
    default: return .scalar(try number())
    }
  }

  private mutating func word(_ word: String) throws(JSONLineError) {
    guard bytes[place...].starts(with: word.utf8) else { throw problem("a value is expected") }
    place += word.utf8.count
  }

  private mutating func object(_ depth: Int) throws(JSONLineError) -> JSONLineValue {
    var members: [(key: String, value: JSONLineValue)] = []
    var keys: Set<[UInt8]> = []
    place += 1
    skipBlanks()
    if next == UInt8(ascii: "}") {
      place += 1
      return .object(members)
    }
    while true {
      skipBlanks()
      let start = place
      guard next == UInt8(ascii: "\"") else { throw problem("a key is expected") }
      let key = try string()
      guard keys.insert(Array(key.utf8)).inserted else {
        throw JSONLineError(reason: "the key '\(printable(key))' comes twice", byte: start + 1)
      }
      skipBlanks()
      try take(":")
      skipBlanks()
      members.append((key, try value(depth: depth + 1)))
      skipBlanks()
      if next == UInt8(ascii: "}") {
        place += 1
        return .object(members)
      }
      try take(",")
    }
  }

  private mutating func array(_ depth: Int) throws(JSONLineError) -> JSONLineValue {
    var values: [JSONLineValue] = []
    place += 1
    skipBlanks()
    if next == UInt8(ascii: "]") {
      place += 1
      return .array(values)
    }
    while true {
      skipBlanks()
      values.append(try value(depth: depth + 1))
      skipBlanks()
      if next == UInt8(ascii: "]") {
        place += 1
        return .array(values)
      }
      try take(",")
    }
  }

  /// A number as it is written.
  private mutating func number() throws(JSONLineError) -> String {
    let start = place
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
    func digits(_ parser: inout JSONLineParser) throws(JSONLineError) {
      guard isDigit(parser.next) else { throw parser.problem("a value is expected") }
      while isDigit(parser.next) { parser.place += 1 }
    }
    if next == UInt8(ascii: "-") { place += 1 }
    let first = place
    try digits(&self)
    if bytes[first] == UInt8(ascii: "0"), place > first + 1 {
      place = first
      throw problem("a number begins with 0")
    }
    if next == UInt8(ascii: ".") {
      place += 1
      try digits(&self)
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      place += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { place += 1 }
      try digits(&self)
    }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private mutating func string() throws(JSONLineError) -> String {
    place += 1
    let start = place
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { place += 1 }
    var content = Array(bytes[start..<place])
    while true {
      switch next {
      case UInt8(ascii: "\""):
        place += 1
        return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"): content.append(contentsOf: try escape())
      case .some(let byte) where byte >= 0x20:
        content.append(byte)
        place += 1
      default: throw problem("a text has a control character")
      }
    }
  }

  /// What a `\` and what follows it stand for.
  private mutating func escape() throws(JSONLineError) -> [UInt8] {
    place += 1
    guard let byte = next else { throw problem("") }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"): break
    default:
      place -= 1
      throw problem("'\\' begins nothing known")
    }
    var value = try hexadecimalDigits()
    if (0xD800...0xDBFF).contains(value), bytes[place...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
      place += 2
      let low = try hexadecimalDigits()
      if (0xDC00...0xDFFF).contains(low) { value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00) }
    }
    guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else {
      throw JSONLineError(reason: "half a surrogate pair stands", byte: place)
    }
    return Array(encoded)
  }

  private mutating func hexadecimalDigits() throws(JSONLineError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw problem("four hexadecimal digits are expected")
      }
      value = value << 4 | UInt32(digit)
      place += 1
    }
    return value
  }
}

/// Reads a user's list of examples, of which the first says what all are.
struct LEAFValues {
  private typealias Problem = JSONScanner.Problem

  private var numbers: [Float] = []
  private var texts: [String] = []
  /// Of an example; nil before the first.
  private var shape: [Int]?
  private var count = 0
  /// The bytes that values may still take.
  private var room: Int
  private let isText: Bool
  private let what: String

  private static let depthLimit = 8

  /// Reads a list.
  ///
  /// - Parameters:
  ///   - what: What messages call it: "user 'a': x".
  ///   - room: The bytes that values may still take; what these take is taken off.
  /// - Returns: The values and the number of examples.
  /// - Throws: `JSONScanner.Problem` when it is no list of numbers or texts, or examples differ in shape.
  static func read(
    _ scanner: inout JSONScanner, what: String, room: inout Int
  ) throws(JSONScanner.Problem) -> (LEAFFile.Values, Int) {
    let start = scanner.start()
    var values = LEAFValues(isText: false, what: what, room: room)
    // Numbers unless there is a text among them.
    if try values.readAll(&scanner) {
      room = values.room
      return (.numbers(values.numbers, shape: values.shape ?? []), values.count)
    }
    scanner.rewind(to: start)
    values = LEAFValues(isText: true, what: what, room: room)
    _ = try values.readAll(&scanner)
    room = values.room
    guard values.shape.map({ $0.count <= 1 }) ?? true else {
      throw Problem(reason: "\(what) has texts in lists of lists (allowed: texts, or lists of texts)", position: start)
    }
    return (.texts(values.texts, shape: values.shape ?? []), values.count)
  }

  private init(isText: Bool, what: String, room: Int) { (self.isText, self.what, self.room) = (isText, what, room) }

  /// Reads all examples; false at the first text where numbers are wanted.
  private mutating func readAll(_ scanner: inout JSONScanner) throws(Problem) -> Bool {
    var metText = false
    try scanner.array { (scanner) throws(Problem) in
      if metText { return try scanner.skipValue(depth: 4) }
      let start = scanner.start()
      guard let found = try readExample(&scanner, depth: 0) else {
        metText = true
        return
      }
      if let shape, shape != found {
        throw Problem(
          reason: "\(what): example \(count) has \(Self.text(found)), those before \(Self.text(shape))",
          position: start)
      }
      shape = found
      count += 1
      guard room >= 0 else { throw Problem(reason: "more examples than there is memory for", position: start) }
    }
    return !metText
  }

  /// Reads a value or a list of values of one shape.
  ///
  /// - Returns: Its shape; nil at a text where numbers are wanted, with the rest passed over.
  private mutating func readExample(_ scanner: inout JSONScanner, depth: Int) throws(Problem) -> [Int]? {
    switch try scanner.kind() {
    case .number where isText:
      let start = scanner.start()
      _ = try scanner.number()
      texts.append(scanner.text(from: start))
      room -= MemoryLayout<String>.size + scanner.position - start
      return []
    case .number:
      let start = scanner.start()
      let number = Float(try scanner.number(isForFloat: true))
      guard number.isFinite else {
        throw Problem(
          reason: "\(what): example \(count) has a number beyond 32 bits (allowed: up to ±3.4e+38)", position: start)
      }
      numbers.append(number)
      room -= MemoryLayout<Float>.size
      return []
    case .text:
      let text = try scanner.string()
      if !isText { return nil }
      texts.append(text)
      room -= MemoryLayout<String>.size + text.utf8.count
      return []
    case .array:
      guard depth < Self.depthLimit else {
        throw Problem(reason: "\(what): example \(count) is nested too deep", position: scanner.position)
      }
      return try readList(&scanner, depth: depth)
    case .object, .word:
      let start = scanner.start()
      let word = scanner.takeWord()
      let found = word.isEmpty ? "an object" : "'\(printable(String(decoding: word.prefix(100), as: UTF8.self)))'"
      throw Problem(
        reason: "\(what): example \(count) has \(found) (allowed: finite numbers, texts, lists of them)",
        position: start)
    }
  }

  private mutating func readList(_ scanner: inout JSONScanner, depth: Int) throws(Problem) -> [Int]? {
    var inner: [Int]?
    var length = 0
    var metText = false
    try scanner.array { (scanner) throws(Problem) in
      if metText { return try scanner.skipValue(depth: 4) }
      let start = scanner.start()
      guard let found = try readExample(&scanner, depth: depth + 1) else {
        metText = true
        return
      }
      if let inner, inner != found {
        throw Problem(
          reason: "\(what): example \(count) has \(Self.text(inner)) and \(Self.text(found)) in one list",
          position: start)
      }
      inner = found
      length += 1
    }
    return metText ? nil : [length] + (inner ?? [])
  }

  private static func text(_ shape: [Int]) -> String {
    switch shape.count {
    case 0: "a single value"
    case 1: "\(shape[0]) \(shape[0] == 1 ? "value" : "values")"
    default: "\(timesText(shape)) values"
    }
  }
}

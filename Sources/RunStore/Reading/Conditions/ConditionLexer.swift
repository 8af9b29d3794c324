/// A piece of a condition's text.
struct ConditionToken: Equatable {
  enum Kind: Equatable {
    /// Letters, digits and what names and numbers hold.
    case word
    /// Text in quotation marks, without them.
    case quoted
    /// An operator, a parenthesis or a comma.
    case symbol
  }

  let kind: Kind
  let text: String
  /// The place where the token begins, from 1.
  let position: Int

  /// Whether the token is a word of the grammar, in any case.
  func isKeyword(_ word: String) -> Bool { kind == .word && text.lowercased() == word }

  /// Whether the token is this operator, parenthesis or comma.
  func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}

/// Takes a condition's text apart.
struct ConditionLexer {
  /// More than anyone writes, and little enough for SQLite.
  static let longestText = 4096
  private static let symbols = ["<=", ">=", "!=", "<>", "==", "<", ">", "=", "(", ")", ","]
  /// What a word may hold beside letters and digits: parts of names, of numbers and of patterns.
  private static let inWords = Set("_-+.%/:*@#&~[]".unicodeScalars)

  private let text: String
  private let scalars: [Unicode.Scalar]
  private var place = 0

  private init(_ text: String) {
    self.text = text
    scalars = Array(text.unicodeScalars)
  }

  /// Returns the pieces of a text.
  static func tokens(of text: String) throws(ConditionError) -> [ConditionToken] {
    // Bytes first: counting what is counted below takes longer the longer the text is.
    let count = text.utf8.count
    guard count <= longestText else { throw .tooLong(count: count, allowed: longestText) }
    var lexer = ConditionLexer(text)
    var tokens: [ConditionToken] = []
    while let token = try lexer.next() { tokens.append(token) }
    return tokens
  }

  private mutating func next() throws(ConditionError) -> ConditionToken? {
    while place < scalars.count, scalars[place] == " " || scalars[place] == "\t" || scalars[place] == "\n" {
      place += 1
    }
    guard place < scalars.count else { return nil }
    let start = place
    let first = scalars[place]
    if first == "'" || first == "\"" { return try quoted(by: first) }
    for symbol in Self.symbols where scalars[place...].starts(with: symbol.unicodeScalars) {
      place += symbol.unicodeScalars.count
      return ConditionToken(kind: .symbol, text: symbol, position: start + 1)
    }
    while place < scalars.count, isInWord(scalars[place]) { place += 1 }
    guard place > start else {
      throw .malformed(
        text: text, expected: "a column, a value or an operator", position: start + 1, found: String(first))
    }
    return ConditionToken(kind: .word, text: String(scalars[start..<place]), position: start + 1)
  }

  private func isInWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil || Self.inWords.contains(scalar)
  }

  /// A text between quotation marks, in which two of them are one.
  private mutating func quoted(by mark: Unicode.Scalar) throws(ConditionError) -> ConditionToken {
    let start = place
    var content: [Unicode.Scalar] = []
    place += 1
    while place < scalars.count {
      let scalar = scalars[place]
      place += 1
      if scalar == mark {
        guard place < scalars.count, scalars[place] == mark else {
          return ConditionToken(kind: .quoted, text: String(content), position: start + 1)
        }
        place += 1
      }
      // SQLite takes a text to end at its first NUL.
      guard scalar.value != 0 else {
        throw .malformed(text: text, expected: "text", position: place, found: String(scalar))
      }
      content.append(scalar)
    }
    throw .unterminated(text: text, position: start + 1)
  }
}

extension String {
  fileprivate init(_ scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}

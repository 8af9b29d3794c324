/// Reads the pieces of a condition by recursive descent; `Condition.init` has the grammar.
struct ConditionParser {
  /// More parentheses and `not` inside each other than anyone writes.
  static let deepest = 50

  private let text: String
  private let tokens: [ConditionToken]
  private var place = 0
  private var depth = 0

  init(_ text: String) throws(ConditionError) {
    self.text = text
    tokens = try ConditionLexer.tokens(of: text)
  }

  /// The whole text as a condition.
  mutating func condition() throws(ConditionError) -> Condition {
    let condition = try either()
    guard place == tokens.count else { throw unexpected("'and', 'or' or the end") }
    return condition
  }

  private mutating func either() throws(ConditionError) -> Condition {
    var condition = try both()
    while takeKeyword("or") { condition = .either(condition, try both()) }
    return condition
  }

  private mutating func both() throws(ConditionError) -> Condition {
    var condition = try negated()
    while takeKeyword("and") { condition = .both(condition, try negated()) }
    return condition
  }

  private mutating func negated() throws(ConditionError) -> Condition {
    let isNegated = takeKeyword("not")
    guard isNegated || takeSymbol("(") else { return try predicate() }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw .tooDeep(position: tokens[place - 1].position, allowed: Self.deepest) }
    if isNegated { return .not(try negated()) }
    let condition = try either()
    guard takeSymbol(")") else { throw unexpected("')'") }
    return condition
  }

  private mutating func predicate() throws(ConditionError) -> Condition {
    guard let token = current, token.kind == .word, !Self.keywords.contains(token.text.lowercased()) else {
      throw unexpected("a column")
    }
    place += 1
    let column = token.text
    if let comparison = takeComparison() { return .comparison(column: column, comparison, value: try value()) }
    if takeKeyword("is") {
      let isNegated = takeKeyword("not")
      guard takeKeyword("null") else { throw unexpected("'null'") }
      return isNegated ? .not(.isNull(column: column)) : .isNull(column: column)
    }
    let isNegated = takeKeyword("not")
    let condition = try set(of: column, afterNot: isNegated)
    return isNegated ? .not(condition) : condition
  }

  /// `in (a, b)`, `between a and b` or `like x`.
  private mutating func set(of column: String, afterNot isNegated: Bool) throws(ConditionError) -> Condition {
    if takeKeyword("in") {
      guard takeSymbol("(") else { throw unexpected("'('") }
      var values = [try value()]
      while takeSymbol(",") { values.append(try value()) }
      guard takeSymbol(")") else { throw unexpected("',' or ')'") }
      return .isOneOf(column: column, values: values)
    }
    if takeKeyword("between") {
      let lower = try value()
      guard takeKeyword("and") else { throw unexpected("'and'") }
      return .isBetween(column: column, lower: lower, upper: try value())
    }
    if takeKeyword("like") { return .isLike(column: column, pattern: try value()) }
    throw unexpected(
      isNegated ? "'in', 'between' or 'like'" : "<, <=, >, >=, =, !=, 'is null', 'in', 'between' or 'like'")
  }

  private static let keywords: Set = ["and", "or", "not", "is", "null", "in", "between", "like"]

  private var current: ConditionToken? { place < tokens.count ? tokens[place] : nil }

  private mutating func value() throws(ConditionError) -> String {
    guard let token = current, token.kind != .symbol,
      token.kind == .quoted || !Self.keywords.contains(token.text.lowercased())
    else { throw unexpected("a value") }
    place += 1
    return token.text
  }

  private mutating func takeComparison() -> Condition.Comparison? {
    guard let token = current, token.kind == .symbol else { return nil }
    let spelling = token.text == "==" ? "=" : token.text == "<>" ? "!=" : token.text
    guard let comparison = Condition.Comparison(rawValue: spelling) else { return nil }
    place += 1
    return comparison
  }

  private mutating func takeKeyword(_ word: String) -> Bool {
    guard current?.isKeyword(word) == true else { return false }
    place += 1
    return true
  }

  private mutating func takeSymbol(_ symbol: String) -> Bool {
    guard current?.isSymbol(symbol) == true else { return false }
    place += 1
    return true
  }

  private func unexpected(_ expected: String) -> ConditionError {
    .malformed(
      text: text, expected: expected, position: current?.position ?? text.unicodeScalars.count + 1,
      found: current?.text)
  }
}

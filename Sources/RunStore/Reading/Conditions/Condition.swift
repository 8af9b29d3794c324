/// A condition on the rows of a listing, as a tree: `accuracy < 50% and (domain = ink or staleness is null)`.
///
/// Names and values are what was written; `sql(_:option:_:)` looks the names up and binds the values.
package indirect enum Condition: Sendable, Equatable {
  /// How two values are compared.
  package enum Comparison: String, Sendable, CaseIterable {
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
    case equal = "="
    case unequal = "!="
  }

  case comparison(column: String, Comparison, value: String)
  case isNull(column: String)
  case isOneOf(column: String, values: [String])
  case isBetween(column: String, lower: String, upper: String)
  /// A pattern with `%` for any characters and `_` for one; letters of ASCII in any case.
  case isLike(column: String, pattern: String)
  case both(Condition, Condition)
  case either(Condition, Condition)
  case not(Condition)
}

extension Condition {
  /// Reads a condition.
  ///
  /// The grammar, words in any case:
  ///
  ///     or      = and { "or" and }
  ///     and     = not { "and" not }
  ///     not     = "not" not | "(" or ")" | column predicate
  ///     predicate = ("<" | "<=" | ">" | ">=" | "=" | "==" | "!=" | "<>") value
  ///             | "is" ["not"] "null" | ["not"] "in" "(" value { "," value } ")"
  ///             | ["not"] "between" value "and" value | ["not"] "like" value
  ///     value   = word | number | number"%" | "'" … "'" | "\"" … "\""
  ///
  /// - Throws: `ConditionError` when the text is not of that form, or is longer or deeper than anyone would write.
  package init(_ text: String) throws(ConditionError) {
    var parser = try ConditionParser(text)
    self = try parser.condition()
  }
}

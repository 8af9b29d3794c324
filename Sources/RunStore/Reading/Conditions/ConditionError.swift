/// Why a condition or an order can't be used; its description is one line.
package enum ConditionError: Error, Equatable, CustomStringConvertible {
  /// The text is not of the grammar: what was expected at which character, from 1, and what is there; nil is the end.
  case malformed(text: String, expected: String, position: Int, found: String?)
  /// A quotation mark has no other one.
  case unterminated(text: String, position: Int)
  /// The text is longer than allowed.
  case tooLong(count: Int, allowed: Int)
  /// There are more parentheses and `not` inside each other than allowed.
  case tooDeep(position: Int, allowed: Int)
  /// There is no such column.
  case unknownColumn(_ name: String, option: String, nearest: String?, columns: [String])
  /// The column holds numbers, and the value is none.
  case notANumber(_ value: String, column: String)
  /// The column holds numbers, which have no pattern.
  case noPattern(column: String, columns: [String])
  /// An order is neither ascending nor descending.
  case unknownDirection(_ direction: String, column: String)

  package var description: String {
    switch self {
    case .malformed(let text, let expected, let position, let found):
      "'--where \(Self.excerpt(text))' is not a condition: \(expected) is expected at character \(position), not "
        + (found.map { "'\(Self.excerpt($0))'" } ?? "the end")
    case .unterminated(let text, let position):
      "'--where \(Self.excerpt(text))' is not a condition: the quotation mark at character \(position) is never closed"
    case .tooLong(let count, let allowed):
      "'--where' has \(count) characters (allowed: at most \(allowed))"
    case .tooDeep(let position, let allowed):
      "'--where' nests deeper than \(allowed) levels at character \(position)"
    case .notANumber(let value, let column):
      "'--where' compares column '\(column)' with '\(Self.excerpt(value))', which is no number (allowed: a number, or a "
        + "percentage as 50%)"
    case .noPattern(let column, let columns):
      "'--where' uses 'like' on column '\(column)', which holds numbers (allowed: \(columns.joined(separator: ", ")))"
    case .unknownColumn(let name, let option, let nearest, let columns):
      "'\(option)' names no column '\(Self.excerpt(name))'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        + " (allowed: \(columns.joined(separator: ", ")))"
    case .unknownDirection(let direction, let column):
      "'--sort \(column):\(Self.excerpt(direction))' names no direction '\(Self.excerpt(direction))' (allowed: asc, desc)"
    }
  }

  /// The beginning of a text that may be long and hold anything, in one line.
  private static func excerpt(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(61).map { $0.properties.generalCategory == .control ? " " : $0 }
    let shown = String(String.UnicodeScalarView(scalars.prefix(60)))
    return scalars.count > 60 ? shown + "…" : shown
  }
}

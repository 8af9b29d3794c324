package import Foundation

/// One value of a table: what it is, so that each rendering can show it in its own way, and how strongly a terminal
/// shows it.
package struct Cell: Sendable, Equatable {
  /// What a cell holds. People get rounded values with units; CSV and JSON get all digits in the base unit.
  package enum Value: Sendable, Equatable {
    /// A whole number.
    case integer(Int)
    /// A whole number that may not fit an `Int`, as a seed.
    case unsigned(UInt64)
    /// A number; people see so many digits after the point, and a sign before positive values if `signed`.
    case number(Double, digits: Int, signed: Bool)
    /// A fraction; people see per cent with one decimal: 0.801 → `80.1%`.
    case percent(Double)
    /// A difference of fractions; people see percentage points with their sign: 0.03 → `+3.0`.
    case points(Double)
    /// A number of bytes, or a mean of such; people see megabytes (10⁶ bytes) without the unit.
    case bytes(Double)
    /// Seconds; people see `0.42 s`, `12.3 s`, `1m 23s`, `2h 05m`.
    case duration(Double)
    /// An instant; people see it to the minute in UTC, programs as ISO 8601.
    case time(Date)
    /// Words. Control characters become spaces on a terminal.
    case text(String)
    /// Several words: `a, b` for people, `a b` in CSV, an array in JSON. The words hold no spaces.
    case list([String])
    /// Yes or no.
    case boolean(Bool)
    /// Nothing is known: `–`, an empty field, `null`.
    case missing
  }

  /// How strongly a terminal shows a cell.
  package enum Emphasis: Sendable, Equatable {
    /// Neither bold nor dimmed.
    case normal
    /// Bold.
    case bold
    /// Dimmed.
    case dim
  }

  /// What the cell holds.
  package var value: Value
  /// How strongly a terminal with colours shows the cell.
  package var emphasis: Emphasis

  /// Makes a cell.
  package init(_ value: Value, emphasis: Emphasis = .normal) {
    self.value = value
    self.emphasis = emphasis
  }

  /// Returns the same cell with another emphasis.
  package func emphasized(_ emphasis: Emphasis) -> Cell {
    Cell(value, emphasis: emphasis)
  }
}

extension Cell {
  /// Nothing is known.
  package static let missing = Cell(.missing)

  /// A whole number, or missing.
  package static func integer(_ value: Int?) -> Cell {
    value.map { Cell(.integer($0)) } ?? .missing
  }

  /// A whole number that may not fit an `Int`, or missing.
  package static func unsigned(_ value: UInt64?) -> Cell {
    value.map { Cell(.unsigned($0)) } ?? .missing
  }

  /// A number, or missing.
  ///
  /// - Parameters:
  ///   - value: The number.
  ///   - digits: How many digits after the point people see.
  ///   - signed: Whether people see a plus before positive values.
  package static func number(_ value: Double?, digits: Int, signed: Bool = false) -> Cell {
    value.map { Cell(.number($0, digits: digits, signed: signed)) } ?? .missing
  }

  /// A fraction that people see in per cent, or missing.
  package static func percent(_ fraction: Double?) -> Cell {
    fraction.map { Cell(.percent($0)) } ?? .missing
  }

  /// A difference of fractions that people see in percentage points, or missing.
  package static func points(_ difference: Double?) -> Cell {
    difference.map { Cell(.points($0)) } ?? .missing
  }

  /// A number of bytes, or missing.
  package static func bytes(_ count: Double?) -> Cell {
    count.map { Cell(.bytes($0)) } ?? .missing
  }

  /// A whole number of bytes, or missing.
  package static func bytes(_ count: Int?) -> Cell {
    bytes(count.map(Double.init))
  }

  /// A span of time in seconds, or missing.
  package static func duration(_ seconds: Double?) -> Cell {
    seconds.map { Cell(.duration($0)) } ?? .missing
  }

  /// An instant, or missing.
  package static func time(_ date: Date?) -> Cell {
    date.map { Cell(.time($0)) } ?? .missing
  }

  /// Words, or missing.
  package static func text(_ text: String?) -> Cell {
    text.map { Cell(.text($0)) } ?? .missing
  }

  /// Several words without spaces, or missing.
  package static func list(_ words: [String]?) -> Cell {
    words.map { Cell(.list($0)) } ?? .missing
  }

  /// Yes or no, or missing.
  package static func boolean(_ value: Bool?) -> Cell {
    value.map { Cell(.boolean($0)) } ?? .missing
  }
}

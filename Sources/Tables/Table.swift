/// Rows of typed cells under named columns, with a form for people (`text`) and two for programs (`csv`, `json`).
package struct Table: Sendable, Equatable {
  /// Where a column's cells stand in a terminal.
  package enum Alignment: Sendable, Equatable {
    /// Flush left: words.
    case leading
    /// Flush right: numbers.
    case trailing
  }

  /// Who gets to see a column.
  package enum Audience: Sendable, Equatable {
    /// People and programs.
    case all
    /// People only: a column made of words that a program would have to take apart.
    case people
    /// Programs only: what people see elsewhere or do not need.
    case programs
  }

  /// When a terminal that is too narrow leaves a column out; of several, the one furthest to the right goes first.
  package enum Necessity: Sendable, Equatable {
    /// Never.
    case needed
    /// Before names are shortened.
    case useful
    /// Before anything is shortened.
    case ornament
  }

  /// One column.
  package struct Column: Sendable, Equatable {
    /// The stable name in CSV and JSON, in `snake_case` with the unit at its end where it has one.
    package var key: String
    /// The name in a terminal.
    package var header: String
    /// Where the cells of the column stand.
    package var alignment: Alignment
    /// Who gets to see it.
    package var audience: Audience
    /// Whether a terminal that is too narrow may shorten this column's words.
    package var canShrink: Bool
    /// Whether the words of the column are names that people have to type: a terminal shortens them after all else.
    package var isName: Bool
    /// When a terminal that is too narrow leaves the column out.
    package var necessity: Necessity

    /// Makes a column.
    ///
    /// - Parameters:
    ///   - key: The stable name in CSV and JSON, in `snake_case`.
    ///   - header: The name in a terminal; the key with spaces if nil.
    ///   - alignment: Where its cells stand; numbers belong on the right.
    ///   - audience: Who gets to see it.
    ///   - canShrink: Whether a narrow terminal may shorten it.
    ///   - isName: Whether its words are names that people have to type.
    ///   - necessity: When a narrow terminal leaves it out.
    package init(
      _ key: String, header: String? = nil, alignment: Alignment = .trailing, audience: Audience = .all,
      canShrink: Bool = false, isName: Bool = false, necessity: Necessity = .needed
    ) {
      self.key = key
      self.header = header ?? key.split(separator: "_").joined(separator: " ")
      self.alignment = alignment
      self.audience = audience
      self.canShrink = canShrink
      self.isName = isName
      self.necessity = necessity
    }

    /// Makes a column of words: flush left, and shortened where a terminal is too narrow.
    ///
    /// - Parameters:
    ///   - key: The stable name in CSV and JSON, in `snake_case`.
    ///   - header: The name in a terminal; the key with spaces if nil.
    ///   - audience: Who gets to see it.
    package static func words(_ key: String, header: String? = nil, audience: Audience = .all) -> Column {
      Column(key, header: header, alignment: .leading, audience: audience, canShrink: true)
    }

    /// Makes a column of names that people have to type: flush left, and shortened after all else.
    ///
    /// - Parameters:
    ///   - key: The stable name in CSV and JSON, in `snake_case`.
    ///   - header: The name in a terminal; the key with spaces if nil.
    ///   - audience: Who gets to see it.
    package static func name(_ key: String, header: String? = nil, audience: Audience = .all) -> Column {
      Column(key, header: header, alignment: .leading, audience: audience, canShrink: true, isName: true)
    }
  }

  /// The columns, in order.
  package let columns: [Column]
  /// The rows, in order; each holds one cell a column.
  package private(set) var rows: [[Cell]]

  /// Makes a table.
  ///
  /// - Parameters:
  ///   - columns: The columns, in order.
  ///   - rows: The rows, in order.
  /// - Precondition: The columns' keys differ, and each row holds one cell a column.
  package init(columns: [Column], rows: [[Cell]] = []) {
    precondition(Set(columns.map(\.key)).count == columns.count, "two columns with one key: \(columns.map(\.key))")
    self.columns = columns
    self.rows = []
    for row in rows { append(row) }
  }

  /// Adds a row at the end.
  ///
  /// - Precondition: The row holds one cell a column.
  package mutating func append(_ row: [Cell]) {
    precondition(row.count == columns.count, "a row of \(row.count) cells for \(columns.count) columns")
    rows.append(row)
  }

  /// Where the columns for an audience are.
  package func columnIndices(for audience: Audience) -> [Int] {
    columns.indices.filter { columns[$0].audience == .all || columns[$0].audience == audience }
  }
}

extension Table {
  /// Returns the table as comma-separated values: a line of keys and a line a row, each ended by CR LF.
  ///
  /// Numbers have all their digits, fractions stay fractions; what is missing, NaN or infinite is an empty field. A
  /// field that holds a comma, a quotation mark or a line break is quoted.
  ///
  /// Source: RFC 4180, section 2.
  package func csv() -> String {
    var stream = TableStream(columns: columns, form: .csv)
    return stream.head + rows.map { stream.row($0) }.joined() + stream.tail
  }

  /// A field, quoted where it has to be.
  static func csvField(_ field: String) -> String {
    // By scalars, because CR LF together are one Character that is neither.
    guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return field }
    return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}

extension Cell {
  /// The cell with all its digits, or nil where nothing can be said.
  package var exactText: String? {
    switch value {
    case .integer(let value): String(value)
    case .unsigned(let value): String(value)
    case .number(let value, _, _), .percent(let value), .points(let value), .bytes(let value), .duration(let value):
      NumberText.exact(value)
    case .time(let date): NumberText.time(date, toTheMinute: false)
    case .text(let text): text
    case .list(let words): words.joined(separator: " ")
    case .boolean(let value): value ? "true" : "false"
    case .missing: nil
    }
  }
}

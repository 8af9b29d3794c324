/// A table for programs, written row by row: of a long one only a row is in memory.
///
/// What the stream writes is what `Table.csv()` and `Table.json()` return for the same rows.
package struct TableStream: Sendable {
  /// The two forms for programs.
  package enum Form: Sendable, Equatable {
    /// Comma-separated values.
    case csv
    /// A JSON array of objects.
    case json
  }

  private let form: Form
  private let margin: String
  private let shown: [Int]
  private let keys: [String]
  private var isEmpty = true

  /// Makes a stream.
  ///
  /// - Parameters:
  ///   - columns: The columns, in order; those for people alone are left out.
  ///   - form: CSV or JSON.
  ///   - indent: How deep a JSON array stands in its document.
  package init(columns: [Table.Column], form: Form, indent: Int = 0) {
    self.form = form
    margin = String(repeating: " ", count: indent)
    let table = Table(columns: columns)
    shown = table.columnIndices(for: .programs)
    keys = shown.map { form == .json ? JSONText.string(columns[$0].key) : Table.csvField(columns[$0].key) }
  }

  /// What stands before the first row.
  package var head: String { form == .csv ? keys.joined(separator: ",") + "\r\n" : "[" }

  /// Returns a row with what parts it from the one before.
  ///
  /// - Precondition: One cell a column.
  package mutating func row(_ cells: [Cell]) -> String {
    switch form {
    case .csv:
      return shown.map { Table.csvField(cells[$0].exactText ?? "") }.joined(separator: ",") + "\r\n"
    case .json:
      let start = (isEmpty ? "\n" : ",\n") + margin + "  {"
      isEmpty = false
      return start + zip(keys, shown).map { "\($0): \(cells[$1].json)" }.joined(separator: ", ") + "}"
    }
  }

  /// What stands behind the last row, without a newline at the end of JSON.
  package var tail: String { form == .csv ? "" : isEmpty ? "]" : "\n" + margin + "]" }
}

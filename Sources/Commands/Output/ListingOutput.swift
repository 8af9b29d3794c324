internal import Records
internal import RunStore
internal import Tables

/// Prints the rows that a question asks for: people get a page, programs all of them, one after another.
struct ListingOutput {
  /// The number of rows that people get unless they ask for more.
  static let page = 200
  /// Rows for programs are written in pieces of about so many bytes.
  private static let pieceSize = 1 << 16

  let store: RunStore
  let query: ListingQuery
  /// What a row is, for messages.
  var noun = "row"

  /// Writes the rows in a form to standard output.
  ///
  /// - Throws: `ConditionError`, `StoreError`.
  func write(_ format: OutputFormat) throws {
    switch format {
    case .table: try writePage()
    case .csv:
      if try writeRows(.csv) == 0 { try explainEmptiness() }
    case .json:
      let count = try writeRows(.json)
      StandardOutput.writeRaw("\n")
      if count == 0 { try explainEmptiness() }
    }
  }

  private func writePage() throws {
    var query = query
    query.limit = query.limit ?? Self.page
    let columns = try query.columns()
    let rows = try store.rows(query).map { Self.cells($0, columns) }
    let table = Table(columns: columns.map(Table.Column.init), rows: rows)
    StandardOutput.write(table.text(style: StandardOutput.style, width: StandardOutput.limit))
    if rows.isEmpty { try explainEmptiness() }
    if let words = untestedWords(rows, columns) {
      StandardOutput.write("")
      StandardOutput.writeParagraph(words)
    }
    if let rest = try rest(after: rows.count, limit: query.limit) {
      StandardOutput.write("")
      StandardOutput.writeParagraph(rest)
    }
  }

  /// What a value that is missing for want of test examples means, and which means some clients are not in; nil where all
  /// clients have test examples.
  private func untestedWords(_ rows: [[Cell]], _ columns: [Listing.Column]) -> String? {
    if let place = columns.firstIndex(where: { $0.key == "split" }) {
      let count = rows.count { $0[place].value == .text(ExampleSplit.train.rawValue) }
      if count > 0 {
        return "\(count) of \(rows.count) rows of clients without test examples: they have no test value"
      }
    }
    guard let place = columns.firstIndex(where: { $0.key == "untested_clients" }) else { return nil }
    let counts = rows.compactMap { if case .integer(let count) = $0[place].value { count } else { nil } }
    guard let most = counts.max(), most > 0 else { return nil }
    return "\(UntestedClients(count: most, of: nil).words ?? ""): they have no test value and are in no mean"
  }

  /// Says on standard error why there is no row.
  ///
  /// - Parameter all: How many there are whatever is asked for; nil where that is not counted.
  func explainEmptiness(of all: Int? = nil) throws {
    let matching = query.offset > 0 ? try store.count(query) : 0
    StandardError.write(
      matching > 0
        ? "no \(noun) is behind the first \(query.offset) (there are \(matching))"
        : "no \(noun) meets this" + (all.map { " (there are \($0))" } ?? ""))
  }

  /// How many rows there are behind a page, and how to see them; nil where there are none.
  func rest(after shown: Int, limit: Int?) throws -> String? {
    guard let limit, shown == limit else { return nil }
    return Self.rest(of: try store.count(query), shown: shown, offset: query.offset)
  }

  /// How many of all rows there are behind a page, and how to see them; nil where there are none.
  static func rest(of count: Int, shown: Int, offset: Int) -> String? {
    let rest = count - offset - shown
    guard rest > 0 else { return nil }
    return "\(rest) more row\(rest == 1 ? "" : "s"): '--offset \(offset + shown)' goes on, "
      + "'--limit \(count - offset)' shows all"
  }

  /// Writes the rows for programs, without a newline at the end of JSON.
  ///
  /// - Parameter indent: How deep a JSON array stands in its document.
  /// - Returns: How many rows there were.
  @discardableResult
  func writeRows(_ form: TableStream.Form, indent: Int = 0) throws -> Int {
    let columns = try query.columns()
    var stream = TableStream(columns: columns.map(Table.Column.init), form: form, indent: indent)
    var text = stream.head
    var count = 0
    try store.forEachRow(query) { row in
      count += 1
      text += stream.row(Self.cells(row, columns))
      guard text.utf8.count >= Self.pieceSize else { return }
      StandardOutput.writeRaw(text)
      text = ""
    }
    StandardOutput.writeRaw(text + stream.tail)
    return count
  }

  private static func cells(_ row: [ListedValue], _ columns: [Listing.Column]) -> [Cell] {
    zip(row, columns).map { Cell($0, $1.kind) }
  }
}

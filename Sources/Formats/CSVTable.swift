internal import Catalogs
internal import Tensors

/// A table of texts, as spreadsheets, pandas and R write them.
///
/// Cells are held in one block of bytes, and become texts or numbers when a column is asked for.
///
/// Source: RFC 4180.
/// Differs: lines may end in LF alone, the separator may be another, and the text may begin with a byte-order mark.
/// Nothing is padded, renamed, guessed or taken for missing: rows of another length, columns of one name and quotes that
/// RFC 4180 does not have are errors.
package struct CSVTable: Sendable {
  /// How a table is written.
  package struct Layout: Sendable, Equatable {
    /// Where the names of columns are.
    package enum Header: Sendable, Equatable {
      /// In the first row.
      case firstRow
      /// Nowhere: columns are called "1", "2", ….
      case none
      /// Not in the file; as many as it has columns.
      case named([String])
    }

    /// Between cells; an ASCII character that is no quote, line end or NUL.
    package var separator: Unicode.Scalar
    /// Where the names of columns are.
    package var header: Header
    /// Whether cells may stand in quotes, and lines end in CR LF; else quotes and CR are content, and lines end in LF
    /// alone.
    package var isQuoted: Bool

    /// Makes a layout; by default that of RFC 4180 with a header.
    package init(separator: Unicode.Scalar = ",", header: Header = .firstRow, isQuoted: Bool = true) {
      (self.separator, self.header, self.isQuoted) = (separator, header, isQuoted)
    }

    /// Columns between tabs, without quotes, in lines that end in LF alone.
    package static func tabs(_ header: Header) -> Layout { Layout(separator: "\t", header: header, isQuoted: false) }
  }

  /// What messages call the file.
  package let path: String
  /// The names of the columns, in order; no two are alike.
  package let columns: [String]
  /// The number of rows, without the header.
  package let rowCount: Int

  private let cells: CSVCells
  private let indices: [String: Int]
  /// 1 where the first row of cells is the header.
  private let headerCount: Int

  /// The largest text: places in it are counted in 32 bits.
  package static let limit = Int(UInt32.max)

  /// Reads the table at `path`; gzip is known by its first bytes.
  ///
  /// - Parameter limit: The most bytes that the text may have, and that the places of the cells may take.
  /// - Throws: `DataFileError`, `.malformed` with the line for what is not such a table.
  /// - Complexity: O(bytes); memory of the text and of 4 bytes a cell.
  package static func read(
    path: String, layout: Layout = Layout(), limit: Int = MemoryLimit.standard
  ) throws(DataFileError) -> CSVTable {
    let limit = min(limit, Self.limit)
    return try CSVTable(bytes: fileBytes(path, limit: limit), path: path, layout: layout, limit: limit)
  }

  /// Parses a table that is in memory.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` as `read(path:)` does.
  package init(
    bytes: consuming [UInt8], path: String, layout: Layout = Layout(), limit: Int = MemoryLimit.standard
  ) throws(DataFileError) {
    func problem(_ reason: String) -> DataFileError { .malformed(path: path, reason: reason) }
    guard layout.separator.isASCII, !["\"", "\n", "\r", "\0"].contains(layout.separator) else {
      throw problem(
        "can't be read with the separator '\(printable(String(layout.separator)))' (allowed: one ASCII character)")
    }
    let text = try textBytes(bytes, path: path, wanted: "a CSV text", limit: min(limit, Self.limit))
    guard !text.isEmpty else {
      throw problem(layout.header == .firstRow ? "is empty: it has no header" : "is empty")
    }
    let cells = try CSVCells(text, layout: layout, path: path, limit: limit)
    let names: [String]
    switch layout.header {
    case .firstRow: names = (0..<cells.columnCount).map { cells.text($0) }
    case .none: names = (0..<cells.columnCount).map { String($0 + 1) }
    case .named(let given):
      guard given.count == cells.columnCount else {
        throw problem("has \(cells.columnCount) columns, expected \(given.count): \(listed(given))")
      }
      names = given
    }
    var indices: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      guard name.utf8.count <= 10_000, hasShortMarkRuns(name) else {
        throw problem("has a column whose name is no name: '\(printable(name))'")
      }
      guard indices.updateValue(index, forKey: name) == nil else {
        throw problem("has two columns called '\(printable(name))'")
      }
    }
    self.indices = indices
    (self.path, self.cells, columns) = (path, cells, names)
    headerCount = layout.header == .firstRow ? 1 : 0
    rowCount = cells.rowCount - headerCount
  }

  /// The line at which a row begins, counted from 1.
  ///
  /// - Parameter row: Counted from 0 after the header.
  package func line(ofRow row: Int) -> Int { cells.line(ofRow: row + headerCount) }

  /// The number of a column, from 0.
  ///
  /// - Throws: `DataFileError.malformed` that lists the columns there and the nearest one.
  package func index(of column: String) throws(DataFileError) -> Int {
    if let index = indices[column] { return index }
    let hint = nearestName(to: column, in: columns).map { "; did you mean '\(printable($0))'?" } ?? ""
    throw .malformed(
      path: path, reason: "has no column '\(printable(column))'\(hint) (columns there: \(listed(columns)))")
  }

  /// The text of one cell.
  ///
  /// - Precondition: Row and column are there.
  package func text(row: Int, column: Int) -> String { cells.text(cell(row, column)) }

  /// The texts of a column, one a row.
  ///
  /// - Throws: `DataFileError.malformed` when there is no such column.
  package func texts(_ column: String) throws(DataFileError) -> [String] {
    let column = try index(of: column)
    return (0..<rowCount).map { cells.text(cell($0, column)) }
  }

  /// The different texts of a column, and which of them each row has.
  ///
  /// - Returns: The texts in the order in which they occur first, and as many numbers of them as there are rows.
  /// - Throws: `DataFileError.malformed` when there is no such column, or a text is above 10,000 bytes.
  package func levels(_ column: String) throws(DataFileError) -> (texts: [String], numbers: [Int]) {
    let name = column
    let column = try index(of: column)
    var found: [[UInt8]: Int] = [:]
    var texts: [String] = []
    var numbers: [Int] = []
    numbers.reserveCapacity(rowCount)
    for row in 0..<rowCount {
      let bytes = Array(cells.bytes(cell(row, column)))
      guard bytes.count <= 10_000 else {
        throw .malformed(
          path: path,
          reason:
            "line \(line(ofRow: row)): column '\(printable(name))' has a text of \(bytes.count) bytes (allowed: 10000)")
      }
      let number = found[bytes] ?? texts.count
      if number == texts.count {
        found[bytes] = number
        texts.append(String(decoding: bytes, as: UTF8.self))
      }
      numbers.append(number)
    }
    return (texts, numbers)
  }

  /// The numbers of a column, one a row; nil where a cell is missing.
  ///
  /// - Parameters:
  ///   - decimal: The decimal point.
  ///   - marks: The texts that stand for a missing value; blanks around a cell do not count.
  /// - Throws: `DataFileError.malformed` when there is no such column, or a cell is neither a finite number nor a mark,
  ///   with its line.
  package func numbers(
    _ column: String, decimal: Unicode.Scalar = ".", marks: [String] = [""]
  ) throws(DataFileError) -> [Double?] {
    let name = column
    let column = try index(of: column)
    let marks = marks.map { Array($0.utf8) }
    let point = UInt8(ascii: decimal.isASCII ? decimal : ".")
    var numbers: [Double?] = []
    numbers.reserveCapacity(rowCount)
    var wrong: (row: Int, isEmpty: Bool)?
    cells.withText { text, bounds in
      for row in 0..<rowCount {
        let cell = cell(row, column)
        var (start, end) = (Int(bounds[cell]), Int(bounds[cell + 1]))
        while start < end, text[start] == 0x20 || text[start] == 0x09 { start += 1 }
        while start < end, text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
        let trimmed = UnsafeBufferPointer(rebasing: text[start..<end])
        if let number = decimalNumber(trimmed, point: point), number.isFinite {
          // A mark may be a number: -9.
          numbers.append(marks.contains { $0.elementsEqual(trimmed) } ? nil : number)
        } else if marks.contains(where: { $0.elementsEqual(trimmed) }) {
          numbers.append(nil)
        } else {
          wrong = (row, trimmed.isEmpty)
          return
        }
      }
    }
    guard let wrong else { return numbers }
    let found = wrong.isEmpty ? "no value" : "'\(printable(cells.text(cell(wrong.row, column))))'"
    let given =
      marks.isEmpty ? "" : ", or for a missing value: \(listed(marks.map { String(decoding: $0, as: UTF8.self) }))"
    let example = point == UInt8(ascii: ".") ? "" : " with the decimal point '\(decimal)'"
    throw .malformed(
      path: path,
      reason:
        "line \(line(ofRow: wrong.row)): column '\(printable(name))' has \(found) (allowed: finite numbers\(example)\(given))"
    )
  }

  private func cell(_ row: Int, _ column: Int) -> Int { (row + headerCount) * cells.columnCount + column }
}

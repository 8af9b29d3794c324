internal import Catalogs

/// A value of a text source.
package enum TextValue: Sendable, Equatable {
  /// A text; numbers and truth values of JSON as they are written.
  case text(String)
  /// A list, such as of tokens.
  case list([String])
  /// JSON's `null`, or a key that an example lacks.
  case missing
}

/// Examples of a text file by columns. JSON lines and columns between tabs are read here; any other reader of tables can
/// make one.
package struct TextTable: Sendable, Equatable {
  /// The names of the columns that were asked for, in that order.
  package let columns: [String]
  /// The examples in the order of the file, each with a value a column.
  package let rows: [[TextValue]]
  /// The line of each example, counted from 1.
  package let lines: [Int]

  /// Makes a table.
  ///
  /// - Precondition: Every row has a value a column; there are as many lines as rows.
  package init(columns: [String], rows: [[TextValue]], lines: [Int]) {
    precondition(
      rows.count == lines.count && rows.allSatisfy { $0.count == columns.count },
      "\(rows.count) rows don't have \(columns.count) values and \(lines.count) lines")
    (self.columns, self.rows, self.lines) = (columns, rows, lines)
  }

  /// The columns of a file of columns between tabs; a quote is a character.
  ///
  /// - Parameters:
  ///   - header: The names of all columns of the file; nil where the first line has them.
  ///   - columns: The names of those that are wanted; nil for all.
  /// - Throws: `DataFileError.malformed` for a line with another number of columns, and for a column that there is not,
  ///   with the nearest.
  package static func tabs(
    _ file: TextFile, header: [String]?, columns: [String]? = nil
  ) throws(DataFileError) -> TextTable {
    let tab = UInt8(ascii: "\t")
    func fields(_ range: Range<Int>) -> [ArraySlice<UInt8>] {
      file.utf8[range].split(separator: tab, omittingEmptySubsequences: false)
    }
    func text(_ field: ArraySlice<UInt8>) -> String { String(decoding: field, as: UTF8.self) }
    let ranges = file.lineRanges
    let isFirstHeader = header == nil
    let names = header ?? ranges.first.map { fields($0).map(text) } ?? []
    if let twice = firstRepeated(names) {
      throw .malformed(path: file.path, reason: "has the column '\(printable(twice))' twice")
    }
    var places: [Int] = []
    for column in columns ?? names {
      guard let place = names.firstIndex(of: column) else {
        throw .malformed(path: file.path, reason: missingText("column", column, names))
      }
      places.append(place)
    }
    var rows: [[TextValue]] = []
    var lines: [Int] = []
    for (number, range) in ranges.enumerated().dropFirst(isFirstHeader ? 1 : 0) {
      let found = fields(range)
      guard found.count == names.count else {
        let expected = names.prefix(20).map(printable).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
        throw .malformed(
          path: file.path,
          reason: "line \(number + 1): has \(found.count) columns between tabs, expected \(names.count) (\(expected))")
      }
      rows.append(places.map { .text(text(found[$0])) })
      lines.append(number + 1)
    }
    return TextTable(columns: columns ?? names, rows: rows, lines: lines)
  }

  /// The values of keys of a file with a JSON object a line; blank lines are none.
  ///
  /// - Parameter columns: The keys. One with dots that no object has as a whole leads into objects: `meta.client`.
  /// - Throws: `DataFileError.malformed` with the line for what is not JSON, no object, has a key twice or is nested more
  ///   than 64 deep, and for a value that is an object or a list of lists; for a key that no line has, with the nearest.
  package static func jsonLines(_ file: TextFile, columns: [String]) throws(DataFileError) -> TextTable {
    var rows: [[TextValue]] = []
    var lines: [Int] = []
    var isFound = columns.map { _ in false }
    var names: [String] = []
    for (number, range) in file.lineRanges.enumerated() {
      let bytes = file.utf8[range]
      if bytes.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) { continue }
      let object: JSONLineValue
      do { object = try JSONLineParser.parse(bytes) } catch {
        throw .malformed(path: file.path, reason: "line \(number + 1): is not JSON: \(error)")
      }
      guard case .object(let members) = object else {
        throw .malformed(path: file.path, reason: "line \(number + 1): is \(object.kind) (allowed: a JSON object)")
      }
      if rows.isEmpty { names = members.map(\.key) }
      var row: [TextValue] = []
      for (place, column) in columns.enumerated() {
        let found = object.member(column)
        if found != nil { isFound[place] = true }
        row.append(try textValue(found ?? .null, column, number + 1, file.path))
      }
      rows.append(row)
      lines.append(number + 1)
    }
    if !rows.isEmpty, let place = isFound.firstIndex(of: false) {
      throw .malformed(path: file.path, reason: missingText("key", columns[place], names))
    }
    return TextTable(columns: columns, rows: rows, lines: lines)
  }

  private static func textValue(
    _ value: JSONLineValue, _ column: String, _ line: Int, _ path: String
  ) throws(DataFileError) -> TextValue {
    switch value {
    case .null: return .missing
    case .scalar(let text): return .text(text)
    case .array(let values):
      var texts: [String] = []
      texts.reserveCapacity(values.count)
      for value in values {
        guard case .scalar(let text) = value else {
          throw .malformed(
            path: path,
            reason: "line \(line): '\(printable(column))' has \(value.kind) in a list (allowed: texts, numbers)")
        }
        texts.append(text)
      }
      return .list(texts)
    case .object:
      throw .malformed(
        path: path, reason: "line \(line): '\(printable(column))' is \(value.kind) (allowed: a text, a number, a list)")
    }
  }

  private static func missingText(_ noun: String, _ name: String, _ names: [String]) -> String {
    let hint = nearestName(to: name, in: names).map { "; did you mean '\(printable($0))'?" } ?? ""
    let shown = names.prefix(20).map(printable).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    return "has no \(noun) '\(printable(name))'\(hint) (there: \(names.isEmpty ? "none" : shown))"
  }

  private static func firstRepeated(_ names: [String]) -> String? {
    var seen: Set<String> = []
    return names.first { !seen.insert($0).inserted }
  }
}

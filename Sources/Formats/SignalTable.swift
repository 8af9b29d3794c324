/// A table of numbers between blanks, one row a line, as MATLAB writes them and UCI HAR has its signals.
package struct SignalTable: Sendable, Equatable {
  /// The number of rows.
  package let rowCount: Int
  /// The numbers of a row.
  package let columnCount: Int
  /// `rowCount · columnCount` finite numbers, row by row.
  package let values: [Float]

  /// Reads the table at `path`.
  ///
  /// - Parameter columnCount: The numbers that each row must have; nil for those of the first row.
  /// - Throws: `DataFileError` as `init(bytes:path:columnCount:)` does, or when the file can't be read.
  package static func read(
    path: String, columnCount: Int? = nil, limit: Int = MemoryLimit.standard
  ) throws(DataFileError) -> SignalTable {
    try SignalTable(bytes: fileBytes(path, limit: limit), path: path, columnCount: columnCount, limit: limit)
  }

  /// Parses a table that is in memory.
  ///
  /// - Parameters:
  ///   - path: What messages call the file.
  ///   - columnCount: The numbers that each row must have; nil for those of the first row.
  /// - Throws: `DataFileError.malformed` with the line, when a row is empty or of another length, or something is no
  ///   finite number of 32 bits.
  package init(
    bytes: consuming [UInt8], path: String, columnCount: Int? = nil, limit: Int = MemoryLimit.standard
  ) throws(DataFileError) {
    let text = try textBytes(bytes, path: path, wanted: "a text of numbers", limit: limit)
    var parser = SignalParser(columnCount: columnCount)
    text.withUnsafeBufferPointer { parser.parse($0) }
    if let problem = parser.problem {
      throw DataFileError.foreign(
        path: path, start: text, wanted: "a text of numbers", allowed: "numbers between blanks, a row a line",
        except: ["a text", "a text of numbers", "a text of columns (TSV)", "a CSV text", "empty", "a LIBSVM text"])
        ?? .malformed(path: path, reason: problem)
    }
    guard parser.rowCount > 0 else { throw .malformed(path: path, reason: "is empty: it has no row of numbers") }
    (rowCount, self.columnCount, values) = (parser.rowCount, parser.columnCount ?? 0, parser.values)
  }

  /// The whole numbers of a file that has one a line, as labels and subjects.
  ///
  /// - Throws: `DataFileError` when the file can't be read, or a line has another number of numbers or one that is not
  ///   whole or below `least`.
  package static func wholeNumbers(path: String, least: Int) throws(DataFileError) -> [Int] {
    let table = try read(path: path, columnCount: 1)
    var numbers: [Int] = []
    for (row, value) in table.values.enumerated() {
      guard let number = Int(exactly: value), number >= least else {
        throw .malformed(
          path: path, reason: "line \(row + 1) has \(numberText(value)) (allowed: whole numbers from \(least) on)")
      }
      numbers.append(number)
    }
    return numbers
  }
}

/// Goes once through a text of numbers.
private struct SignalParser {
  private(set) var columnCount: Int?
  private(set) var rowCount = 0
  private(set) var values: [Float] = []
  private(set) var problem: String?

  init(columnCount: Int?) { self.columnCount = columnCount }

  mutating func parse(_ text: UnsafeBufferPointer<UInt8>) {
    var place = 0
    let end = text.count
    while place < end {
      var inRow = 0
      while place < end, text[place] != 0x0A {
        if isBlank(text[place]) {
          place += 1
          continue
        }
        let start = place
        while place < end, text[place] != 0x0A, !isBlank(text[place]) { place += 1 }
        let word = UnsafeBufferPointer(rebasing: text[start..<place])
        guard let number = decimalNumber(word, isForFloat: true), Float(number).isFinite else {
          let shown = printable(String(decoding: word.prefix(200), as: UTF8.self))
          problem = "line \(rowCount + 1): number \(inRow + 1) is '\(shown)' (allowed: finite numbers between blanks)"
          return
        }
        values.append(Float(number))
        inRow += 1
      }
      place += 1
      let expected = columnCount ?? inRow
      guard inRow == expected, inRow > 0 else {
        problem = "line \(rowCount + 1) has \(inRow) numbers, expected \(max(1, expected))"
        return
      }
      columnCount = inRow
      rowCount += 1
    }
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
}

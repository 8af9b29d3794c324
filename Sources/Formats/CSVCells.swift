/// The cells of a table, one after the other in one block of bytes, with quotes and separators taken out.
struct CSVCells: Sendable {
  /// Cells of a row.
  let columnCount: Int
  /// Rows, with the header.
  let rowCount: Int

  private let text: [UInt8]
  /// Where each cell begins, and the last ends.
  private let bounds: [UInt32]
  /// Where rows begin that are not one line after the row before: their numbers, and their lines.
  private let jumps: [(row: Int, line: Int)]

  /// Parses a text.
  ///
  /// - Parameter limit: The most bytes that the places of the cells may take.
  /// - Throws: `DataFileError.malformed` with the line.
  /// - Precondition: The text is not empty and has at most `CSVTable.limit` bytes.
  init(_ text: consuming [UInt8], layout: CSVTable.Layout, path: String, limit: Int) throws(DataFileError) {
    var text = text
    let parser = text.withUnsafeMutableBufferPointer { buffer -> CSVParser in
      var parser = CSVParser(layout: layout, cellLimit: limit / MemoryLayout<UInt32>.size)
      parser.parse(buffer)
      return parser
    }
    if let problem = parser.problem { throw .malformed(path: path, reason: problem) }
    (columnCount, rowCount, bounds, jumps) = (parser.columnCount, parser.rowCount, parser.bounds, parser.jumps)
    text.removeLast(text.count - Int(parser.bounds.last ?? 0))
    self.text = text
  }

  /// A cell's bytes.
  func bytes(_ cell: Int) -> ArraySlice<UInt8> { text[Int(bounds[cell])..<Int(bounds[cell + 1])] }

  /// A cell's text.
  func text(_ cell: Int) -> String { String(decoding: bytes(cell), as: UTF8.self) }

  /// Lends the block of bytes, and where each cell begins and the last ends.
  func withText(_ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt32>) -> Void) {
    text.withUnsafeBufferPointer { text in bounds.withUnsafeBufferPointer { body(text, $0) } }
  }

  /// The line at which a row begins, counted from 1.
  func line(ofRow row: Int) -> Int {
    var (low, high) = (0, jumps.count)
    while low < high {
      let middle = (low + high) / 2
      if jumps[middle].row <= row { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return row + 1 }
    return jumps[low - 1].line + row - jumps[low - 1].row
  }
}

/// Goes once through a text, moves the cells together and notes where they begin.
private struct CSVParser {
  private(set) var columnCount = 0
  private(set) var rowCount = 0
  private(set) var bounds: [UInt32] = [0]
  private(set) var jumps: [(row: Int, line: Int)] = []
  /// What is wrong with the text; the rest is of no use then.
  private(set) var problem: String?

  private let separator: UInt8
  private let isQuoted: Bool
  private let cellLimit: Int
  private var line = 1
  /// The line at which the row began.
  private var rowLine = 1
  private var cellsInRow = 0

  init(layout: CSVTable.Layout, cellLimit: Int) {
    self.cellLimit = cellLimit
    separator = UInt8(truncatingIfNeeded: layout.separator.value)
    isQuoted = layout.isQuoted
  }

  mutating func parse(_ text: UnsafeMutableBufferPointer<UInt8>) {
    let end = text.count
    let (separator, isQuoted) = (separator, isQuoted)
    // What is written is never beyond what was read.
    var (place, written) = (0, 0)
    bounds.reserveCapacity(min(end / 8, cellLimit))
    while place < end {
      // A cell begins here.
      if isQuoted, text[place] == UInt8(ascii: "\"") {
        guard let after = quotedCell(text, place + 1, &written) else { return }
        place = after
      } else {
        while place < end {
          let byte = text[place]
          if byte == separator || byte == 0x0A { break }
          if isQuoted, byte == UInt8(ascii: "\"") || byte == 0x0D {
            if byte == 0x0D, place + 1 < end, text[place + 1] == 0x0A { break }
            problem =
              byte == 0x0D
              ? "line \(line): a carriage return without a line feed (allowed: lines that end in LF or CR LF)"
              : "line \(line): a quote within a cell that does not begin with one (allowed: \"a \"\"b\"\" c\")"
            return
          }
          text[written] = byte
          written += 1
          place += 1
        }
      }
      bounds.append(UInt32(truncatingIfNeeded: written))
      cellsInRow += 1
      guard bounds.count <= cellLimit else {
        problem = "line \(line): more than \(cellLimit) cells, which is what there is memory for"
        return
      }
      if place < end, text[place] == separator {
        place += 1
        if place < end { continue }
        // The text ends after a separator: with an empty cell.
        bounds.append(UInt32(truncatingIfNeeded: written))
        cellsInRow += 1
      } else {
        if place < end, text[place] == 0x0D { place += 1 }
        place += 1
      }
      guard endRow() else { return }
    }
  }

  /// Reads a cell in quotes from behind the first of them.
  ///
  /// - Parameter written: Where its content goes, and then where it ends.
  /// - Returns: The place of the separator or line end, or the text's end; nil with `problem` set.
  private mutating func quotedCell(
    _ text: UnsafeMutableBufferPointer<UInt8>, _ start: Int, _ written: inout Int
  ) -> Int? {
    let (end, firstLine) = (text.count, line)
    var place = start
    while place < end {
      let byte = text[place]
      place += 1
      if byte == UInt8(ascii: "\"") {
        if place < end, text[place] == UInt8(ascii: "\"") {
          place += 1
        } else if place == end || text[place] == separator || text[place] == 0x0A
          || (text[place] == 0x0D && place + 1 < end && text[place + 1] == 0x0A)
        {
          return place
        } else {
          problem = "line \(line): text after a closing quote (allowed: a quote within a cell is doubled)"
          return nil
        }
      } else if byte == 0x0A {
        line += 1
      }
      text[written] = byte
      written += 1
    }
    problem = "line \(firstLine): a quote is not closed"
    return nil
  }

  /// Checks a row's length and begins the next.
  private mutating func endRow() -> Bool {
    if rowCount == 0 {
      columnCount = cellsInRow
    } else if cellsInRow != columnCount {
      let isBlank = cellsInRow == 1 && bounds[bounds.count - 1] == bounds[bounds.count - 2]
      let cells = isBlank ? "is empty" : "has \(cellsInRow) \(cellsInRow == 1 ? "cell" : "cells")"
      problem = "line \(rowLine) \(cells), the first row has \(columnCount)"
      return false
    }
    rowCount += 1
    cellsInRow = 0
    line += 1
    if line != rowLine + 1 { jumps.append((rowCount, line)) }
    rowLine = line
    return true
  }
}

extension Table {
  /// Returns the table for people: a line of headers, a rule, a line a row, each ended by a newline; columns stand
  /// two spaces apart.
  ///
  /// Where a line is wider than the terminal, ornaments go first; then columns of words are shortened with `…`, the
  /// widest first; then useful columns go, and names are shortened last. Numbers never are. Where all of that is not
  /// enough and the terminal has less than 100 columns, rows stand one below the other instead, a line a value, with
  /// all columns. Lines have no spaces at their end.
  ///
  /// - Parameters:
  ///   - style: Whether escape sequences may be used.
  ///   - width: The terminal's width in columns; nil means there is no limit, as in a file.
  package func text(style: TextStyle = .plain, width: Int? = 80) -> String {
    let people = columnIndices(for: .people)
    let headers = people.map { TerminalWidth.printable(columns[$0].header) }
    let body = rows.map { row in people.map { TerminalWidth.printable(row[$0].peopleText) } }
    let natural = people.indices.map { column in
      body.reduce(TerminalWidth.of(headers[column])) { max($0, TerminalWidth.of($1[column])) }
    }
    var fit = TableFit(widths: natural)
    if let width {
      fit = TableFit(people.map { columns[$0] }, headers: headers.map(TerminalWidth.of), widths: natural, limit: width)
      if width < 100, fit.lineWidth > width, !rows.isEmpty, people.count > 1 {
        return expanded(headers, body, people, style, width)
      }
    }

    func line(_ cells: [String], _ emphasis: (Int) -> Cell.Emphasis) -> String {
      var line = ""
      var spaces = 0
      for column in fit.shown {
        let text = TerminalWidth.truncated(cells[column], to: fit.widths[column])
        let gap = fit.widths[column] - TerminalWidth.of(text)
        let isLeading = columns[people[column]].alignment == .leading
        if !text.isEmpty {
          line +=
            String(repeating: " ", count: spaces + (isLeading ? 0 : gap)) + style.apply(emphasis(column), to: text)
          spaces = 0
        } else {
          spaces += isLeading ? 0 : gap
        }
        spaces += (isLeading ? gap : 0) + 2
      }
      return line + "\n"
    }

    let rule = fit.shown.map { String(repeating: "─", count: fit.widths[$0]) }.joined(separator: "  ") + "\n"
    var result = line(headers) { _ in .bold } + style.applyToLine(.dim, rule)
    for (row, cells) in zip(rows, body) {
      result += line(cells) { row[people[$0]].emphasis }
    }
    return result
  }

  /// The rows one below the other: a line a value with its header in front, and a rule between two rows. Names
  /// stay whole.
  private func expanded(
    _ headers: [String], _ body: [[String]], _ shown: [Int], _ style: TextStyle, _ width: Int
  ) -> String {
    let headerWidth = headers.map(TerminalWidth.of).max() ?? 0
    let valueWidth = max(8, width - headerWidth - 2)
    let records = zip(rows, body).map { row, cells in
      shown.indices.map { column in
        let canShrink = columns[shown[column]].canShrink && !columns[shown[column]].isName
        let value = canShrink ? TerminalWidth.truncated(cells[column], to: valueWidth) : cells[column]
        if value.isEmpty { return style.applyToLine(.dim, headers[column] + "\n") }
        let gap = String(repeating: " ", count: headerWidth - TerminalWidth.of(headers[column]) + 2)
        return style.apply(.dim, to: headers[column]) + gap + style.apply(row[shown[column]].emphasis, to: value) + "\n"
      }.joined()
    }
    let rule = String(repeating: "─", count: max(1, min(width, headerWidth + 10))) + "\n"
    return records.joined(separator: style.applyToLine(.dim, rule))
  }
}

extension TextStyle {
  /// The same as `apply`, for a line with its newline at the end.
  func applyToLine(_ emphasis: Cell.Emphasis, _ line: String) -> String {
    apply(emphasis, to: String(line.dropLast())) + "\n"
  }
}

extension Cell {
  /// The cell as people see it.
  package var peopleText: String {
    switch value {
    case .integer(let value): String(value)
    case .unsigned(let value): String(value)
    case .number(let value, let digits, let signed): NumberText.fixed(value, digits: digits, signed: signed)
    case .percent(let fraction): NumberText.percent(fraction)
    case .points(let difference): NumberText.points(difference)
    case .bytes(let count): NumberText.megabytes(count)
    case .duration(let seconds): NumberText.duration(seconds)
    case .time(let date): NumberText.time(date, toTheMinute: true)
    case .text(let text): text
    case .list(let words): words.joined(separator: ", ")
    case .boolean(let value): value ? "yes" : "no"
    case .missing: "–"
    }
  }
}

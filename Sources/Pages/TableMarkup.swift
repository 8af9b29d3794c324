internal import Figures
internal import Foundation
internal import Tables

/// A table in a page, as people read it.
enum TableMarkup {
  /// More rows are left to the CSV.
  static let shownRows = 200
  /// Longer words are shortened, and whole in a tip.
  private static let shownCharacters = 120

  /// Returns a table in a box that scrolls by itself.
  ///
  /// - Parameters:
  ///   - caption: What it shows; "" for nothing.
  ///   - limit: How many rows are shown.
  static func html(_ table: Table, caption: String = "", limit: Int = shownRows) -> String {
    let shown = table.columnIndices(for: .people)
    let name = MarkupText.escaped(caption.count > 300 ? TerminalWidth.truncated(caption, to: 300) : caption)
    var html = caption.isEmpty ? "" : "<p class=\"caption\" aria-hidden=\"true\">\(name)</p>"
    let label = caption.isEmpty ? "" : " aria-label=\"\(name)\""
    html += "<div class=\"scroll\" tabindex=\"0\"><table\(label)>"
    html += "<thead><tr>"
    for index in shown {
      let column = table.columns[index]
      html += "<th scope=\"col\"\(words(column))>\(text(column.header))</th>"
    }
    html += "</tr></thead><tbody>\n"
    for row in table.rows.prefix(limit) {
      html += "<tr>"
      for index in shown {
        let cell = row[index]
        var classes: [String] = table.columns[index].alignment == .leading ? ["words"] : []
        if cell.emphasis == .bold { classes.append("bold") }
        if cell.emphasis == .dim { classes.append("dim") }
        let attribute = classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\""
        html += "<td\(attribute)>\(text(cell.peopleText))</td>"
      }
      html += "</tr>\n"
    }
    html += "</tbody></table></div>"
    if table.rows.count > limit {
      html += "<p class=\"meta\">The first \(limit) of \(table.rows.count) rows; the CSV has all.</p>"
    }
    return html
  }

  /// Returns a link that saves the table as CSV, with all digits.
  static func link(_ table: Table, file: String) -> String {
    let data = table.csv().addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    return
      "<a class=\"csv\" download=\"\(MarkupText.escaped(file)).csv\" href=\"data:text/csv;charset=utf-8,\(data)\">CSV</a>"
  }

  /// Characters that a data URL in an attribute may hold as they are.
  private static let plain: CharacterSet = {
    var set = CharacterSet(charactersIn: "a"..."z")
    set.insert(charactersIn: "A"..."Z")
    set.insert(charactersIn: "0"..."9")
    set.insert(charactersIn: "-_.~,:;()/@*")
    return set
  }()

  private static func words(_ column: Table.Column) -> String { column.alignment == .leading ? " class=\"words\"" : "" }

  private static func text(_ text: String) -> String {
    let shown = text.count > shownCharacters ? TerminalWidth.truncated(text, to: shownCharacters) : text
    // Numbers need no isolation from the direction of what is around them.
    return shown.utf8.allSatisfy { $0 < 0x80 } ? MarkupText.escaped(shown) : "<bdi>\(MarkupText.escaped(shown))</bdi>"
  }
}

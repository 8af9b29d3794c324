internal import Figures
internal import Tables

/// A figure in a page: drawn wide and narrow, with its caption, its legend, its numbers.
struct FigureMarkup {
  /// The pixels of a drawing on a desk and on a phone; the style sheet shows one of them.
  static let wide = 820.0
  static let narrow = 336.0

  private let figure: Figure
  private let file: String

  /// - Parameter title: The page's title, for the names of files.
  init(_ figure: Figure, title: String) {
    self.figure = figure
    file = PageName.file(title) + "-" + figure.id
  }

  var html: String {
    let id = MarkupText.escaped(figure.id)
    var html =
      "<figure id=\"figure-\(id)\" data-figure=\"\(id)\">\n<h3>\(MarkupText.escaped(figure.title))</h3>\n"
    if let absence = figure.absence {
      return html + "<p class=\"absent\">\(MarkupText.escaped(absence))</p>\n</figure>\n"
    }
    html += legend
    html += "<div class=\"drawing wide\">\(figure.drawing(width: Self.wide, suffix: "-wide"))</div>\n"
    html += "<div class=\"drawing narrow\">\(figure.drawing(width: Self.narrow, suffix: "-narrow"))</div>\n"
    html += "<figcaption>\(MarkupText.escaped(figure.caption))</figcaption>\n"
    html += "<details id=\"details-\(id)\"><summary>Table</summary>\(TableMarkup.link(figure.table, file: file))"
    html += TableMarkup.html(figure.table) + "</details>\n"
    html += "<script type=\"application/json\">\(figure.data())</script>\n"
    return html + "</figure>\n"
  }

  /// What colours stand for; the page's script makes buttons of it.
  private var legend: String {
    guard figure.legend.count > 1 else { return "" }
    let keys = figure.legend.enumerated().map { series, entry in
      let pattern = Palette.stroke(entry.style)
      return "<li><span class=\"key\" data-series=\"\(series)\"><svg viewBox=\"0 0 22 10\" aria-hidden=\"true\">"
        + (figure.hasAreas
          ? "<rect class=\"\(Palette.fill(entry.style))\" x=\"6\" y=\"0\" width=\"10\" height=\"10\"/></svg>"
          : "<line class=\"line \(pattern)\" x1=\"1\" y1=\"5\" x2=\"21\" y2=\"5\"/></svg>")
        + "<span>\(MarkupText.escaped(entry.name))</span></span></li>"
    }
    return "<ul class=\"legend\">\(keys.joined())</ul>\n"
  }
}

/// Names of files made of names from the record.
package enum PageName {
  /// Returns `text` with a hyphen for everything but letters, digits, points and underscores, 80 characters at most;
  /// "report" where nothing is left.
  package static func file(_ text: String) -> String {
    var name = ""
    for character in text.prefix(80) {
      let isPlain =
        character.isASCII && (character.isLetter || character.isNumber || character == "." || character == "_")
      if isPlain {
        name.append(character)
      } else if name.last != "-" {
        name.append("-")
      }
    }
    let trimmed = name.drop { $0 == "-" || $0 == "." }
    return trimmed.isEmpty || trimmed.allSatisfy { $0 == "-" } ? "report" : String(trimmed)
  }
}

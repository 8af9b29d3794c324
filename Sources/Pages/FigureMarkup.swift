internal import Figures
internal import Reports

/// A figure in a page: drawn wide and narrow, with its caption, its legend, its numbers.
struct FigureMarkup {
  private let figure: Figure

  init(_ figure: Figure) { self.figure = figure }

  var html: String {
    let id = MarkupText.escaped(figure.id)
    var html = "<figure id=\"figure-\(id)\" data-figure=\"\(id)\">\n<h3>\(MarkupText.escaped(figure.title))</h3>\n"
    if let absence = figure.absence {
      return html + "<p class=\"absent\">\(MarkupText.escaped(absence))</p>\n</figure>\n"
    }
    html += "<div class=\"drawing wide\">\(figure.drawing(width: 760, suffix: "-wide"))</div>\n"
    html += "<div class=\"drawing narrow\">\(figure.drawing(width: 336, suffix: "-narrow"))</div>\n"
    html += "<figcaption>\(MarkupText.escaped(figure.caption))</figcaption>\n"
    html += "<script type=\"application/json\">\(figure.data())</script>\n"
    return html + "</figure>\n"
  }
}

internal import Figures
internal import Records
internal import Reports

/// What lies inside a page's `<main>`.
struct PageContent {
  let source: FigureSource
  let figures: [Figure]

  var html: String {
    let name = MarkupText.escaped(source.experiments.map(\.record.name).joined(separator: ", "))
    var html = "<header><h1>\(name)</h1><p>\(MarkupText.escaped(source.comparison.conclusion))</p></header>\n"
    for figure in figures { html += FigureMarkup(figure).html }
    return html
  }
}

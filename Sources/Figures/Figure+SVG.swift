/// Light or dark.
package enum Theme: String, Sendable, CaseIterable {
  /// On white.
  case light
  /// On near black.
  case dark
}

extension Figure {
  /// Returns the figure as an SVG file of its own: with title, legend and style, and without anything that has to be
  /// fetched.
  ///
  /// - Parameters:
  ///   - width: In pixels.
  ///   - height: In pixels; nil is what suits the figure.
  ///   - theme: Nil is that of who looks at it, by `prefers-color-scheme`, and light where nobody says.
  package func svg(width: Double = 760, height: Double? = nil, theme: Theme? = nil) -> String {
    let layout = FigureLayout(self, width: width, height: height, isStandalone: true)
    var canvas = Canvas(idPrefix: id)
    canvas.raw("<style>\(Self.style(theme))</style>")
    canvas.rectangle(Frame(x: 0, y: 0, width: width, height: layout.height), style: "surface")
    layout.draw(&canvas)
    return #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
      + Self.element(
        layout, canvas, title: title, description: isEmpty ? absence ?? "" : caption,
        attributes:
          #" xmlns="http://www.w3.org/2000/svg" width="\#(Canvas.number(width))" height="\#(Canvas.number(layout.height))""#
      )
      + "\n"
  }

  /// Returns the drawing alone, for a page that has the style, the title and the legend.
  ///
  /// - Parameters:
  ///   - width: In pixels.
  ///   - suffix: What sets its ids apart from another drawing of the figure in one page.
  package func drawing(width: Double, suffix: String) -> String {
    let layout = FigureLayout(self, width: width, height: nil, isStandalone: false)
    var canvas = Canvas(idPrefix: id + suffix)
    layout.draw(&canvas)
    return Self.element(layout, canvas, title: title, description: caption, attributes: "")
  }

  /// Returns what a page needs to say what is under the pointer: JSON of all panels and the legend.
  package func data() -> String {
    #"{"names":\#(ScriptData.texts(legend.map(\.name))),"styles":["#
      + legend.map { String($0.style) }.joined(separator: ",") + #"],"panels":["#
      + panels.map { panel in
        #"{"title":\#(MarkupText.scriptString(panel.title)),"# + panel.chart.drawing.data.dropFirst()
      }.joined(separator: ",") + "]}"
  }

  private static func element(
    _ layout: FigureLayout, _ canvas: Canvas, title: String, description: String, attributes: String
  ) -> String {
    let ids = "\(canvas.idPrefix)-title \(canvas.idPrefix)-description"
    return
      #"<svg class="figure"\#(attributes) viewBox="0 0 \#(Canvas.number(layout.width)) \#(Canvas.number(layout.height))" role="img""#
      + #" aria-labelledby="\#(MarkupText.escaped(ids))">"#
      + #"<title id="\#(MarkupText.escaped(canvas.idPrefix))-title">\#(MarkupText.escaped(title))</title>"#
      + #"<desc id="\#(MarkupText.escaped(canvas.idPrefix))-description">\#(MarkupText.escaped(description))</desc>"#
      + canvas.markup + "</svg>"
  }

  private static func style(_ theme: Theme?) -> String {
    let font = "svg{font-family:'Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans',sans-serif}\n"
    func rules(_ colours: Palette.Colours) -> String { Palette.rules { colours[$0] } }
    switch theme {
    case .light: return font + rules(Palette.light)
    case .dark: return font + rules(Palette.dark)
    case nil:
      return font + rules(Palette.light) + "@media (prefers-color-scheme: dark){\n" + rules(Palette.dark) + "}\n"
    }
  }
}

/// What a figure looks like: colours for both themes, told apart also by people who do not see all of them.
///
/// There are eight colours; further series take them again with a dash pattern. Each has a contrast of at least 3 to
/// 1 to the surface of its theme, and any two of a theme differ by at least 0.06 in OKLab also for protanopes,
/// deuteranopes and tritanopes.
package enum Palette {
  /// How many colours there are before dash patterns begin.
  package static let colourCount = 8
  /// How many patterns there are, the solid line among them.
  static let patternCount = 4
  /// The font size of labels, in pixels.
  static let labelSize = 11.0
  /// The font size of a figure's title.
  static let titleSize = 14.0

  /// The colours of one theme.
  package struct Colours: Sendable {
    /// What lies behind everything.
    package let surface: String
    /// Words.
    package let ink: String
    /// Words that step back: labels of axes.
    package let muted: String
    /// Lines of a grid.
    package let grid: String
    /// Lines that bound something.
    package let axis: String
    /// The hue of heat maps, laid over the surface.
    package let heat: String
    /// The series, in order.
    package let series: [String]
  }

  /// On white.
  package static let light = Colours(
    surface: "#ffffff", ink: "#1b1f24", muted: "#59636e", grid: "#e6e9ed", axis: "#a9b1ba", heat: "#0b5cad",
    series: ["#0063ad", "#d55e00", "#1b8f6a", "#90165b", "#645300", "#2b96e0", "#410469", "#868d96"])
  /// On near black.
  package static let dark = Colours(
    surface: "#15181d", ink: "#e6e9ed", muted: "#9aa4af", grid: "#2a2f37", axis: "#59636e", heat: "#6cb6ff",
    series: ["#3b86e6", "#ef8536", "#1fc49a", "#c8477f", "#d9cf3f", "#9fdcff", "#b79bf2", "#f3ead8"])

  /// The place of what is no series but bounds the others, as the number of those before it says: grey, thin and dashed, and
  /// not counted in the cycle of colours.
  package static func bound(_ index: Int) -> Int { -1 - index }

  /// The classes that give a series its colour and its pattern, for lines.
  package static func stroke(_ style: Int) -> String {
    // Solid grey is a series's.
    if style < 0 { return "sb d\(1 + (-1 - style) % (patternCount - 1))" }
    let pattern = (style / colourCount) % patternCount
    return "s\(style % colourCount)" + (pattern == 0 ? "" : " d\(pattern)")
  }

  /// The class that gives a series its colour alone, for lines that are told apart by their place.
  static func solidStroke(_ style: Int) -> String { style < 0 ? "sb" : "s\(style % colourCount)" }

  /// The class that gives a series its colour, for areas.
  package static func fill(_ style: Int) -> String { style < 0 ? "fb" : "f\(style % colourCount)" }

  /// The rules that give figures their looks; colours are `colour(name)`, with the names of `Colours` and `s0` to `s7`.
  package static func rules(_ colour: (String) -> String) -> String {
    var rules = """
      .surface{fill:\(colour("surface"))}
      .label,.tick,.name{font-size:11px;fill:\(colour("muted"))}
      .name{fill:\(colour("ink"))}
      .cell{font-size:11px;fill:\(colour("ink"))}
      .over{fill:\(colour("surface"))}
      .strong{font-size:12px;font-weight:600;fill:\(colour("ink"))}
      .heading{font-size:14px;font-weight:600;fill:\(colour("ink"))}
      .grid{stroke:\(colour("grid"));stroke-width:1}
      .axis{stroke:\(colour("axis"));stroke-width:1;fill:none}
      .zero{stroke:\(colour("muted"));stroke-width:1;stroke-dasharray:3 3}
      .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
      .slim{stroke-width:1.5}
      .thin{fill:none;stroke-width:1;stroke-opacity:.4;stroke-linejoin:round}
      .rule{fill:none;stroke-width:3}
      .rule2{fill:none;stroke-width:1.2}
      .band{fill-opacity:.15;stroke:none}
      .bar{fill-opacity:.85}
      .mark{stroke:\(colour("surface"));stroke-width:1}
      .heat{shape-rendering:crispEdges;fill:\(colour("heat"))}
      .none{fill:none;stroke:\(colour("grid"));stroke-width:1}
      .d1{stroke-dasharray:7 3}
      .d2{stroke-dasharray:2 3}
      .d3{stroke-dasharray:8 3 2 3}
      .sb{stroke:\(colour("muted"))}
      .line.sb{stroke-width:1.4}
      .rule.sb{stroke-width:2}
      .fb{fill:\(colour("muted"))}

      """
    for index in 0..<colourCount {
      rules += ".s\(index){stroke:\(colour("s\(index)"))}\n.f\(index){fill:\(colour("s\(index)"))}\n"
    }
    return rules
  }
}

extension Palette.Colours {
  /// The colour that is called so in `Palette.rules`.
  package subscript(name: String) -> String {
    switch name {
    case "surface": surface
    case "ink": ink
    case "muted": muted
    case "grid": grid
    case "axis": axis
    case "heat": heat
    default: Int(name.dropFirst()).map { series[$0 % series.count] } ?? ink
    }
  }

  /// The colours by name.
  package var named: [(name: String, colour: String)] {
    ["surface", "ink", "muted", "grid", "axis", "heat"].map { ($0, self[$0]) }
      + series.enumerated().map { ("s\($0.offset)", $0.element) }
  }
}

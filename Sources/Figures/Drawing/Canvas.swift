/// SVG markup as it grows, in pixels; all words that come in are escaped here.
struct Canvas {
  /// Where a label hangs on its point.
  enum Anchor: String {
    case start
    case middle
    case end
  }

  /// The markup so far.
  private(set) var markup = ""
  /// Where ids of this drawing begin, so that several can stand in one page.
  let idPrefix: String

  init(idPrefix: String) { self.idPrefix = idPrefix }

  /// Adds markup that is known to be well-formed.
  mutating func raw(_ text: String) { markup += text }

  /// Opens a group; `attributes` are escaped.
  mutating func open(_ attributes: KeyValuePairs<String, String>) {
    markup += "<g"
    for (name, value) in attributes { markup += " \(name)=\"\(MarkupText.escaped(value))\"" }
    markup += ">"
  }

  /// Closes the innermost group.
  mutating func close() { markup += "</g>" }

  /// Adds words that are shortened to `room` pixels; those cut are whole in a tip.
  mutating func label(
    _ text: String, x: Double, y: Double, anchor: Anchor = .start, size: Double = Palette.labelSize,
    room: Double = .infinity, style: String = "label"
  ) {
    let shown = room.isFinite ? TextWidth.fitted(text, size: size, in: room) : text
    let anchorText = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    markup += "<text class=\"\(style)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\"\(anchorText)>"
    if shown != text { markup += "<title>\(MarkupText.escaped(String(text.prefix(500))))</title>" }
    markup += MarkupText.escaped(shown) + "</text>"
  }

  /// Adds a straight line.
  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String) {
    markup +=
      "<line class=\"\(style)\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\" y2=\"\(Self.number(y2))\"/>"
  }

  /// Adds a path.
  mutating func path(_ data: String, style: String, series: Int? = nil) {
    let owner = series.map { " data-series=\"\($0)\"" } ?? ""
    markup += "<path class=\"\(style)\"\(owner) d=\"\(data)\"/>"
  }

  /// Adds a rectangle.
  mutating func rectangle(_ frame: Frame, style: String, series: Int? = nil, opacity: Double? = nil) {
    let owner = series.map { " data-series=\"\($0)\"" } ?? ""
    let fill = opacity.map { " fill-opacity=\"\(Self.number($0, digits: 2))\"" } ?? ""
    markup +=
      "<rect class=\"\(style)\"\(owner)\(fill) x=\"\(Self.number(frame.x))\" y=\"\(Self.number(frame.y))\""
      + " width=\"\(Self.number(max(0, frame.width)))\" height=\"\(Self.number(max(0, frame.height)))\"/>"
  }

  /// Adds a dot.
  mutating func dot(_ x: Double, _ y: Double, radius: Double, style: String, series: Int? = nil) {
    let owner = series.map { " data-series=\"\($0)\"" } ?? ""
    markup +=
      "<circle class=\"\(style)\"\(owner) cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\"/>"
  }

  /// Returns a coordinate with one digit after the point or `digits`, the shortest way.
  static func number(_ value: Double, digits: Int = 1) -> String {
    guard value.isFinite else { return "0" }
    let factor = digits == 1 ? 10 : 100
    let scaled = Int((min(max(value, -1e9), 1e9) * Double(factor)).rounded())
    let whole = abs(scaled) / factor
    let rest = abs(scaled) % factor
    let sign = scaled < 0 ? "-" : ""
    if rest == 0 { return "\(sign)\(whole)" }
    if digits == 1 { return "\(sign)\(whole).\(rest)" }
    return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }
}

/// A rectangle in pixels.
struct Frame: Equatable {
  var x: Double
  var y: Double
  var width: Double
  var height: Double

  var right: Double { x + width }
  var bottom: Double { y + height }
}

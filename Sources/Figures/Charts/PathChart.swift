/// Points of two measures, joined in their order: where each arm stands, and how it came there.
package struct PathChart: Sendable, Equatable {
  /// One way.
  package struct Path: Sendable, Equatable {
    /// The path's place in the figure's legend.
    package let series: Int
    /// The path's place in the palette.
    package let style: Int
    /// The path's points, in order.
    package let points: [Point]

    /// Makes a way.
    package init(series: Int, style: Int, points: [Point]) {
      self.series = series
      self.style = style
      self.points = points
    }
  }

  /// A point of a way.
  package struct Point: Sendable, Equatable {
    package let x: Double
    package let y: Double
    /// What the point is, for a tip: `round 4`.
    package let name: String

    package init(_ x: Double, _ y: Double, name: String) {
      self.x = x
      self.y = y
      self.name = name
    }
  }

  /// A value that is drawn across the chart, whatever lies on the horizontal axis.
  package struct Level: Sendable, Equatable {
    /// The level's place in the figure's legend.
    package let series: Int
    /// The level's place in the palette.
    package let style: Int
    /// Where it lies on the vertical axis.
    package let value: Double

    /// Makes a level.
    package init(series: Int, style: Int, value: Double) {
      self.series = series
      self.style = style
      self.value = value
    }
  }

  /// The horizontal axis.
  package let x: Axis
  /// The vertical axis.
  package let y: Axis
  /// The ways.
  package let paths: [Path]
  /// The levels, behind the ways.
  package let levels: [Level]

  /// Makes a chart.
  package init(x: Axis, y: Axis, paths: [Path], levels: [Level] = []) {
    self.x = x
    self.y = y
    self.paths = paths
    self.levels = levels
  }
}

extension PathChart: ChartDrawing {
  /// The largest number of points of which each has a dot; of more, only the last has one.
  private static let dottedCount = 30

  func leftMargin(width: Double) -> Double { PlotAxes.leftMargin(y) }
  func rightMargin(width: Double) -> Double { 16 }
  var bottomMargin: Double { 18 }
  var verticalName: String { y.name }
  var horizontalName: String { x.name }

  func height(forWidth width: Double, isAlone: Bool) -> Double { min(320, max(200, width * 0.45)) }

  func draw(_ canvas: inout Canvas, in plot: Frame, edges: Edges) {
    PlotAxes.draw(&canvas, x: x, y: y, in: plot, edges: edges)
    for level in levels {
      guard let share = y.share(level.value), level.value.isFinite else { continue }
      let place = Canvas.number(plot.y + (1 - share) * plot.height)
      canvas.path(
        "M\(Canvas.number(plot.x)) \(place)L\(Canvas.number(plot.right)) \(place)",
        style: "line \(Palette.stroke(level.style))", series: level.series)
    }
    for path in paths {
      let places = path.points.compactMap { PlotAxes.place($0.x, $0.y, x: x, y: y, plot) }
      let line = places.enumerated().map { index, place in
        (index == 0 ? "M" : "L") + Canvas.number(place.x) + " " + Canvas.number(place.y)
      }
      canvas.path(line.joined(), style: "line \(Palette.stroke(path.style))", series: path.series)
      if places.count <= Self.dottedCount {
        for place in places.dropLast() {
          canvas.dot(place.x, place.y, radius: 2.5, style: Palette.fill(path.style), series: path.series)
        }
      }
      if let last = places.last {
        canvas.dot(last.x, last.y, radius: 4.5, style: "mark \(Palette.fill(path.style))", series: path.series)
      }
    }
  }

  var data: String {
    let series = paths.map { path in
      #"{"s":\#(path.series),"x":\#(ScriptData.numbers(path.points.map(\.x))),"v":\#(ScriptData.numbers(path.points.map(\.y))),"#
        + #""t":\#(ScriptData.texts(path.points.map(\.name)))}"#
    }
    return
      #"{"kind":"paths","x":\#(ScriptData.axis(x)),"y":\#(ScriptData.axis(y)),"series":[\#(series.joined(separator: ","))]}"#
  }
}

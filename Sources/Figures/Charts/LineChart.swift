/// Curves over a common axis, some with bands around them, some thin behind the others.
package struct LineChart: Sendable, Equatable {
  /// One curve.
  package struct Line: Sendable, Equatable {
    /// The line's place in the figure's legend.
    package let series: Int
    /// The line's place in the palette.
    package let style: Int
    /// The points that the line runs through; a value that is not finite leaves a gap.
    package let points: [Point]
    /// What the band around it spans; empty for none.
    package let band: [Span]
    /// Whether the line stands behind the others, as one seed of many.
    package let isThin: Bool

    /// Makes a curve.
    package init(series: Int, style: Int, points: [Point], band: [Span] = [], isThin: Bool = false) {
      self.series = series
      self.style = style
      self.points = points
      self.band = band
      self.isThin = isThin
    }
  }

  /// A point of a curve.
  package struct Point: Sendable, Equatable {
    package let x: Double
    package let y: Double

    package init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// A part of a band.
  package struct Span: Sendable, Equatable {
    package let x: Double
    package let low: Double
    package let high: Double

    package init(_ x: Double, _ low: Double, _ high: Double) {
      self.x = x
      self.low = low
      self.high = high
    }
  }

  /// The horizontal axis.
  package let x: Axis
  /// The vertical axis.
  package let y: Axis
  /// The curves.
  package let lines: [Line]

  /// Makes a chart.
  package init(x: Axis, y: Axis, lines: [Line]) {
    self.x = x
    self.y = y
    self.lines = lines
  }
}

extension LineChart: ChartDrawing {
  func leftMargin(width: Double) -> Double { PlotAxes.leftMargin(y) }
  func rightMargin(width: Double) -> Double { 12 }
  var bottomMargin: Double { 18 }
  var verticalName: String { y.name }
  var horizontalName: String { x.name }

  func height(forWidth width: Double, isAlone: Bool) -> Double {
    isAlone ? min(300, max(190, width * 0.42)) : min(140, max(80, width * 0.62))
  }

  func draw(_ canvas: inout Canvas, in plot: Frame, edges: Edges) {
    PlotAxes.draw(&canvas, x: x, y: y, in: plot, edges: edges)
    for line in lines where !line.band.isEmpty {
      canvas.path(band(line, plot), style: "band \(Palette.fill(line.style))", series: line.series)
    }
    for line in lines where line.isThin {
      canvas.path(curve(line, plot), style: "thin \(Palette.stroke(line.style))", series: line.series)
    }
    for line in lines where !line.isThin {
      canvas.path(
        curve(line, plot), style: "line\(edges.isAlone ? "" : " slim") \(Palette.stroke(line.style))",
        series: line.series)
      drawLonePoints(&canvas, line, plot)
    }
  }

  /// A point without neighbours would leave no mark as a line.
  private func drawLonePoints(_ canvas: inout Canvas, _ line: Line, _ plot: Frame) {
    let places = line.points.map { PlotAxes.place($0.x, $0.y, x: x, y: y, plot) }
    for index in places.indices {
      guard let place = places[index] else { continue }
      let before = index > 0 ? places[index - 1] : nil
      let after = index + 1 < places.count ? places[index + 1] : nil
      if before == nil, after == nil {
        canvas.dot(place.x, place.y, radius: 3, style: Palette.fill(line.style), series: line.series)
      }
    }
  }

  private func curve(_ line: Line, _ plot: Frame) -> String {
    var path = ""
    var isDown = false
    for point in line.points {
      guard let place = PlotAxes.place(point.x, point.y, x: x, y: y, plot) else {
        isDown = false
        continue
      }
      path += (isDown ? "L" : "M") + Canvas.number(place.x) + " " + Canvas.number(place.y)
      isDown = true
    }
    return path
  }

  /// The band's outline, a closed path for each stretch without a gap.
  private func band(_ line: Line, _ plot: Frame) -> String {
    var path = ""
    var stretch: [(x: Double, low: Double, high: Double)] = []
    func close() {
      if stretch.count > 1 {
        let forth = stretch.map { Canvas.number($0.x) + " " + Canvas.number($0.high) }
        let back = stretch.reversed().map { Canvas.number($0.x) + " " + Canvas.number($0.low) }
        path += "M" + (forth + back).joined(separator: "L") + "Z"
      }
      stretch = []
    }
    for span in line.band {
      guard let low = PlotAxes.place(span.x, span.low, x: x, y: y, plot),
        let high = PlotAxes.place(span.x, span.high, x: x, y: y, plot)
      else {
        close()
        continue
      }
      stretch.append((low.x, low.y, high.y))
    }
    close()
    return path
  }

  var data: String {
    let xs = Set(lines.flatMap { $0.points.map(\.x) }).sorted()
    let series = lines.filter { !$0.isThin }.map { line in
      let values = Dictionary(line.points.map { ($0.x, $0.y) }) { first, _ in first }
      var text = #"{"s":\#(line.series),"v":\#(ScriptData.numbers(xs.map { values[$0] }))"#
      if !line.band.isEmpty {
        let spans = Dictionary(line.band.map { ($0.x, $0) }) { first, _ in first }
        text +=
          #","lo":\#(ScriptData.numbers(xs.map { spans[$0]?.low })),"hi":\#(ScriptData.numbers(xs.map { spans[$0]?.high }))"#
      }
      return text + "}"
    }
    return
      #"{"kind":"lines","x":\#(ScriptData.axis(x)),"y":\#(ScriptData.axis(y)),"xs":\#(ScriptData.numbers(xs)),"series":["#
      + series.joined(separator: ",") + "]}"
  }
}

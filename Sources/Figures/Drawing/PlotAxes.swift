/// The frame of a plot with two numeric axes: a quiet grid, ticks and their labels.
enum PlotAxes {
  /// Room for the labels of a vertical axis.
  static func leftMargin(_ y: Axis) -> Double {
    8 + (y.ticks(5).map { TextWidth.of($0.text, size: Palette.labelSize) }.max() ?? 0)
  }

  /// Draws grid, axes and labels.
  static func draw(_ canvas: inout Canvas, x: Axis, y: Axis, in plot: Frame, edges: Edges) {
    for tick in y.ticks(max(2, Int(plot.height / 38))) {
      guard let share = y.share(tick.value) else { continue }
      let place = plot.bottom - share * plot.height
      canvas.line(plot.x, place, plot.right, place, style: "grid")
      if edges.left { canvas.label(tick.text, x: plot.x - 6, y: place + 4, anchor: .end, style: "tick") }
    }
    canvas.line(plot.x, plot.bottom, plot.right, plot.bottom, style: "axis")
    drawHorizontal(&canvas, x, in: plot, edges: edges)
  }

  /// Draws the ticks of a horizontal axis and, at the plot's lower edge, their labels.
  static func drawHorizontal(_ canvas: inout Canvas, _ x: Axis, in plot: Frame, edges: Edges, hasGrid: Bool = false) {
    var count = max(2, Int(plot.width / 60))
    var ticks = x.ticks(count)
    func widest() -> Double { ticks.map { TextWidth.of($0.text, size: Palette.labelSize) }.max() ?? 0 }
    while count > 1, widest() * Double(ticks.count) > plot.width {
      count -= 1
      ticks = x.ticks(count)
    }
    for tick in ticks {
      guard let share = x.share(tick.value) else { continue }
      let place = plot.x + share * plot.width
      canvas.line(place, plot.bottom, place, plot.bottom + 4, style: "axis")
      if hasGrid { canvas.line(place, plot.y, place, plot.bottom, style: "grid") }
      if edges.bottom { canvas.label(tick.text, x: place, y: plot.bottom + 15, anchor: .middle, style: "tick") }
    }
  }

  /// Where a point lies, in pixels; nil where it lies nowhere.
  static func place(_ xValue: Double, _ yValue: Double, x: Axis, y: Axis, _ plot: Frame) -> (x: Double, y: Double)? {
    guard let across = x.share(xValue), let up = y.share(yValue) else { return nil }
    return (plot.x + across * plot.width, plot.bottom - up * plot.height)
  }
}

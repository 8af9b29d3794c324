/// Estimates with their intervals, a row each: a forest plot.
package struct IntervalChart: Sendable, Equatable {
  /// One estimate.
  package struct Row: Sendable, Equatable {
    /// What is estimated.
    package let name: String
    /// The estimate; nil where there is none.
    package let estimate: Double?
    /// The row's interval; nil where there is none.
    package let interval: ClosedRange<Double>?
    /// Another interval, drawn thin below the first; nil where there is none.
    package let second: ClosedRange<Double>?
    /// The numbers in words.
    package let note: String
    /// The row's place in the figure's legend.
    package let series: Int
    /// The row's place in the palette.
    package let style: Int
    /// The group that the row begins, whose name stands above it; nil where it begins none.
    package let group: String?

    /// Makes a row.
    package init(
      name: String, estimate: Double?, interval: ClosedRange<Double>?, second: ClosedRange<Double>? = nil, note: String,
      series: Int, style: Int, group: String? = nil
    ) {
      self.name = name
      self.estimate = estimate
      self.interval = interval
      self.second = second
      self.note = note
      self.series = series
      self.style = style
      self.group = group
    }
  }

  /// What is estimated; 0 is on it.
  package let axis: Axis
  /// The rows, from top to bottom.
  package let rows: [Row]

  /// Makes a chart.
  package init(axis: Axis, rows: [Row]) {
    self.axis = axis
    self.rows = rows
  }
}

extension IntervalChart: ChartDrawing {
  private static let narrow = 520.0
  private static let rowHeight = 22.0
  private static let groupHeight = 22.0

  /// Where there is no room for three columns, names and notes stand above their interval.
  private func isStacked(_ width: Double) -> Bool { width < Self.narrow }

  func leftMargin(width: Double) -> Double {
    guard !isStacked(width) else { return 10 }
    let widest = rows.map { TextWidth.of($0.name.prefix(80), size: Palette.labelSize) }.max() ?? 0
    return 14 + min(widest, width * 0.25)
  }

  func rightMargin(width: Double) -> Double {
    guard !isStacked(width) else { return 12 }
    let widest = rows.map { TextWidth.of($0.note, size: Palette.labelSize) }.max() ?? 0
    return 14 + min(widest, width * 0.34)
  }

  var bottomMargin: Double { 18 }
  var verticalName: String { "" }
  var horizontalName: String { axis.name }

  func height(forWidth width: Double, isAlone: Bool) -> Double {
    // The plot of a stacked layout takes the figure's width.
    let rowHeight = isStacked(width + leftMargin(width: 0)) ? Self.rowHeight + 14 : Self.rowHeight
    return 8 + Double(rows.count) * rowHeight + Double(rows.count { $0.group != nil }) * Self.groupHeight
  }

  func draw(_ canvas: inout Canvas, in plot: Frame, edges: Edges) {
    let isStacked = plot.x < 30
    let unit = plot.height / height(forWidth: isStacked ? 100 : Self.narrow, isAlone: true)
    PlotAxes.drawHorizontal(&canvas, axis, in: plot, edges: edges, hasGrid: true)
    canvas.line(plot.x, plot.bottom, plot.right, plot.bottom, style: "axis")
    if let zero = axis.share(0) {
      let place = plot.x + zero * plot.width
      canvas.line(place, plot.y, place, plot.bottom, style: "zero")
    }
    var y = plot.y + 4 * unit
    for row in rows {
      if let group = row.group {
        canvas.label(
          group, x: plot.x - leftMargin(width: isStacked ? 0 : 1000) + 4, y: y + 15 * unit, size: 12, room: plot.right,
          style: "strong")
        y += Self.groupHeight * unit
      }
      let rowHeight = (isStacked ? Self.rowHeight + 14 : Self.rowHeight) * unit
      canvas.open(["class": "row", "data-series": String(row.series)])
      if isStacked {
        let noteRoom = min(TextWidth.of(row.note, size: Palette.labelSize), plot.width * 0.62)
        canvas.label(row.name, x: plot.x, y: y + 11, room: plot.width - noteRoom - 10, style: "name")
        canvas.label(row.note, x: plot.right, y: y + 11, anchor: .end, room: noteRoom + 1, style: "tick")
      } else {
        canvas.label(row.name, x: plot.x - 10, y: y + rowHeight / 2 + 4, anchor: .end, room: plot.x - 12, style: "name")
        canvas.label(row.note, x: plot.right + 12, y: y + rowHeight / 2 + 4, style: "tick")
      }
      draw(&canvas, row, at: isStacked ? y + rowHeight - 10 * unit : y + rowHeight / 2, in: plot)
      canvas.close()
      y += rowHeight
    }
  }

  private func draw(_ canvas: inout Canvas, _ row: Row, at y: Double, in plot: Frame) {
    func place(_ value: Double) -> Double? { axis.share(value).map { plot.x + $0 * plot.width } }
    let colour = Palette.solidStroke(row.style)
    if let interval = row.interval, let low = place(interval.lowerBound), let high = place(interval.upperBound) {
      canvas.line(low, y, high, y, style: "rule \(colour)")
      if interval.lowerBound < axis.range.lowerBound { arrow(&canvas, at: low, y, direction: -1, row.style) }
      if interval.upperBound > axis.range.upperBound { arrow(&canvas, at: high, y, direction: 1, row.style) }
    }
    if let second = row.second, let low = place(second.lowerBound), let high = place(second.upperBound) {
      canvas.line(low, y + 5, high, y + 5, style: "rule2 \(colour)")
    }
    if let estimate = row.estimate, let x = place(estimate) {
      canvas.dot(x, y, radius: 4.5, style: "mark \(Palette.fill(row.style))")
    }
  }

  /// The head of an interval that goes on beyond the axis.
  private func arrow(_ canvas: inout Canvas, at x: Double, _ y: Double, direction: Double, _ style: Int) {
    let points = [(x, y - 4.5), (x + direction * 6, y), (x, y + 4.5)].map {
      Canvas.number($0.0) + " " + Canvas.number($0.1)
    }
    canvas.path("M" + points.joined(separator: "L") + "Z", style: Palette.fill(style))
  }

  var data: String { #"{"kind":"intervals"}"# }
}

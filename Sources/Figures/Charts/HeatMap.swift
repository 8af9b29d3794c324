/// A grid of cells whose strength says how large their values are.
package struct HeatMap: Sendable, Equatable {
  /// The rows' names, from top to bottom.
  package let rows: [String]
  /// The columns' names, from left to right.
  package let columns: [String]
  /// What the columns are.
  package let columnName: String
  /// Whether columns are numbers of which only some are there, as thinned rounds are.
  package let isThinned: Bool
  /// A row of values for each row; nil and what is not finite leave their cell empty.
  package let values: [[Double?]]
  /// What strengths stand for: the same in all panels of a figure.
  package let scale: HeatScale
  /// Whether cells say their values where there is room.
  package let showsValues: Bool

  /// Makes a heat map.
  ///
  /// - Precondition: A list of values for each row, with one value for each column.
  package init(
    rows: [String], columns: [String], columnName: String, isThinned: Bool = false, values: [[Double?]],
    scale: HeatScale, showsValues: Bool = false
  ) {
    precondition(
      values.count == rows.count && values.allSatisfy { $0.count == columns.count },
      "\(values.count) rows of \(Set(values.map(\.count)).sorted()) values for \(rows.count) × \(columns.count) cells")
    self.rows = rows
    self.columns = columns
    self.columnName = columnName
    self.isThinned = isThinned
    self.values = values
    self.scale = scale
    self.showsValues = showsValues
  }
}

extension HeatMap: ChartDrawing {
  func leftMargin(width: Double) -> Double {
    let widest = rows.map { TextWidth.of($0.prefix(80), size: Palette.labelSize) }.max() ?? 0
    return 8 + min(widest, width * 0.3)
  }

  func rightMargin(width: Double) -> Double { 4 }
  var bottomMargin: Double { 18 }
  var verticalName: String { scale.name }
  var horizontalName: String { columnName }
  var heatScale: HeatScale? { scale }

  func height(forWidth width: Double, isAlone: Bool) -> Double {
    Double(rows.count) * min(18, max(4, 420 / Double(max(1, rows.count))))
  }

  func draw(_ canvas: inout Canvas, in plot: Frame, edges: Edges) {
    guard !rows.isEmpty, !columns.isEmpty else { return }
    let height = plot.height / Double(rows.count)
    let width = plot.width / Double(columns.count)
    canvas.rectangle(plot, style: "none")
    drawCells(&canvas, plot, width, height)
    if showsValues { drawValues(&canvas, plot, width, height) }
    if edges.left {
      let stride = max(1, Int((12 / height).rounded(.up)))
      for row in Swift.stride(from: 0, to: rows.count, by: stride) {
        canvas.label(
          rows[row], x: plot.x - 6, y: plot.y + (Double(row) + 0.5) * height + 4, anchor: .end,
          room: max(30, plot.x - 8),
          style: "tick")
      }
    }
    if edges.bottom { CategoryLabels.draw(&canvas, columns, isThinned: isThinned, in: plot) }
  }

  /// A path for each strength. Small cells have no gaps, and neighbours of one row and strength are one rectangle;
  /// edges are rounded before they are used, so that no seam opens between two paths.
  private func drawCells(_ canvas: inout Canvas, _ plot: Frame, _ width: Double, _ height: Double) {
    let hasGaps = width >= 14 && height >= 10
    let gap = hasGaps ? 1.0 : 0
    var paths = [String](repeating: "", count: HeatScale.levelCount)
    for (row, line) in values.enumerated() {
      let levels = line.map { $0.flatMap(scale.level) }
      let top = Canvas.number(plot.y + Double(row) * height)
      let bottom = Canvas.number(plot.y + Double(row + 1) * height - gap)
      var column = 0
      while column < levels.count {
        guard let level = levels[column] else {
          column += 1
          continue
        }
        var end = column + 1
        while !hasGaps, end < levels.count, levels[end] == level { end += 1 }
        let left = Canvas.number(plot.x + Double(column) * width)
        let right = Canvas.number(plot.x + Double(end) * width - gap)
        paths[level] += "M\(left) \(top)H\(right)V\(bottom)H\(left)z"
        column = end
      }
    }
    for (level, path) in paths.enumerated() where !path.isEmpty {
      canvas.raw(
        "<path class=\"heat\" fill-opacity=\"\(Canvas.number(HeatScale.opacity(level), digits: 2))\" d=\"\(path)\"/>")
    }
  }

  /// Writes values into cells that have room for the longest of them.
  private func drawValues(_ canvas: inout Canvas, _ plot: Frame, _ width: Double, _ height: Double) {
    func text(_ value: Double) -> String { scale.axis.format.labels([value], step: 0.01)[0] }
    let finite = values.joined().compactMap { $0 }.filter(\.isFinite)
    let widest = finite.map { TextWidth.of(text($0), size: Palette.labelSize) }.max() ?? 0
    guard height >= 14, width >= widest + 6 else { return }
    for (row, line) in values.enumerated() {
      for (column, value) in line.enumerated() {
        guard let value, value.isFinite, let level = scale.level(value) else { continue }
        canvas.label(
          text(value), x: plot.x + (Double(column) + 0.5) * width, y: plot.y + (Double(row) + 0.5) * height + 4,
          anchor: .middle, style: HeatScale.opacity(level) > 0.65 ? "cell over" : "cell")
      }
    }
  }

  var data: String {
    let lines = values.map { ScriptData.shortNumbers($0) }.joined(separator: ",")
    return #"{"kind":"heat","rows":\#(ScriptData.texts(rows)),"columns":\#(ScriptData.texts(columns)),"#
      + #""columnName":\#(MarkupText.scriptString(columnName)),"name":\#(MarkupText.scriptString(scale.name)),"#
      + #""format":"\#(scale.axis.format.rawValue)","values":[\#(lines)]}"#
  }
}

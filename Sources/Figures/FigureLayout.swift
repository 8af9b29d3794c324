internal import Algorithms

/// Where the parts of a figure stand.
struct FigureLayout {
  /// The drawing's width in pixels.
  let width: Double
  /// The drawing's height in pixels.
  let height: Double
  private let figure: Figure
  private let isStandalone: Bool
  private let cells: [Cell]
  private let legendRows: [[(entry: Figure.LegendEntry, series: Int, x: Double, room: Double)]]
  private let legendTop: Double
  private let nameTop: Double

  private struct Cell {
    var plot: Frame
    var edges: Edges
    var title: String
  }

  private static let gap = 24.0
  private static let legendHeight = 18.0

  /// Lays a figure out.
  ///
  /// - Parameters:
  ///   - width: In pixels; at least 160 are taken.
  ///   - height: In pixels, which plots grow or shrink to fill; nil is what suits the figure.
  ///   - isStandalone: Whether it has title and legend itself.
  init(_ figure: Figure, width: Double, height: Double?, isStandalone: Bool) {
    self.figure = figure
    self.isStandalone = isStandalone
    let width = max(160, width)
    self.width = width
    let side = isStandalone ? 14.0 : 0
    var top = isStandalone ? 34.0 : 2
    legendTop = top
    legendRows = isStandalone && figure.legend.count > 1 ? Self.legendRows(figure.legend, side: side, width: width) : []
    top += Double(legendRows.count) * Self.legendHeight + (legendRows.isEmpty ? 0 : 6)
    let drawings = figure.panels.map(\.chart.drawing)
    nameTop = top
    if drawings.contains(where: { !$0.verticalName.isEmpty }) { top += 24 }
    if figure.isEmpty { top += 30 }
    let natural = Self.cells(figure, drawings, top: top, side: side, width: width, factor: 1)
    guard let height, height > 0 else {
      (cells, self.height) = (natural.cells, natural.bottom + (isStandalone ? 10 : 2))
      return
    }
    let plots = natural.plotHeight
    let fixed = natural.bottom + (isStandalone ? 10 : 2) - plots
    let factor = plots > 0 ? max(0.2, (height - fixed) / plots) : 1
    let filled = Self.cells(figure, drawings, top: top, side: side, width: width, factor: factor)
    (cells, self.height) = (filled.cells, max(height, filled.bottom))
  }

  private static func cells(
    _ figure: Figure, _ drawings: [any ChartDrawing], top: Double, side: Double, width: Double, factor: Double
  ) -> (cells: [Cell], bottom: Double, plotHeight: Double) {
    let left = side + (drawings.map { $0.leftMargin(width: width) }.max() ?? 0)
    let right = side + (drawings.map { $0.rightMargin(width: width) }.max() ?? 0)
    let room = max(60, width - left - right)
    var columns = 1
    if case .grid(let minimum) = figure.arrangement {
      let most = min(max(1, drawings.count), max(1, Int((room + gap) / (minimum + gap))))
      // As few rows as there can be, but filled evenly: four are two and two rather than three and one.
      let rows = (drawings.count + most - 1) / most
      columns = max(1, (drawings.count + rows - 1) / max(1, rows))
    }
    let plotWidth = (room - gap * Double(columns - 1)) / Double(columns)
    var cells: [Cell] = []
    var y = top
    var plotHeight = 0.0
    for row in drawings.indices.chunks(ofCount: columns) {
      let isAlone = columns == 1 && drawings.count <= 2
      let height =
        factor * (row.map { drawings[$0].height(forWidth: plotWidth, isAlone: isAlone) }.max() ?? 0)
      plotHeight += height
      if row.contains(where: { !figure.panels[$0].title.isEmpty }) { y += 18 }
      var below = 6.0
      for (column, index) in row.enumerated() {
        let isLowest = columns == 1 || index + columns >= drawings.count
        let plot = Frame(x: left + Double(column) * (plotWidth + gap), y: y, width: plotWidth, height: height)
        cells.append(
          Cell(
            plot: plot, edges: Edges(left: column == 0, bottom: isLowest, isAlone: isAlone),
            title: figure.panels[index].title))
        if isLowest {
          below = max(below, drawings[index].bottomMargin + (drawings[index].horizontalName.isEmpty ? 4 : 20))
        }
      }
      y += height + below
    }
    return (cells, y, plotHeight)
  }

  private static func legendRows(
    _ legend: [Figure.LegendEntry], side: Double, width: Double
  ) -> [[(entry: Figure.LegendEntry, series: Int, x: Double, room: Double)]] {
    var rows: [[(entry: Figure.LegendEntry, series: Int, x: Double, room: Double)]] = [[]]
    var x = side
    for (series, entry) in legend.enumerated() {
      let room = min(TextWidth.of(entry.name.prefix(60), size: Palette.labelSize), min(220, width - 2 * side - 26))
      if x > side, x + 26 + room > width - side {
        rows.append([])
        x = side
      }
      rows[rows.count - 1].append((entry, series, x, room))
      x += 26 + room + 16
    }
    return rows
  }

  /// Draws everything.
  func draw(_ canvas: inout Canvas) {
    let side = isStandalone ? 14.0 : 0
    if isStandalone {
      canvas.label(figure.title, x: side, y: 22, size: Palette.titleSize, room: width - 2 * side, style: "heading")
    }
    for (index, row) in legendRows.enumerated() {
      let y = legendTop + Double(index) * Self.legendHeight + 10
      for item in row {
        if figure.hasAreas {
          canvas.rectangle(Frame(x: item.x + 6, y: y - 9, width: 11, height: 11), style: Palette.fill(item.entry.style))
        } else {
          canvas.line(item.x, y - 4, item.x + 20, y - 4, style: "line \(Palette.stroke(item.entry.style))")
        }
        canvas.label(item.entry.name, x: item.x + 26, y: y, room: item.room + 1, style: "name")
      }
    }
    let drawings = figure.panels.map(\.chart.drawing)
    if figure.isEmpty {
      canvas.label(figure.absence ?? "", x: side, y: nameTop + 14, room: width - 2 * side, style: "label")
    }
    let scale = drawings.lazy.compactMap(\.heatScale).first
    scale?.draw(&canvas, right: width - side - 4, baseline: nameTop + 9)
    if let name = drawings.map(\.verticalName).first(where: { !$0.isEmpty }) {
      let room = width - 2 * side - (scale?.barWidth ?? 0)
      canvas.label(name, x: side, y: nameTop + 9, room: room, style: "label")
    }
    for (index, cell) in cells.enumerated() {
      let plot = cell.plot
      let frame = [plot.x, plot.y, plot.width, plot.height].map { Canvas.number($0) }.joined(separator: " ")
      canvas.open(["class": "panel", "data-panel": String(index), "data-plot": frame])
      if !cell.title.isEmpty {
        canvas.label(cell.title, x: plot.x, y: plot.y - 6, size: 12, room: plot.width, style: "strong")
      }
      drawings[index].draw(&canvas, in: plot, edges: cell.edges)
      let name = drawings[index].horizontalName
      if cell.edges.bottom, !name.isEmpty {
        canvas.label(
          name, x: plot.x + plot.width / 2, y: plot.bottom + drawings[index].bottomMargin + 12, anchor: .middle,
          room: plot.width + 40)
      }
      canvas.close()
    }
  }
}

/// Bars over categories: those of one category stacked, or side by side.
package struct BarChart: Sendable, Equatable {
  /// One kind of bar.
  package struct Series: Sendable, Equatable {
    /// The series' place in the figure's legend.
    package let series: Int
    /// The series' place in the palette.
    package let style: Int
    /// The series' value in each category; nil and what is not finite leave no bar.
    package let values: [Double?]

    /// Makes a kind of bar.
    package init(series: Int, style: Int, values: [Double?]) {
      self.series = series
      self.style = style
      self.values = values
    }
  }

  /// The categories' names, from left to right.
  package let categories: [String]
  /// What the categories are.
  package let categoryName: String
  /// What the bars measure.
  package let y: Axis
  /// The kinds of bars.
  package let series: [Series]
  /// Whether bars of one category stand on each other.
  package let isStacked: Bool

  /// Makes a chart; its axis begins at 0.
  ///
  /// - Precondition: Each kind has a value for each category.
  package init(
    categories: [String], categoryName: String, series: [Series], isStacked: Bool, name: String, format: ValueFormat
  ) {
    precondition(
      series.allSatisfy { $0.values.count == categories.count },
      "series of \(series.map(\.values.count)) values for \(categories.count) categories")
    self.categories = categories
    self.categoryName = categoryName
    self.series = series
    self.isStacked = isStacked
    let single = series.flatMap(\.values).compactMap { $0 }
    let sums = categories.indices.map { index in
      series.reduce(0) { sum, one in sum + (one.values[index].flatMap { $0.isFinite ? $0 : nil } ?? 0) }
    }
    y = Axis(isStacked ? sums : single, name: name, format: format, includesZero: true)
  }
}

extension BarChart: ChartDrawing {
  func leftMargin(width: Double) -> Double { PlotAxes.leftMargin(y) }
  func rightMargin(width: Double) -> Double { 4 }
  var bottomMargin: Double { 18 }
  var verticalName: String { y.name }
  var horizontalName: String { categoryName }

  func height(forWidth width: Double, isAlone: Bool) -> Double { isAlone ? 200 : 110 }

  func draw(_ canvas: inout Canvas, in plot: Frame, edges: Edges) {
    for tick in y.ticks(max(2, Int(plot.height / 45))) {
      guard let share = y.share(tick.value) else { continue }
      let place = plot.bottom - share * plot.height
      canvas.line(plot.x, place, plot.right, place, style: "grid")
      if edges.left { canvas.label(tick.text, x: plot.x - 6, y: place + 4, anchor: .end, style: "tick") }
    }
    let slot = plot.width / Double(max(1, categories.count))
    let gap = slot > 4 ? min(10, slot * 0.25) : 0
    for index in categories.indices {
      var floor = 0.0
      for (place, one) in series.enumerated() {
        guard let value = one.values[index], value.isFinite, let top = y.share(floor + value),
          let bottom = y.share(floor)
        else { continue }
        var frame = Frame(
          x: plot.x + Double(index) * slot + gap / 2, y: plot.bottom - max(top, bottom) * plot.height,
          width: slot - gap,
          height: abs(top - bottom) * plot.height)
        if isStacked {
          floor += value
        } else {
          frame.width /= Double(series.count)
          frame.x += Double(place) * frame.width
        }
        canvas.rectangle(frame, style: "bar \(Palette.fill(one.style))", series: one.series)
      }
    }
    canvas.line(plot.x, plot.bottom, plot.right, plot.bottom, style: "axis")
    if edges.bottom { CategoryLabels.draw(&canvas, categories, in: plot) }
  }

  var data: String {
    let parts = series.map { #"{"s":\#($0.series),"v":\#(ScriptData.numbers($0.values))}"# }.joined(separator: ",")
    return
      #"{"kind":"bars","columns":\#(ScriptData.texts(categories)),"columnName":\#(MarkupText.scriptString(categoryName)),"#
      + #""y":\#(ScriptData.axis(y)),"series":[\#(parts)]}"#
  }
}

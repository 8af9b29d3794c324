import Tables
import Testing

@testable import Figures

/// Each kind of chart: what is drawn, how many marks, and where they are.
struct ChartTests {
  private func figure(_ chart: Chart, legend: [Figure.LegendEntry] = []) -> Figure {
    Figure(
      id: "test", title: "A title", caption: "A caption.", legend: legend, panels: [Figure.Panel("", chart)],
      table: Table(columns: [Table.Column("x")]))
  }

  @Test func aLineRunsThroughItsValues() throws {
    let points = [(0.0, 0.0), (5, 0.5), (10, 1)].map { LineChart.Point($0.0, $0.1) }
    let band = points.map { LineChart.Span($0.x, $0.y * 0.5, $0.y) }
    let chart = LineChart(
      x: Axis([0, 10], name: "round", format: .count, isTight: true),
      y: Axis([0, 1], name: "accuracy", format: .percent, isTight: true),
      lines: [LineChart.Line(series: 0, style: 2, points: points, band: band)])
    let drawn = try DrawnFigure(figure(.lines(chart)).svg())
    let plot = drawn.plot()
    let line = try #require(drawn.marks("line").first)
    #expect(line.attributes["class"] == "line s2")
    let path = DrawnFigure.points(try #require(line.attributes["d"]))
    let right = plot[0] + plot[2]
    let bottom = plot[1] + plot[3]
    let expected = [[plot[0], bottom], [plot[0] + plot[2] / 2, plot[1] + plot[3] / 2], [right, plot[1]]]
    for (point, place) in zip(path, expected) {
      #expect(abs(point[0] - place[0]) <= 0.1)
      #expect(abs(point[1] - place[1]) <= 0.1)
    }
    #expect(path.count == 3)
    let outline = DrawnFigure.points(try #require(drawn.marks("band").first?.attributes["d"]))
    #expect(outline.count == 6)
    #expect(abs(outline[3][1] - (plot[1] + plot[3] / 2)) <= 0.1)
  }

  @Test func aGapDividesALineAndALonePointIsADot() throws {
    let values: [Double] = [1, 2, .nan, 3, .infinity, 4, 5]
    let points = values.enumerated().map { LineChart.Point(Double($0.offset), $0.element) }
    let chart = LineChart(
      x: Axis([0, 6], name: "round", format: .count), y: Axis(values, name: "loss", format: .number),
      lines: [
        LineChart.Line(series: 0, style: 0, points: points),
        LineChart.Line(series: 0, style: 0, points: points, isThin: true),
      ])
    let drawn = try DrawnFigure(figure(.lines(chart)).svg())
    let path = try #require(drawn.marks("line").first?.attributes["d"])
    #expect(path.count { $0 == "M" } == 3)
    #expect(drawn.elements.count { $0.name == "circle" } == 1)
    #expect(drawn.marks("thin").count == 1)
    #expect(!path.contains("nan"))
  }

  @Test func aHeatMapHasACellForEachValue() throws {
    let values: [[Double?]] = [[0, 0.5, 1], [nil, .nan, 0.25]]
    let scale = HeatScale(values.joined().compactMap { $0 }, name: "share", format: .percent)
    let map = HeatMap(
      rows: ["bn1", "bn2"], columns: ["1", "2", "3"], columnName: "round", values: values, scale: scale)
    let drawn = try DrawnFigure(figure(.heat(map)).svg())
    let cells = drawn.elements.filter { $0.name == "path" && $0.attributes["class"] == "heat" }
    let cellCount = cells.map { cell in (cell.attributes["d"] ?? "").count { $0 == "M" } }.reduce(0, +)
    #expect(cellCount == 4)
    #expect(cells.compactMap { $0.attributes["fill-opacity"] } == ["0.05", "0.3", "0.56", "1"])
    #expect(drawn.texts.contains("bn2"))
    #expect(drawn.texts.contains("100%"))
    // The bar has sixteen steps.
    #expect(drawn.elements.count { $0.name == "rect" && $0.attributes["class"] == "heat" } == 16)
    #expect(figure(.heat(map)).data().contains(#""values":[[0,0.5,1],[null,null,0.25]]"#))
  }

  @Test func cellsSayTheirValuesWhereThereIsRoom() throws {
    let values: [[Double?]] = [[0.123, 0.877], [nil, 1]]
    let scale = HeatScale([0, 1], name: "share", format: .percent)
    func drawn(_ values: [[Double?]], shows: Bool) throws -> DrawnFigure {
      let names = (0..<(values.first?.count ?? 0)).map { "c\($0)" }
      return try DrawnFigure(
        figure(
          .heat(
            HeatMap(
              rows: values.indices.map { "r\($0)" }, columns: names, columnName: "predicted class", values: values,
              scale: scale, showsValues: shows))
        ).svg())
    }
    func cells(_ figure: DrawnFigure) -> [String] {
      figure.elements.filter { $0.name == "text" && ($0.attributes["class"] ?? "").hasPrefix("cell") }
        .compactMap { $0.attributes["class"] }
    }
    let shown = try drawn(values, shows: true)
    // Dark on weak cells, light on strong ones, nothing in the empty one.
    #expect(cells(shown) == ["cell", "cell over", "cell over"])
    for text in ["12%", "88%", "100%"] { #expect(shown.texts.contains(text)) }
    #expect(try cells(drawn(values, shows: false)).isEmpty)
    #expect(try cells(drawn([(0..<60).map { Double($0) / 60 }], shows: true)).isEmpty)
  }

  @Test func smallCellsOfOneStrengthAreOneRectangle() throws {
    let values: [[Double?]] = [(0..<200).map { $0 < 120 ? 1 : 2 }]
    let scale = HeatScale([1, 2], name: "", format: .number)
    let map = HeatMap(
      rows: ["a"], columns: (0..<200).map(String.init), columnName: "client", values: values, scale: scale)
    let drawn = try DrawnFigure(figure(.heat(map)).svg())
    let paths = drawn.elements.filter { $0.name == "path" }.compactMap { $0.attributes["d"] }
    #expect(paths.map { path in path.count { $0 == "M" } } == [1, 1])
  }

  @Test func aLogarithmicScaleSpansFourPowersOfTen() {
    let scale = HeatScale([1e-12, 1e-3, 1e-3, 2e-3, 1], name: "KL", format: .number)
    #expect(scale.name == "KL, logarithmic")
    #expect(scale.level(1e-12) == nil || scale.level(1e-12) == 0)
    #expect(scale.level(1) == 15)
    #expect(scale.level(0.01) == 8)
    #expect(scale.level(.nan) == nil)
  }

  @Test func thinnedColumnsHaveRoundLabels() {
    let names = [0, 3, 7, 10, 13, 17, 20].map(String.init)
    let labels = CategoryLabels.numbers(names, gap: 2)
    #expect(labels.map(\.text) == ["0", "10", "20"])
    #expect(labels.map(\.place) == [0.5, 3.5, 6.5])
    let between = CategoryLabels.numbers(["0", "8", "12", "20"], gap: 1.5)
    #expect(between.map(\.text) == ["0", "10", "20"])
    #expect(between[1].place == 2)
    #expect(CategoryLabels.evenly(["a", "b", "c", "d", "e"], gap: 1.2).map(\.text) == ["a", "c", "e"])
  }

  @Test func intervalsLieOnTheAxisAndArrowsSayWhereTheyGoOn() throws {
    let axis = Axis([-0.1, 0.1], name: "difference", format: .points, isTight: true)
    let rows = [
      IntervalChart.Row(
        name: "fedbn", estimate: 0.05, interval: 0...0.1, second: 0.01...0.09, note: "+5.0 (0.0 to +10.0)", series: 0,
        style: 1, group: "All clients"),
      IntervalChart.Row(name: "wide", estimate: 0, interval: -5...5, note: "0.0", series: 1, style: 2),
      IntervalChart.Row(name: "none", estimate: nil, interval: nil, note: "not a number", series: 2, style: 3),
    ]
    for width in [336.0, 760] {
      let drawn = try DrawnFigure(figure(.intervals(IntervalChart(axis: axis, rows: rows))).svg(width: width))
      let plot = drawn.plot()
      let rule = try #require(drawn.marks("rule").first).attributes
      #expect(abs((Double(rule["x1"] ?? "") ?? 0) - (plot[0] + plot[2] / 2)) <= 0.1)
      #expect(abs((Double(rule["x2"] ?? "") ?? 0) - (plot[0] + plot[2])) <= 0.1)
      #expect(drawn.marks("rule").count == 2)
      #expect(drawn.marks("rule2").count == 1)
      #expect(drawn.marks("mark").count == 2)
      // Both ends of the wide one.
      #expect(drawn.elements.count { $0.name == "path" } == 2)
      #expect(drawn.texts.contains("All clients"))
      #expect(drawn.texts.contains("+5.0 (0.0 to +10.0)"))
    }
  }

  @Test func aPathJoinsItsPointsInTheirOrder() throws {
    let chart = PathChart(
      x: Axis([0, 2e6], name: "bytes", format: .bytes, isTight: true),
      y: Axis([0, 1], name: "accuracy", format: .percent, isTight: true),
      paths: [
        PathChart.Path(
          series: 0, style: 0,
          points: [PathChart.Point(0, 0, name: "round 0"), PathChart.Point(2e6, 1, name: "round 1")])
      ])
    let drawn = try DrawnFigure(figure(.paths(chart)).svg())
    #expect(drawn.elements.count { $0.name == "circle" } == 2)
    #expect(drawn.marks("line").count == 1)
    #expect(drawn.texts.contains("2.0 MB"))
  }

  @Test func barsStackOrStandSideBySide() throws {
    let series = [
      BarChart.Series(series: 0, style: 0, values: [10, 20, nil]),
      BarChart.Series(series: 1, style: 1, values: [10, 0, .nan]),
    ]
    for isStacked in [true, false] {
      let chart = BarChart(
        categories: ["0", "1", "2"], categoryName: "client", series: series, isStacked: isStacked, name: "examples",
        format: .count)
      let drawn = try DrawnFigure(
        figure(.bars(chart), legend: [.init("training", style: 0), .init("test", style: 1)]).svg())
      let bars = drawn.marks("bar").map(\.attributes)
      #expect(bars.count == 4)
      let heights = bars.compactMap { $0["height"].flatMap { Double($0) } }
      let scale = drawn.plot()[3] / 20
      #expect(abs(heights[0] - 10 * scale) <= 0.1)
      #expect(abs(heights[2] - 20 * scale) <= 0.1)
      #expect((bars[0]["x"] == bars[1]["x"]) == isStacked)
    }
  }
}

import Tables
import Testing

@testable import Figures

struct FigureTests {
  private func figure(name: String = "fedavg", panels: Int = 1) -> Figure {
    let chart = LineChart(
      x: Axis([0, 10], name: "round", format: .count), y: Axis([0, 1], name: name, format: .percent),
      lines: [LineChart.Line(series: 0, style: 0, points: [LineChart.Point(0, 0), LineChart.Point(10, 1)])])
    return Figure(
      id: "test", title: name, caption: name, legend: [.init(name, style: 0), .init(name, style: 9)],
      panels: (0..<panels).map { _ in Figure.Panel(name, .lines(chart)) },
      arrangement: panels > 1 ? .grid(minimumWidth: 130) : .column, table: Table(columns: [Table.Column("x")]))
  }

  @Test func aFileNeedsNothingElse() throws {
    let svg = figure().svg()
    #expect(svg.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg"))
    #expect(!svg.contains("var("))
    #expect(!svg.contains("url("))
    #expect(!svg.contains("href"))
    #expect(!svg.contains("<script"))
    #expect(svg.contains("prefers-color-scheme: dark"))
    #expect(!figure().svg(theme: .light).contains("prefers-color-scheme"))
    #expect(figure().svg(theme: .dark).contains(Palette.dark.surface))
    #expect(!figure().svg(theme: .dark).contains(Palette.light.surface))
    let root = try #require(try DrawnFigure(svg).elements.first)
    #expect(root.attributes["role"] == "img")
    #expect(root.attributes["aria-labelledby"] == "test-title test-description")
  }

  @Test func titleAndDescriptionAreThereForThoseWhoDoNotSee() throws {
    let drawn = try DrawnFigure(figure(name: "An arm").svg())
    #expect(
      drawn.elements.contains { $0.name == "title" && $0.attributes["id"] == "test-title" && $0.text == "An arm" })
    #expect(drawn.elements.contains { $0.name == "desc" && $0.attributes["id"] == "test-description" })
  }

  static let names = [
    "<script>alert(1)</script>", "\"'&]]>", String(repeating: "long ", count: 2000), "שלום\u{202E}abc", "a\u{0}b\u{7}c",
    "漢字🙂", "", "\n\n", "</text></svg>", "--", "\u{FFFF}\u{FFFE}",
  ]

  @Test(arguments: names) func anyNameIsDrawnAsText(name: String) throws {
    for count in [1, 7] {
      let figure = figure(name: name, panels: count)
      let drawn = try DrawnFigure(figure.svg())
      #expect(!drawn.elements.contains { $0.name == "script" })
      #expect(drawn.elements.count { $0.attributes["class"] == "panel" } == count)
      _ = try DrawnFigure(figure.drawing(width: 336, suffix: "-narrow"))
      #expect(!figure.data().contains("<"))
    }
  }

  @Test func panelsShareTheirAxes() throws {
    let drawn = try DrawnFigure(figure(panels: 7).svg(width: 760))
    let plots = (0..<7).map { drawn.plot($0) }
    // Seven in rows of four: the rows are filled evenly and stand below each other.
    #expect(plots[0][1] == plots[3][1])
    #expect(plots[4][1] > plots[3][1] + plots[3][3])
    #expect(plots[4][0] == plots[0][0])
    #expect(Set(plots.map { $0[2] }).count == 1)
    // The vertical axis is labelled in the first column only, the horizontal one below each column.
    #expect(drawn.texts.count { $0 == "100%" } == 2)
    #expect(drawn.texts.count { $0 == "round" } == 4)
    for plot in plots { #expect(plot[0] >= 0 && plot[0] + plot[2] <= 760) }
  }

  @Test func heightAndWidthAreKept() throws {
    for (width, height) in [(760.0, 900.0), (240, 400), (4000, 300)] {
      let root = try #require(try DrawnFigure(figure().svg(width: width, height: height)).elements.first)
      #expect(root.attributes["width"] == Canvas.number(width))
      #expect(abs((root.attributes["height"].flatMap { Double($0) } ?? 0) - height) < 1)
    }
  }

  @Test func anAbsentFigureSaysWhy() throws {
    let figure = Figure(id: "none", title: "Nothing", absent: "There is nothing.")
    #expect(figure.isEmpty)
    #expect(try DrawnFigure(figure.svg()).texts == ["Nothing", "There is nothing."])
  }

  @Test(arguments: [(0.0, "0"), (1.04, "1"), (1.05, "1.1"), (-2.36, "-2.4"), (.nan, "0"), (1e300, "1000000000")])
  func coordinatesAreShort(value: Double, text: String) {
    #expect(Canvas.number(value) == text)
  }
}

import Tables
import Testing

@testable import Reports

@Suite struct BraillePlotTests {
  private static func line(_ name: String, _ values: [Double]) -> BraillePlot.Curve {
    BraillePlot.Curve(
      name: name, points: values.enumerated().map { BraillePlot.Point(x: Double($0.offset), y: $0.element) })
  }

  private func percent(_ value: Double) -> String { NumberText.percent(value) }

  @Test func twoCurvesHaveAxesLettersAndALegend() throws {
    let plot = try #require(
      BraillePlot([Self.line("fedavg", [0, 0.5, 0.5]), Self.line("fedbn", [0, 0.75, 1])], width: 34, height: 4))
    #expect(
      plot.text(words: percent) == """
        100.0% ┤             ⣀⣀⣀b⠤⠤⠒⠒⠒⠉⠉ b
               │        ⢀⡠⠔⠊⠉
         50.0% ┤    ⣀⠤⣒⡩a⠒⠊⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉ a
          0.0% ┤⣀⠤⠖⠛⠊⠉
               └────────────────────────
                0                      2
        a fedavg   b fedbn

        """)
  }

  @Test func everyDotIsWhereItBelongs() throws {
    // Two points in opposite corners of one curve that is as wide as it is high.
    let plot = try #require(BraillePlot([Self.line("up", [0, 1])], width: 30, height: 3))
    let rows = plot.text { "\($0)" }.split(separator: "\n").map(String.init)
    #expect(rows[0].hasSuffix("⡠⠔⠊ a") || rows[0].hasSuffix("a"))
    #expect(rows[2].contains("┤⡠") || rows[2].contains("┤⣀"))
    #expect(rows.count == 6)
  }

  @Test func nothingIsWiderThanAsked() throws {
    let curves = (0..<26).map { Self.line("arm \($0) with a long name", [Double($0), 3, 26 - Double($0)]) }
    for width in [30, 60, 80, 100] {
      let plot = try #require(BraillePlot(curves, width: width))
      for line in plot.text(words: percent).split(separator: "\n") {
        #expect(TerminalWidth.of(line) <= width, "\(width): \(line)")
      }
    }
  }

  @Test func whatCannotBeDrawnIsLeftOut() throws {
    #expect(BraillePlot([], width: 60) == nil)
    #expect(BraillePlot([Self.line("nan", [.nan, .infinity])], width: 60) == nil)
    #expect(BraillePlot((0..<27).map { Self.line("\($0)", [1]) }, width: 60) == nil)
    let holes = try #require(BraillePlot([Self.line("a", [0, .nan, 1]), Self.line("b", [.nan])], width: 60))
    #expect(holes.text(words: percent).contains("b b"))
    let flat = try #require(BraillePlot([Self.line("one point", [0.5])], width: 60))
    #expect(flat.text(words: percent).contains("one point"))
  }

  @Test func coloursChangeNothingElse() throws {
    let curves = [Self.line("a", [0, 1, 0]), Self.line("b", [1, 0, 1])]
    let plot = try #require(BraillePlot(curves, width: 40))
    var text = plot.text(style: .ansi, words: percent)
    #expect(text.contains("\u{1B}[36m") && text.contains("\u{1B}[33m"))
    for code in ["36", "33", "0"] { text = text.replacing("\u{1B}[\(code)m", with: "") }
    #expect(text == plot.text(words: percent))
  }

  @Test func aRangeClipsWhatIsOutside() throws {
    let plot = try #require(BraillePlot([Self.line("a", [-5, 5])], width: 40, range: 0...1))
    #expect(plot.text(words: percent).hasPrefix("100.0% ┤"))
  }
}

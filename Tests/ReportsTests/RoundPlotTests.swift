import Tables
import Testing

@testable import Reports

@Suite struct RoundPlotTests {
  private func text(_ values: [Int: Double], maxWidth: Int = 40) -> String? {
    RoundPlot(rounds: values.keys, maxWidth: maxWidth)?.text(values)
  }

  @Test func aColumnIsARoundWhereItFits() throws {
    let plot = try #require(RoundPlot(rounds: 1...8, maxWidth: 8))
    #expect(plot.roundsPerColumn == 1 && plot.width == 8)
    #expect(
      plot.text(Dictionary(uniqueKeysWithValues: (1...8).map { ($0, Double($0) * 0.1) })) == "▂▃▄▅▆▇██")
    #expect(plot.legend == "Plots begin at 0 and reach up to the most of their line; a column is a round.")
    // From 0, not from the smallest.
    #expect(text([1: 6.9, 2: 8]) == "▇█")
    #expect(text([1: 0, 2: 0]) == "▁▁")
    #expect(text([3: 5]) == "█")
    #expect(RoundPlot(rounds: [], maxWidth: 8) == nil)
  }

  @Test func aPeakSurvivesWhatIsTooNarrow() throws {
    var values = Dictionary(uniqueKeysWithValues: (1...100).map { ($0, 0.01) })
    values[38] = 1
    let plot = try #require(RoundPlot(rounds: values.keys, maxWidth: 12))
    #expect(plot.roundsPerColumn == 9 && plot.width == 12)
    #expect(plot.text(values) == "▁▁▁▁▁█▁▁▁▁▁▁")
    #expect(plot.legend.hasSuffix("a column is 9 rounds and shows the largest."))
    for width in 2...130 {
      let narrow = try #require(RoundPlot(rounds: values.keys, maxWidth: width))
      #expect(narrow.width <= width && narrow.text(values).filter { $0 == "█" }.count == 1)
    }
  }

  @Test func everyFifthRoundAndTheLastHaveNoHolesBetween() throws {
    let rounds = [5, 10, 15, 20, 22]
    let plot = try #require(RoundPlot(rounds: rounds, maxWidth: 40))
    #expect(plot.roundsPerColumn == 5)
    #expect(plot.text([5: 8, 10: 4, 15: 2, 20: 1, 22: 8]) == "█▅▃▂█")
    #expect(text([4: 1, 9: 8]) == "▂█")
  }

  @Test func roundsThatAreMissingAreSpaces() throws {
    let plot = try #require(RoundPlot(rounds: 1...6, maxWidth: 40))
    #expect(plot.text([2: 1, 3: .nan, 5: 8]) == " ▂  █ ")
    #expect(plot.text([9: 1, 1: .infinity]) == "      ")
    // Of a client that took part now and then, on the axis of the run.
    #expect(text([1: 8, 2: 8, 3: 8, 7: 8, 8: 8]) == "███   ██")
  }
}

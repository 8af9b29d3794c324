import Testing

@testable import Commands
@testable import Federation

@Suite struct ProgressTests {
  private static let line = "round 12/20 · 1 min 3 s left · 143 clients/s · accuracy 80.2%"

  @Test(arguments: [
    (5, "round"), (10, "round 12/2"), (11, "round 12/20"), (20, "round 12/20"), (30, "round 12/20 · 1 min 3 s left"),
    (40, "round 12/20 · 1 min 3 s left"), (44, "round 12/20 · 1 min 3 s left · 143 clients/s"), (80, line),
  ])
  func aNarrowTerminalGetsWholeParts(width: Int, expected: String) {
    let fitted = ProgressReport.fitted(Self.line, to: width)
    #expect(fitted == expected)
    #expect(fitted.count <= width)
  }

  @Test func severalRunsTellTheRoundsOfAll() {
    var progress = Simulation.Progress()
    progress.clientUpdates = 21
    progress.plannedUpdates = 25
    progress.rounds = [14, 12]
    // The second run goes on after its fifth round; of those it is computed 7 of 15.
    let several = ProgressReport(names: ["a", "b"], rounds: [15, 20], roundsBefore: [0, 5], isQuiet: true)
    #expect(several.summary(progress).hasPrefix("84%, 21/30 rounds of 2 runs · "))
    progress.rounds = [0, 0]
    #expect(several.summary(progress).hasPrefix("84%, 0/30 rounds of 2 runs · "))
    progress.rounds = [14]
    let one = ProgressReport(names: ["a"], rounds: [15], roundsBefore: [5], isQuiet: true)
    #expect(one.summary(progress).hasPrefix("round 14/15 · "))
  }
}

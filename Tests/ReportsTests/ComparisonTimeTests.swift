import Records
import Tables
import Testing

@testable import Reports

private typealias Fixture = ComparisonFixture

/// Runs with a clock, compared by simulated time.
@Suite struct ComparisonTimeTests {
  /// A run whose mean over its only client rises to `level` in a straight line over so many rounds.
  private func run(
    _ arm: String, seed: UInt64 = 1, rounds: [Int] = Array(0...5), level: Double, seconds: Double?
  ) -> ComparedRun {
    Fixture.run(arm, seed: seed, rounds: rounds, level: [level], secondsPerRound: seconds)
  }

  @Test func timeIsThatOfTheComparedRounds() throws {
    let runs = [
      run("slow", rounds: [0, 2, 4], level: 0.9, seconds: 10),
      run("quick", rounds: [0, 2, 4], level: 0.9, seconds: 2.5),
    ]
    let comparison = try Comparison(runs, measures: [.simulatedSeconds, .secondsToTarget], target: 0.45)
    #expect(comparison.arms.map { $0.measures[0].values } == [[40], [10]])
    // Half of the way is 50 %, after two rounds.
    #expect(comparison.arms.map { $0.measures[1].values } == [[20], [5]])
    #expect(comparison.frame.secondHorizon == .infinity)
    #expect(
      comparison.conclusion
        == "No difference shown between quick and slow: 10.0 s against 40.0 s simulated time, -30.0 s (one seed: no interval)."
    )
    let early = try Comparison(runs, measures: [.simulatedSeconds, .secondsToTarget], at: 2, target: 0.6)
    #expect(early.arms.map { $0.measures[0].values } == [[20], [5]])
    // Not met by round 2, and what comes later is not looked at: the first that ends does so after 5 seconds.
    #expect(early.frame.secondHorizon == 5)
    #expect(early.arms.map { $0.measures[1].values } == [[5], [5]])
    #expect(early.notes.allSatisfy { !$0.contains("to its own end") })
  }

  @Test func theQuickerArmIsBetter() throws {
    let runs = (1...6).flatMap { seed in
      [
        run("slow", seed: UInt64(seed), level: 0.9, seconds: 10 + 0.1 * Double(seed)),
        run("quick", seed: UInt64(seed), level: 0.9, seconds: 2.5),
      ]
    }
    let comparison = try Comparison(runs, measures: [.secondsToTarget, .accuracy], target: 0.7)
    #expect(
      comparison.conclusion == """
        quick has the best simulated time to the target, 10.0 s: -31.4 s against slow (95% interval -32.2 to -30.6, \
        p < 0.001, 6 seeds).
        """)
    #expect(comparison.differenceTable.text().contains("target s  quick  -31.4"))
    #expect(comparison.json().contains("\"metrics\": [\"seconds-to-target\", \"accuracy\"]"))
  }

  @Test func runsThatMissTheTargetAreCensored() throws {
    // Both get there; one is censored; both are.
    let levels: [(base: Double, other: Double)] = [(0.9, 0.8), (0.5, 0.9), (0.4, 0.5)]
    let runs = levels.enumerated().flatMap { seed, level in
      [
        run("base", seed: UInt64(seed), level: level.base, seconds: 10),
        run("other", seed: UInt64(seed), level: level.other, seconds: 8),
      ]
    }
    let comparison = try Comparison(runs, measures: [.secondsToTarget], target: 0.7)
    // The first that ends without having got there has had 5 · 8 seconds: nobody is known to be later than that.
    #expect(comparison.frame.secondHorizon == 40)
    #expect(comparison.arms[0].measures[0].values == [40, 40, 40])
    #expect(comparison.arms[1].measures[0].values == [40, 32, 40])
    let difference = try #require(comparison.arms[1].measures[0].comparison)
    #expect(difference.oneCensored == 1 && difference.bothCensored == 1)
    #expect(comparison.arms[0].secondsToTarget == nil && comparison.arms[0].notReachedInTimeCount == 2)
    #expect(comparison.arms[1].secondsToTarget == 40)
    #expect(comparison.armTable.text().contains("time to 70%\n"))
    #expect(comparison.armTable.text().contains("> 5     > 50.0 s\n"))
    #expect(comparison.armTable.text().contains("  5       40.0 s\n"))
    #expect(
      comparison.notes.contains(
        "target s of other: runs that miss the target count as 40.0 s, in 1 of 3 pairs one run (the difference is a "
          + "bound), in 1 both (it is unknown, and counted as 0)."), "\(comparison.notes)")
    let json = comparison.json()
    #expect(
      json.contains(
        "\"median_seconds_to_target\": 40, \"seconds_to_target\": 37.333333333333336, \"seconds_to_target_horizon\": 40, \"target_not_reached_in_time\": 1, \"best_split\": \"test\", \"bound\": \"none\""
      ), "\(json)")
    let equal = try Comparison([1, 2].map { run("\($0)", seed: 1, level: 0.9, seconds: 4) })
    #expect(equal.notes.allSatisfy { !$0.contains("moment") })
    let never = try Comparison(runs, measures: [.secondsToTarget], target: 0.99)
    #expect(never.conclusion == "no run reaches 99% by 40.0 s.")
  }

  @Test func versionsAreComparedByTimeAndNotByNumber() throws {
    // Rounds of 10 seconds, and versions of 2 that get as far in ten of them as a round does in one.
    let runs = [
      run("rounds", level: 0.9, seconds: 10), run("versions", rounds: Array(0...40), level: 0.9, seconds: 2),
    ]
    let comparison = try Comparison(runs, measures: [.secondsToTarget, .roundsToTarget], target: 0.7)
    // By round 5 no version has got there; by time it is quicker than half of what the rounds take.
    #expect(comparison.ends == .common(round: 5))
    #expect(comparison.arms.map { $0.results[0].roundsToTarget } == [4, nil])
    #expect(comparison.arms.map { $0.measures[0].values } == [[40], [60]])
    #expect(comparison.frame.secondHorizon == .infinity)
    #expect(
      comparison.notes.contains("Time to 70% is looked for in each run to its own end."), "\(comparison.notes)")
    #expect(
      comparison.notes.contains("Round 5 is not the same moment in all arms: 50.0 s in rounds, 10.0 s in versions."))
    let far = try Comparison(runs, measures: [.secondsToTarget], target: 0.89)
    #expect(far.arms.map { $0.measures[0].values } == [[50], [80]])
    #expect(far.arms[1].notReachedInTimeCount == 0)
    let missing = try Comparison(
      [runs[0], run("versions", rounds: Array(0...40), level: 0.6, seconds: 2)], measures: [.secondsToTarget],
      target: 0.7)
    #expect(missing.arms.map { $0.measures[0].values } == [[40], [80]])
    #expect(
      missing.notes.contains(
        "Time to 70% is looked for in each run to its own end; it was not reached by 1 of 1 in versions."))
  }

  @Test func withoutAClockThereIsNoVerdictOnTime() throws {
    let seeds: [UInt64] = [1, 2, 3]
    let runs = seeds.flatMap {
      [
        run("a", seed: $0, level: 0.9, seconds: 10 + Double($0)), run("b", seed: $0, level: 0.9, seconds: nil),
        run("c", seed: $0, level: 0.9, seconds: 2),
      ]
    }
    let some = try Comparison(runs, measures: [.simulatedSeconds], target: 0.7)
    #expect(
      some.conclusion == """
        b has no clock, which 'devices' gives: nothing is compared with its time, and there is no verdict on it. \
        c has the best simulated time, 10.0 s: -50.0 s against a (95% interval -62.4 to -37.6, p = 0.003, 3 seeds) \
        (b cannot be compared).
        """)
    #expect(some.arms[1].measures[0].values == [nil, nil, nil])
    #expect(some.arms[1].measures[0].comparison == nil)
    #expect(some.notes.contains("No difference of the simulated time of b: a run of the pairs has no clock."))
    #expect(some.csv().contains("\r\nb,simulated-seconds,3,,,60,,,"))
    #expect(some.arms.map(\.clockCount) == [3, 0, 3])
    let table = some.armTable.text()
    #expect(table.contains("time to 70%\n"))
    #expect(table.split(separator: "\n").first { $0.hasPrefix("b") }?.hasSuffix("–") == true)

    let baseline = try Comparison(runs, measures: [.secondsToTarget], baseline: "b", target: 0.7)
    #expect(
      baseline.conclusion == """
        b has no clock, which 'devices' gives: nothing is compared with its time, and there is no verdict on it. \
        No difference can be shown: not every pair with b, the baseline, has a simulated time to the target.
        """)
    #expect(baseline.arms.allSatisfy { $0.measures[0].comparison == nil })

    // Where nobody asks for time the table has it, and says whose is missing.
    let plain = try Comparison(runs, target: 0.7)
    #expect(plain.notes.contains("No clock, which 'devices' gives, and so no time: b."))
    #expect(!plain.conclusion.contains("clock"))
  }

  @Test func oneRunWithoutAClockIsNamed() throws {
    var runs = [1, 2].flatMap {
      [run("a", seed: $0, level: 0.9, seconds: 10), run("b", seed: $0, level: 0.9, seconds: 2)]
    }
    // A version in the middle that does not say when it was: nobody knows when the later ones were.
    runs[3].rounds[2].simulatedSeconds = nil
    let comparison = try Comparison(runs, measures: [.secondsToTarget, .accuracy], target: 0.7)
    #expect(
      comparison.conclusion.hasPrefix(
        "b seed 2 has no clock, which 'devices' gives: nothing is compared with its time, and there is no verdict on it."
      ))
    #expect(comparison.arms[1].measures[0].comparison == nil)
    #expect(comparison.arms[1].secondsToTarget == nil && comparison.arms[1].simulatedSeconds == 10)
  }

  @Test func whereNobodyHasAClockThatIsSaid() throws {
    let runs = Fixture.runs(["a", "b"])
    let comparison = try Comparison(runs, measures: [.simulatedSeconds], target: 0.7)
    #expect(
      comparison.conclusion
        == "no run has a clock, which 'devices' gives. There is no simulated time to compare.")
    let target = try Comparison(runs, measures: [.secondsToTarget], target: 0.7)
    #expect(
      target.conclusion
        == "no run has a clock, which 'devices' gives. There is no simulated time to the target to compare.")
    #expect(!target.armTable.text().contains("time to"))
    let second = try Comparison(runs, measures: [.accuracy, .secondsToTarget], target: 0.7)
    #expect(
      second.conclusion.hasPrefix("no run has a clock, which 'devices' gives. No difference shown between b and a"))
    #expect(second.arms[1].measures[0].comparison != nil && second.arms[1].measures[1].comparison == nil)
  }

  @Test func theTimeIsLeftOutWithTheRounds() throws {
    let runs = [run("a", level: 0.3, seconds: 10), run("b", level: 0.9, seconds: 2)]
    let comparison = try Comparison(runs, target: 0.7)
    #expect(
      comparison.targetSentence == "Rounds and time to 70% are left out: a, the baseline, never reaches it.")
    #expect(!comparison.armTable.text().contains("time to"))
    let untrained = try Comparison(runs, measures: [.secondsToTarget], target: 0.05)
    #expect(untrained.targetSentence?.hasPrefix("Rounds and time to 5% are left out: the untrained model") == true)
    #expect(untrained.arms.allSatisfy { $0.measures[0].values == [nil] })
  }

  @Test func theTableFitsATerminal() throws {
    let arms = ["fedavg", "fedadam/server_learning_rate=0.01,momentum=0.9", "fedbn"]
    for metric in [ComparedMetric.accuracy, .loss] {
      let runs = (1...3).flatMap { seed in
        arms.map { Fixture.run($0, seed: UInt64(seed), secondsPerRound: 1234.5) }
      }
      for measures in [ComparedMeasure.all, []] {
        let comparison = try Comparison(runs, metric: metric, measures: measures)
        for width in [80, 100] {
          for line in comparison.text(width: width).split(separator: "\n") {
            #expect(TerminalWidth.of(line) <= width, "\(width): \(line)")
          }
        }
      }
    }
  }
}

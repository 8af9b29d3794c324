import Records
import Testing

@testable import Reports

/// The words of a comparison never say more than its numbers.
@Suite struct ComparisonClaimTests {
  /// A run whose mean over clients is given for each round from 0 on, or for the rounds that are named.
  private func run(
    _ arm: String, seed: Int, _ means: [Double?], rounds: [Int]? = nil, bytes: Int = 1000,
    clients: [ComparedClient] = []
  ) -> ComparedRun {
    let rounds = rounds ?? Array(means.indices)
    let last = rounds.last ?? 0
    return ComparedRun(
      id: "\(arm)-\(seed)", arm: arm, seed: UInt64(seed), status: .finished, roundsDone: last, roundsPlanned: last,
      rounds: zip(rounds, means).map { ComparedRound(round: $0, mean: $1, bytesUp: $0 * bytes, bytesDown: $0 * bytes) },
      clients: clients)
  }

  @Test func whoNeverGetsThereIsNotAheadInTraffic() throws {
    let runs = (1...8).flatMap { seed in
      [
        run("dear", seed: seed, [0.1, 0.2, 0.3, 0.4, 0.5], bytes: 1000),
        run("cheap", seed: seed, [0.1, 0.1, 0.1, 0.1, 0.1], bytes: 100),
      ]
    }
    let comparison = try Comparison(runs, measures: [.bytesToTarget], target: 0.4)
    // With the 800 bytes that `cheap` has spent nobody is there: 2 · 100 · 4.
    #expect(comparison.frame.byteHorizon == 800)
    #expect(comparison.conclusion == "no run reaches 40% by 0.001 MB.")
    #expect(comparison.differenceTable.text().contains("target not reached\n"))
    // With enough for all, the one that gets there is ahead.
    let rich = runs.map { old in
      var run = old
      if run.arm == "cheap" { run.rounds[4].bytesUp = 9000 }
      return run
    }
    let decided = try Comparison(rich, measures: [.bytesToTarget], target: 0.4)
    #expect(decided.conclusion.hasPrefix("no arm is ahead of dear, the baseline, with 0.006 MB "))
    #expect(decided.differenceTable.text().contains("worse, same in each seed\n"))
  }

  @Test func aTargetThatNobodyReachesIsNoTie() throws {
    let runs = (1...3).flatMap { seed in
      [run("a", seed: seed, [0.1, 0.2, 0.3]), run("b", seed: seed, [0.1, 0.2, 0.4])]
    }
    let one = try Comparison(runs, measures: [.roundsToTarget], target: 0.9)
    #expect(one.conclusion == "no run reaches 90% by round 2.")
    let several = try Comparison(runs, measures: [.accuracy, .roundsToTarget], target: 0.9)
    #expect(several.differenceTable.text().contains("not reached\n"))
    // Where one run of one pair gets there, the mean is a bound, and the other pairs are no proof of equality.
    let some = try Comparison(runs, measures: [.roundsToTarget], target: 0.35)
    #expect(
      some.conclusion
        == "No difference shown between b and a: 2.0 against at least 2.0 rounds to the target, 0.0 rounds (undecided)."
    )
    #expect(some.differenceTable.text().contains("undecided\n"))
  }

  @Test func theFirstLineFollowsTheDecidingTest() throws {
    // Eleven seeds lose half a point, one gains thirty.
    let runs = (1...12).flatMap { seed -> [ComparedRun] in
      let loss = 0.5 - 0.005 - Double(seed) * 1e-4
      return [run("a", seed: seed, [0.5]), run("b", seed: seed, [seed == 12 ? 0.8 : loss])]
    }
    let comparison = try Comparison(runs, test: .sign)
    #expect(comparison.conclusion.contains("against a (but worse by sign: 95% interval "))
    #expect(comparison.differenceTable.text().contains("  worse\n"))
  }

  @Test func seedsWithoutAPartnerDoNotDecideWhoIsBest() throws {
    var runs = (1...3).flatMap { seed in
      [run("a", seed: seed, [0.6]), run("b", seed: seed, [0.58 + Double(seed) * 1e-4])]
    }
    runs.append(run("b", seed: 4, [0.9]))
    let behind = try Comparison(runs)
    #expect(behind.conclusion == "no arm is ahead of a, the baseline, in pairs of one seed, with 60.0% accuracy.")
    let ahead = try Comparison(runs, baseline: "b")
    #expect(ahead.conclusion.hasPrefix("a is ahead in pairs of one seed, with 60.0% accuracy: +2.0 points against b ("))
  }

  @Test func anArmWithoutAMeasureIsNamed() throws {
    func clients(_ values: [Double]) -> [ComparedClient] {
      values.enumerated().map { ComparedClient(client: $0, metric: $1) }
    }
    let runs = (1...2).flatMap { seed in
      [
        run("a", seed: seed, [0.5], clients: clients([0.4, 0.6])),
        run("b", seed: seed, [0.5], clients: clients(seed == 1 ? [0, 0] : [0.5, 0.5])),
        run("c", seed: seed, [0.4], clients: clients([0.1, 0.7])),
      ]
    }
    #expect(
      try Comparison(runs, measures: [.jain]).conclusion
        == "No difference shown between c and a: 0.640 against 0.962 Jain index of the accuracy, -0.322 (the same in each "
        + "of 2 seeds) (b cannot be compared).")
  }

  @Test func roundingNeitherMissesATargetNorMakesALoser() throws {
    // (0.25 + 0.15 + 0.1 + 0.2 + 0.15) / 5 is 17 %, and as a number a little less.
    let seventeen = Sample.mean([0.25, 0.15, 0.1, 0.2, 0.15]) ?? 0
    #expect(seventeen < 0.17)
    let runs = [run("a", seed: 1, [0.1, seventeen, 0.17]), run("b", seed: 1, [0.1, 0.17, seventeen])]
    let comparison = try Comparison(runs)
    #expect(comparison.target == 0.17)
    #expect(comparison.arms.map { $0.results[0].roundsToTarget } == [1, 1])
    #expect(comparison.arms.map { $0.results[0].bestRound } == [1, 1])
    #expect(
      comparison.conclusion
        == "No difference shown between b and a: 17.0% against 17.0% accuracy, 0.0 points (one seed: no interval).")

    func client(_ value: Double) -> [ComparedClient] { [ComparedClient(client: 0, metric: value)] }
    let pairs = [
      run("a", seed: 1, [0.5], clients: client(0.15)), run("b", seed: 1, [0.5], clients: client(0.1)),
      run("a", seed: 2, [0.5], clients: client(0.1)), run("b", seed: 2, [0.5], clients: client(0.15)),
      run("a", seed: 3, [0.5], clients: client(0.3)), run("b", seed: 3, [0.5], clients: client(0.3)),
    ]
    let gains = try Comparison(pairs)
    #expect(gains.arms[1].clients.map(\.gain) == [0] && gains.arms[1].losers(.accuracy).isEmpty)
  }

  @Test func runsOfOtherRoundsAreNamed() throws {
    let runs = (1...2).flatMap { seed in
      [
        run("fine", seed: seed, [0.1, 0.2, 0.3, 0.4, 0.5]),
        run("coarse", seed: seed, [0.1, 0.3, 0.5], rounds: [0, 2, 4]),
      ]
    }
    #expect(
      try Comparison(runs).notes.first
        == "Not evaluated at the same rounds before round 4 (fine at 4, coarse at 2): areas, best rounds and times to the "
        + "target depend on that.")
    #expect(try !Comparison(runs.filter { $0.arm == "fine" }).notes.contains { $0.hasPrefix("Not evaluated") })
  }

  @Test func aMedianThatIsHalfKnownIsBoundedByWhatIsKnown() throws {
    let known = [0.1, 0.2, 0.5, 0.5, 0.5, 0.5]
    let missed = [0.1, 0.2, 0.2, 0.2, 0.2, 0.2]
    let runs = [known, known, missed, missed].enumerated().map { run("a", seed: $0, $1) }
    let baseline = (0...3).map { run("base", seed: $0, known) }
    #expect(try Comparison(baseline + runs, target: 0.5).armTable.text().contains("> 3.5\n"))
  }

  @Test func aRoundWithoutTheMetricWasEvaluatedAllTheSame() throws {
    let comparison = try Comparison([run("a", seed: 1, [0.5, nil]), run("a", seed: 2, [0.5, 0.6])])
    #expect(comparison.excluded.map(\.words) == ["round 1 has no accuracy"])
  }

  @Test func aClientOfSeveralDomainsHasNone() throws {
    func client(_ domain: String) -> [ComparedClient] { [ComparedClient(client: 2, domain: domain, metric: 0.5)] }
    let runs = [
      run("a", seed: 1, [0.5], clients: client("ink")), run("b", seed: 1, [0.5], clients: client("ink")),
      run("a", seed: 2, [0.5], clients: client("chalk")), run("b", seed: 2, [0.5], clients: client("chalk")),
    ]
    let comparison = try Comparison(runs)
    #expect(comparison.arms[1].clients.map(\.domain) == [""])
    #expect(comparison.notes.contains("Not every seed has all: chalk in 1 of 2, ink in 1 of 2."))
  }

  @Test func aTestThatCannotDecideIsNamed() throws {
    var runs: [ComparedRun] = []
    for seed in 1...6 {
      for (place, arm) in ["a", "b", "c"].enumerated() {
        let gain = Double(place) * (0.1 + Double(seed) * 1e-3)
        runs.append(run(arm, seed: seed, [0.5 + gain]))
      }
    }
    #expect(
      try Comparison(runs, test: .wilcoxon).notes.contains(
        "Wilcoxon cannot decide here: with 6 seeds and 2 comparisons its smallest corrected p is 0.062."))
    #expect(try !Comparison(runs, test: .t).notes.contains { $0.contains("cannot decide here") })
  }

  @Test func aRunWhoseProcessIsGoneIsNotRunning() throws {
    var gone = run("a", seed: 2, [0.1, 0.2])
    (gone.status, gone.roundsPlanned, gone.isCutOff) = (.running, 9, true)
    let runs = [run("a", seed: 1, [0.1, 0.2]), gone]
    #expect(try Comparison(runs).notes.first == "Not in the means: a seed 2 (cut off after round 1 of 9).")
    #expect(try Comparison(runs, at: 1).notes.first == "Not finished, but in the means: a seed 2 (cut off).")
  }
}

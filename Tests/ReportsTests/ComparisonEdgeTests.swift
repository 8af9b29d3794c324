import Records
import Tables
import Testing

@testable import Reports

private typealias Fixture = ComparisonFixture

@Suite struct ComparisonEdgeTests {
  @Test func noRuns() throws {
    let comparison = try Comparison([])
    #expect(comparison.text(title: "x") == "x: no runs to compare.\n")
    #expect(comparison.csv().split(separator: "\r\n").count == 1)
    #expect(comparison.baseline == nil)
    #expect(comparison.json().contains("\"arms\": [],"))
  }

  @Test func oneArm() throws {
    let comparison = try Comparison(Fixture.runs(["fedavg"]))
    #expect(comparison.conclusion == "fedavg has 80.8% accuracy (3 seeds).")
    #expect(comparison.differenceTable.rows.isEmpty)
    #expect(comparison.notes == [])
    #expect(!comparison.text().contains("gain"))
  }

  @Test func allRunsFailed() throws {
    let error = "the loss is not a number in layer bn1"
    let comparison = try Comparison([
      Fixture.run("fedavg", seed: 1, status: .failed, error: error), Fixture.run("fedbn", seed: 1, status: .failed),
    ])
    #expect(
      comparison.text() == """
        none of the 2 runs can be compared.

        Accuracy after the last round
        arm      seeds  final  best  area  MB up
        ──────  ──────  ─────  ────  ────  ─────
        fedavg  0 of 1      –     –     –      –
        fedbn   0 of 1      –     –     –      –

        Not in the means: fedavg seed 1 (failed after round 5: the loss is not a number
          in layer bn1); fedbn seed 1 (failed after round 5).

        """)
  }

  @Test func failedAndUnfinishedRunsAreListedAndNeverAveraged() throws {
    let runs =
      Fixture.runs(["fedavg", "fedbn"]) + [
        Fixture.run("fedbn", seed: 4, status: .interrupted, planned: 9, level: [0]),
        Fixture.run("fedbn", seed: 5, status: .running, planned: 9, level: [0]),
        Fixture.run("fedbn", seed: 6, rounds: [], level: [0]),
        Fixture.run("fedbn", seed: 7, level: [.nan]),
        Fixture.run("fedbn", seed: 1, level: [0]),
      ]
    let comparison = try Comparison(runs)
    #expect(comparison.arms == (try Comparison(runs)).arms)
    #expect(comparison.arms[1].results.map(\.run.seed) == [1, 2, 3])
    #expect(comparison.arms[1].mean == (try Comparison(Fixture.runs(["fedbn"]))).arms[0].mean)
    #expect(comparison.arms[1].seedCount == 7)
    #expect(
      comparison.notes == [
        "Not in the means: fedbn seed 4 (interrupted after round 5 of 9); fedbn seed 5 (running, at round 5 of 9); "
          + "fedbn seed 6 (nothing was evaluated); fedbn seed 7 (round 5 is not a number); "
          + "fedbn seed 1 (another run of this arm and seed is compared).",
        Fixture.fewSeeds(3, "0.25"),
      ])
    #expect(comparison.armTable.text().contains("fedbn   3 of 7"))
  }

  @Test func seedsWithoutAPartnerAreInTheMeansButNotInTheDifference() throws {
    let runs = Fixture.runs(["fedavg"], seeds: [1, 2, 3]) + Fixture.runs(["fedbn"], seeds: [2, 3, 4])
    let comparison = try Comparison(runs)
    #expect(comparison.arms[1].pairedSeeds == [2, 3])
    #expect(comparison.arms[1].results.count == 3)
    #expect(comparison.arms[1].difference?.pairCount == 2)
    #expect(
      comparison.notes == [
        "Not in the difference: fedbn has seed 4, fedavg does not.",
        "Not in the difference: fedavg has seed 1, fedbn does not.", Fixture.fewSeeds(2, "0.5"),
      ])
    let apart = try Comparison(Fixture.runs(["fedavg"], seeds: [1]) + Fixture.runs(["fedbn"], seeds: [2]))
    #expect(apart.arms[1].difference?.undefined == .noPairs)
    #expect(apart.conclusion == "No difference can be shown: no arm has a seed in common with fedavg, the baseline.")
    #expect(apart.differenceTable.text().contains("no seed in common"))
  }

  @Test func atComparesAnEarlierRoundOfRunsThatAreStillGoing() throws {
    let runs = [
      Fixture.run("fedavg", seed: 1), Fixture.run("fedbn", seed: 1, status: .running, planned: 9),
      Fixture.run("fedprox", seed: 1, rounds: [0, 2, 4]),
      Fixture.run("fednova", seed: 1, rounds: [0, 1], status: .running, planned: 9),
      Fixture.run("scaffold", seed: 1, status: .failed),
    ]
    let comparison = try Comparison(runs, at: 3)
    #expect(comparison.comparedRounds == [3])
    #expect(comparison.arms.map(\.results.count) == [1, 1, 0, 0, 0])
    #expect(comparison.curves.map(\.rounds) == [[0, 1, 2, 3], [0, 1, 2, 3]])
    #expect(
      comparison.notes == [
        "Not in the means: fedprox seed 1 (round 3 was not evaluated); "
          + "fednova seed 1 (running, at round 1 of 9); scaffold seed 1 (failed after round 5).",
        "Not finished, but in the means: fedbn seed 1 (running).", Fixture.oneSeed,
      ])
  }

  @Test func missingRoundsLeaveAGapInTheCurve() throws {
    let runs = [
      Fixture.run("fedavg", seed: 1), Fixture.run("fedavg", seed: 2, rounds: [0, 1, 3, 5]),
      Fixture.run("fedbn", seed: 1, rounds: [0, 4]),
    ]
    let comparison = try Comparison(runs)
    #expect(comparison.curves[0].means.map { $0 == nil } == [false, false, true, false, true, false])
    #expect(comparison.text().contains("fedavg  ▁▂ ▅ █  10.0% → 80.6%\nfedbn   ▁   █   10.0% → 83.6%\n"))
    #expect(
      comparison.notes == [
        "Compared at different rounds: round 4: fedbn seed 1; round 5: fedavg seed 1, fedavg seed 2.",
        "Not evaluated at the same rounds before round 4 (fedavg at 3 or 4, fedbn at 1): areas, best rounds and times to the "
          + "target depend on that.",
      ])
  }

  @Test func aTargetThatIsNotReachedIsSaid() throws {
    let comparison = try Comparison(Fixture.runs(["fedavg", "fedbn"]), target: 0.808)
    #expect(comparison.arms[0].roundsToTarget == 5)
    #expect(comparison.arms[0].notReachedCount == 1)
    #expect(comparison.notes == ["80.8% was not reached by 1 of 3 in fedavg.", Fixture.fewSeeds(3, "0.25")])
    let far = try Comparison(Fixture.runs(["fedavg", "fedbn"]), target: 0.81)
    #expect(far.arms[0].roundsToTarget == nil)
    #expect(far.notes == [Fixture.fewSeeds(3, "0.25")])
    #expect(
      far.conclusion.hasSuffix(
        ". Rounds to 81% are left out: fedavg, the baseline, reaches it in 1 of 3 seeds only."))
    #expect(!far.armTable.text().contains("rounds to"))
  }

  @Test func anUnknownBaselineIsAnError() {
    let error = ComparisonError.unknownBaseline("fedbm", arms: ["fedavg", "fedbn"])
    #expect(throws: error) { try Comparison(Fixture.runs(["fedavg", "fedbn"]), baseline: "fedbm") }
    #expect(error.description == "no arm is called \"fedbm\"; the arms are: fedavg, fedbn")
  }

  @Test func theBaselineCanBeAnyArm() throws {
    let comparison = try Comparison(Fixture.runs(["fedavg", "fedbn", "fedprox"]), baseline: "fedbn")
    #expect(comparison.conclusion == "no arm is ahead of fedbn, the baseline, with 83.8% accuracy.")
    #expect(
      comparison.differenceTable.text() == """
        arm      difference  95% interval      p   Holm  seeds  verdict
        ───────  ──────────  ────────────  ─────  ─────  ─────  ───────
        fedavg         -3.0  -3.5 to -2.5  0.001  0.003      3  worse
        fedprox        -2.9  -3.4 to -2.4  0.002  0.003      3  worse

        """)
    #expect(
      comparison.notes.last == "Holm: p corrected for the 2 comparisons of all arms; the verdict is by it.")
  }

  @Test func aBaselineWithoutRunsIsSaid() throws {
    let comparison = try Comparison([Fixture.run("fedavg", seed: 1, status: .failed), Fixture.run("fedbn", seed: 1)])
    #expect(comparison.target == nil)
    #expect(
      comparison.notes.last
        == "There are no differences, because no run of fedavg, the baseline, is in the means.")
  }

  @Test func equalArmsDoNotDiffer() throws {
    let runs =
      Fixture.runs(["fedavg"])
      + Fixture.runs(["fedavg"]).map { run in
        var twin = run
        twin.arm = "twin"
        return twin
      }
    let comparison = try Comparison(runs)
    #expect(
      comparison.conclusion
        == "No difference shown between twin and fedavg: 80.8% against 80.8% accuracy, 0.0 points (no difference at all)."
    )
    #expect(
      comparison.differenceTable.text() == """
        arm   difference  95% interval  p  Holm  seeds  verdict
        ────  ──────────  ────────────  ─  ────  ─────  ────────────────────
        twin         0.0    0.0 to 0.0  –     –      3  no difference at all

        """)
  }

  @Test func equalDifferencesAreNoProof() throws {
    let runs = [1, 2].flatMap { (seed: UInt64) in
      [Fixture.run("a", seed: seed, level: [0.5]), Fixture.run("b", seed: seed, level: [0.625])]
    }
    let comparison = try Comparison(runs)
    #expect(
      comparison.conclusion
        == "No difference shown between b and a: 63.1% against 50.6% accuracy, +12.5 points (the same in each of 2 seeds)."
    )
    #expect(comparison.differenceTable.text().contains("  –     –      2  undecided, same in each seed\n"))
    #expect(comparison.notes == [Fixture.fewSeeds(2, "0.5")])
  }

  @Test func amongEqualsTheBaselineIsBest() throws {
    let runs = [Fixture.run("a", seed: 1, level: [0.5]), Fixture.run("b", seed: 1, level: [0.5])]
    #expect(try Comparison(runs, baseline: "b").bestArm?.arm == "b")
    #expect(try Comparison(runs).bestArm?.arm == "a")
  }

  @Test func aRoundIsSummarizedFromItsClients() {
    let accuracy = ComparedRound(
      round: 3, clients: [0.5, 1, 0.75], samples: [100, 300, 0], metric: .accuracy, loss: 0.4, bytesUp: 7, bytesDown: 8)
    #expect(
      accuracy
        == ComparedRound(
          round: 3, mean: 0.75, sampleWeighted: 0.875, worst: 0.5, bottomDecile: 0.5, loss: 0.4, bytesUp: 7,
          bytesDown: 8))
    #expect(ComparedRound(round: 0, clients: [0.5, 1], samples: [1, 1], metric: .loss).worst == 1)
    #expect(ComparedRound(round: 0, clients: [], samples: [], metric: .loss) == ComparedRound(round: 0, mean: nil))
    let broken = ComparedRound(round: 0, clients: [0.5, .nan], samples: [1, 1], metric: .accuracy)
    #expect(broken.mean?.isNaN == true)
    #expect(broken.worst?.isNaN == true)
    #expect(broken.sampleWeighted?.isNaN == true)
  }

  @Test func anIntervalThatHoldsZeroIsUndecided() throws {
    let runs = [(1, 0.70, 0.72), (2, 0.72, 0.71), (3, 0.71, 0.74)].flatMap { (seed, a, b) in
      [Fixture.run("a", seed: UInt64(seed), level: [a]), Fixture.run("b", seed: UInt64(seed), level: [b])]
    }
    let comparison = try Comparison(runs)
    #expect(
      comparison.conclusion
        == "No difference shown between b and a: 73.1% against 71.8% accuracy, +1.3 points "
        + "(95% interval -3.8 to +6.5, p = 0.383, 3 seeds).")
    #expect(comparison.differenceTable.text().contains("undecided"))
  }
}

@Suite struct ComparisonLayoutTests {
  @Test func clientsStandForDomainsWhereThereAreNone() throws {
    let few = try Comparison([
      Fixture.run("a", seed: 1, hasDomains: false), Fixture.run("b", seed: 1, hasDomains: false),
    ])
    #expect(few.domains.map(\.domain) == ["client 0", "client 1", "client 2", "client 3", "client 4"])
    #expect(few.text().contains("Accuracy by client, with the gain over a\nclient      a          b\n"))
    let many = try Comparison([
      Fixture.run("a", seed: 1, level: Array(repeating: 0.5, count: 21), hasDomains: false)
    ])
    #expect(many.domains == [])
    #expect(!many.text().contains("by client"))
  }

  @Test func domainsAreMeansOverTheirClients() throws {
    let comparison = try Comparison([Fixture.run("a", seed: 1, level: [0.5, 0.5, 0.5, 0.5, 0.5, 0.7])])
    #expect(comparison.domains.map(\.clientCount) == [2, 1, 1, 1, 1])
    #expect(abs((comparison.domains[0].arms[0].mean ?? 0) - 0.604) < 1e-12)
  }

  @Test func aClientThatIsNotANumberIsNotAveraged() throws {
    var run = Fixture.run("a", seed: 1)
    run.clients[2].metric = .nan
    let comparison = try Comparison([run])
    #expect(comparison.domains[2].arms[0].mean == nil)
    #expect(!comparison.json().contains("nan"))
  }

  @Test func manyArmsAndLongNamesStayReadable() throws {
    let long = "fedadam/server_learning_rate=0.01,momentum=0.9"
    let arms = ["fedavg", "漢字", long, "fedprox", "scaffold", "fednova", "moon", "feddyn"]
    let comparison = try Comparison(Fixture.runs(arms))
    let text = comparison.text()
    for line in text.split(separator: "\n") { #expect(TerminalWidth.of(line) <= 80, "\(line)") }
    #expect(text.contains("domain  fedavg       漢字  fedadam/s…ntum=0.9     fedprox   scaffold    fednova\n"))
    #expect(text.contains("domain  fedavg       moon     feddyn\n"))
    #expect(comparison.text(width: nil).contains(long))
  }

  @Test func ansiStyleMarksTheBestArmAndNothingElseChanges() throws {
    let comparison = try Comparison(Fixture.runs(["fedavg", "fedbn"]))
    let text = comparison.text(style: .ansi)
    #expect(text.contains("fedbn       3  \u{1B}[1m83.8% ± 0.2\u{1B}[0m"))
    let stripped = ["\u{1B}[1m", "\u{1B}[2m", "\u{1B}[0m"].reduce(text) { $0.replacing($1, with: "") }
    #expect(stripped == comparison.text())
  }
}

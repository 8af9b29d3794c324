import Records
import Tables
import Testing

@testable import Reports

private typealias Fixture = ComparisonFixture

/// What `compare` says beside the means: tests, corrections, times to a target, areas, and who loses.
@Suite struct ComparisonStatisticsTests {
  private let several: [ComparedMeasure] = [.accuracy, .worst, .jain, .area, .roundsToTarget, .bytesToTarget]

  @Test func theMeasuresOfARunAreWhatTheySay() throws {
    let comparison = try Comparison(
      [Fixture.run("a", seed: 1, rounds: [0, 2, 4], level: [0.5, 0.7, 0.9])], measures: ComparedMeasure.all,
      target: 0.35)
    func value(_ name: String) -> Double? {
      comparison.arms[0].measures.first { $0.measure.name == name }?.values[0]
    }
    #expect(isClose(value("accuracy"), 0.704, 1e-12))
    #expect(value("loss") == 1.5)
    #expect(isClose(value("worst"), 0.504, 1e-12))
    #expect(isClose(value("bottom-decile"), 0.504, 1e-12))
    #expect(isClose(value("sd"), (0.08 / 3).squareRoot(), 1e-12))
    // (Σx)² / (3 Σx²) of 0.504, 0.704, 0.904.
    #expect(isClose(value("jain"), 2.112 * 2.112 / (3 * (0.504 * 0.504 + 0.704 * 0.704 + 0.904 * 0.904)), 1e-12))
    // A straight line from 0.1 to 0.704.
    #expect(isClose(value("area"), 0.402, 1e-12))
    #expect(value("rounds-to-target") == 2)
    #expect(value("bytes") == 2_272_768)
    #expect(value("bytes-to-target") == 1_136_384)
    // Without a clock there is no time.
    #expect(value("simulated-seconds") == nil && value("seconds-to-target") == nil)
    #expect(comparison.arms[0].measures.allSatisfy { $0.comparison == nil })
  }

  @Test func theListDecidesWhatTheNumbersAreOf() {
    #expect(ComparedMeasure.metric(for: [.accuracy]) == .accuracy)
    #expect(ComparedMeasure.metric(for: [.loss, .jain]) == .loss)
    #expect(ComparedMeasure.metric(for: [.loss, .accuracy]) == .accuracy)
    #expect(ComparedMeasure.metric(for: [.jain, .loss]) == .accuracy)
    #expect(Set(ComparedMeasure.all.map(\.name)).count == ComparedMeasure.all.count)
  }

  @Test func holmIsOverAllArmsAndMeasures() throws {
    let comparison = try Comparison(
      Fixture.runs(["fedavg", "fedbn", "fedprox"]), measures: [.accuracy, .worst, .jain])
    // FedProx gains the same in each seed, which has no p value by t, but for the index.
    #expect(comparison.familySize == 4)
    let raw = comparison.arms.flatMap(\.measures).map { $0.comparison?.result(.t).pValue }
    let corrected = comparison.arms.flatMap(\.measures).map { $0.comparison?.corrected }
    #expect(corrected == Holm.corrected(raw))
    #expect(
      comparison.notes.contains(
        "Holm: p corrected for the 4 comparisons of all arms and metrics; the verdict is by it."))
  }

  @Test func aVerdictThatOnlyStandsAloneFallsAmongMany() throws {
    // p is 0.031 by itself.
    let differences = [0.010, 0.016, 0.022, 0.006]
    func runs(_ arm: String, _ gains: [Double]) -> [ComparedRun] {
      gains.enumerated().map { Fixture.run(arm, seed: UInt64($0.offset), level: [0.5 + $0.element]) }
    }
    let baseline = runs("base", [0, 0, 0, 0])
    let alone = try Comparison(baseline + runs("a", differences))
    let p = try #require(alone.arms[1].measures[0].comparison?.result(.t).pValue)
    #expect(p > 0.03 && p < 0.05)
    #expect(alone.arms[1].measures[0].comparison?.corrected == p)
    #expect(alone.verdict(try #require(alone.arms[1].measures[0].comparison), .accuracy) == "better")
    let noise = runs("b", [0.01, -0.02, 0.03, -0.01])
    let among = try Comparison(baseline + runs("a", differences) + noise)
    let comparison = try #require(among.arms[1].measures[0].comparison)
    #expect(comparison.corrected == 2 * p)
    #expect(among.verdict(comparison, .accuracy) == "undecided")
    #expect(among.conclusion.hasPrefix("No difference shown between a or b and base: a has "))
    #expect(among.conclusion.contains("p = 0.031 (Holm 0.062), 4 seeds"))
  }

  @Test func threeSeedsCannotDecideByRanks() throws {
    let runs = Fixture.runs(["fedavg", "fedbn"])
    let comparison = try Comparison(runs, test: .sign)
    #expect(
      comparison.conclusion
        == "No difference shown between fedbn and fedavg: 83.8% against 80.8% accuracy, +3.0 points (95% interval +2.5 to "
        + "+3.5, p by sign = 0.250, 3 seeds).")
    #expect(
      comparison.notes == [Fixture.fewSeeds(3, "0.25")])
    let six = try Comparison(Fixture.runs(["fedavg", "fedbn"], seeds: Array(1...6)), test: .sign, target: 0.5)
    #expect(six.differenceTable.text().contains("0.031  0.031      6  better"))
    #expect(six.notes == [])
  }

  @Test func oneSeedSaysWhatCannotBeSaid() throws {
    let comparison = try Comparison(Fixture.runs(["fedavg", "fedbn"], seeds: [1]))
    #expect(comparison.notes == [Fixture.oneSeed])
    #expect(comparison.evidenceTable.rows.isEmpty)
    #expect(comparison.familySize == 0)
    #expect(comparison.arms[1].measures[0].comparison?.bootstrap.undefined == .onePair)
  }

  @Test func equalDifferencesCanBeDecidedByRanksOnly() throws {
    let seeds: [UInt64] = [1, 2, 3, 4, 5, 6]
    let runs =
      seeds.map { Fixture.run("a", seed: $0, level: [0.5]) } + seeds.map { Fixture.run("b", seed: $0, level: [0.625]) }
    let byT = try Comparison(runs)
    #expect(byT.differenceTable.text().contains("–      6  better, same in each seed"))
    let byRanks = try Comparison(runs, test: .wilcoxon)
    #expect(byRanks.differenceTable.text().contains("0.031  0.031      6  better\n"))
    #expect(byRanks.arms[1].measures[0].comparison?.bootstrap.undefined == .noSpread)
  }

  @Test func runsThatMissTheTargetAreCensored() throws {
    // Of the pairs: both reach it, one is censored, both are.
    let levels: [(base: Double, other: Double)] = [(0.9, 0.8), (0.5, 0.9), (0.4, 0.5)]
    var runs: [ComparedRun] = []
    for (seed, level) in levels.enumerated() {
      runs.append(Fixture.run("base", seed: UInt64(seed), level: [level.base]))
      runs.append(Fixture.run("other", seed: UInt64(seed), level: [level.other]))
    }
    let comparison = try Comparison(runs, measures: [.roundsToTarget, .bytesToTarget], target: 0.7)
    let rounds = try #require(comparison.arms[1].measures[0].comparison)
    #expect(comparison.arms[0].measures[0].values == [4, 5, 5])
    #expect(comparison.arms[1].measures[0].values == [5, 4, 5])
    #expect(comparison.arms[1].measures[1].values == [2_840_960, 2_272_768, 2_840_960])
    #expect(rounds.oneCensored == 1 && rounds.bothCensored == 1)
    #expect(rounds.difference.mean == 0)
    #expect(comparison.arms[0].roundsToTarget == nil && comparison.arms[0].notReachedCount == 2)
    #expect(comparison.armTable.text().contains("> 5\n"))
    #expect(
      comparison.notes.contains(
        "rounds of other: runs that miss the target count as round 5, in 1 of 3 pairs one run (the difference is a "
          + "bound), in 1 both (it is unknown, and counted as 0)."))
    #expect(comparison.notes.contains("70% was not reached by 2 of 3 in base, by 1 of 3 in other."))
    let row = try #require(comparison.csv().split(separator: "\r\n").dropFirst().first)
    #expect(row.hasPrefix("other,rounds-to-target,3,4.666666666666667,") && row.contains(",1,1,,undecided"))
  }

  @Test func timesAreRestrictedToTheRoundThatAllRunsHave() throws {
    let runs = [
      Fixture.run("a", seed: 1, rounds: [0, 1, 2, 3], level: [0.9]),
      Fixture.run("b", seed: 1, rounds: [0, 2, 4, 6, 8], level: [0.9]),
    ]
    // Round 2 is the last that both have: what they do later is not compared, and neither has got there.
    let comparison = try Comparison(runs, measures: [.roundsToTarget], target: 0.8)
    #expect(comparison.frame.horizon == 2)
    #expect(comparison.arms.map { $0.measures[0].values } == [[2], [2]])
    #expect(comparison.arms.map { $0.results[0].roundsToTarget } == [nil, nil])
    #expect(comparison.arms[1].measures[0].comparison?.bothCensored == 1)
    // 284,096 bytes up and as many down in each round.
    #expect(comparison.arms.map { $0.results[0].restrictedBytes(comparison.frame) } == [1_136_384, 1_136_384])
    #expect(comparison.frame.byteHorizon == 1_136_384)
  }

  @Test func whoLosesIsCounted() throws {
    func run(_ arm: String, _ seed: UInt64, _ level: [Double]) -> ComparedRun {
      Fixture.run(arm, seed: seed, level: level)
    }
    let comparison = try Comparison([
      run("a", 1, [0.5, 0.5, 0.5, 0.5]), run("a", 2, [0.6, 0.6, 0.6, 0.6]),
      run("b", 1, [0.7, 0.4, 0.52, 0.5]), run("b", 2, [0.9, 0.55, 0.56, 0.6]),
    ])
    let clients = comparison.arms[1].clients
    #expect(clients.map(\.client) == [0, 1, 2, 3])
    #expect(clients.map(\.worseCount) == [0, 2, 1, 0])
    #expect(clients.map(\.domain) == Array(Fixture.domains.prefix(4)))
    #expect(isClose(clients[1].gain, -0.075, 1e-12) && clients[3].gain == 0)
    #expect(comparison.arms[1].losers(.accuracy).map(\.client) == [1, 2])
    #expect(comparison.arms[0].clients == [])
    #expect(
      comparison.fairnessTable.text() == """
        arm  worst  worst 10%    sd   Jain   worse  always  largest loss
        ───  ─────  ─────────  ────  ─────  ──────  ──────  ─────────────
        a    55.6%      55.6%   0.0  1.000       –       –  –
        b    48.1%      48.1%  12.6  0.958  2 of 4       1  -7.5 client 1

        """)
  }

  @Test func aMeasureThatARunLacksIsNotCompared() throws {
    var runs = Fixture.runs(["a", "b"])
    runs[4].clients[0].metric = .nan
    let comparison = try Comparison(runs, measures: [.jain, .area])
    #expect(comparison.arms[1].measures[0].mean == nil)
    #expect(comparison.arms[1].measures[0].comparison == nil)
    #expect(comparison.arms[1].measures[1].comparison != nil)
    #expect(comparison.arms[1].clients.map(\.client) == [1, 2, 3, 4])
    #expect(comparison.notes.contains("No difference of the Jain index of the accuracy of b: a run lacks it."))
    #expect(!comparison.json().contains("nan"))
    #expect(comparison.csv().contains("b,jain,3,,,"))
    let without = try Comparison(
      Fixture.runs(["a"]).map { run in
        var run = run
        run.clients = []
        return run
      }, measures: [.jain])
    #expect(without.conclusion == "there is no Jain index of the accuracy to compare.")
  }

  @Test func theFirstMeasureDecidesWhichArmIsBest() throws {
    let runs = Fixture.runs(["fedavg", "fedbn"])
    #expect(
      try Comparison(runs, measures: [.worst]).conclusion
        == "fedbn has the best accuracy of the worst client, 72.4%: +9.6 points against fedavg "
        + "(95% interval +9.1 to +10.1, p < 0.001, 3 seeds).")
    #expect(
      try Comparison(runs, measures: [.bytes, .accuracy]).conclusion.hasPrefix(
        "No difference shown between fedbn and fedavg: 2.80 MB against 2.84 MB traffic, -0.041 MB (the same in each of 3"
      ))
    #expect(
      try Comparison(runs, measures: [.deviation]).differenceTable.rows.count == 1)
  }

  @Test func everythingFitsATerminal() throws {
    let arms = ["fedavg", "fedadam/server_learning_rate=0.01,momentum=0.9", "fedbn"]
    for seeds in [[1], [1, 2, 3], Array(1...12)] as [[UInt64]] {
      for measures in [[.accuracy], several, ComparedMeasure.all, [.loss, .area]] {
        let comparison = try Comparison(
          Fixture.runs(arms, seeds: seeds), metric: ComparedMeasure.metric(for: measures), measures: measures)
        for width in [80, 100] {
          for hasPlot in [false, true] {
            for line in comparison.text(width: width, hasPlot: hasPlot).split(separator: "\n") {
              #expect(TerminalWidth.of(line) <= width, "\(width): \(line)")
            }
          }
        }
      }
    }
  }

  @Test func aPlotStandsForTheLinesWhereItFits() throws {
    let comparison = try Comparison(Fixture.runs(["fedavg", "fedbn"]))
    let wide = comparison.text(width: 80, hasPlot: true)
    #expect(wide.contains("Accuracy over rounds, mean over seeds and clients\n"))
    #expect(wide.contains("\na fedavg 80.8%   b fedbn 83.8%\n"))
    #expect(!wide.contains("10.0% → 80.8%"))
    #expect(comparison.text(width: 59, hasPlot: true) == comparison.text(width: 59))
  }

  @Test func programsGetEverythingByName() throws {
    let comparison = try Comparison(Fixture.runs(["fedavg", "fedbn"], seeds: Array(1...4)), measures: several)
    let json = comparison.json()
    #expect(json.contains("\"metrics\": [\"accuracy\", \"worst\", \"jain\", \"area\", \"rounds-to-target\", "))
    #expect(json.contains("\"test\": \"t\",\n  \"family\": "))
    #expect(comparison.measureTable.rows.count == several.count)
    #expect(comparison.clientTable.rows.count == 5)
    let header = try #require(comparison.csv().split(separator: "\r\n").first)
    #expect(
      header == """
        arm,metric,seeds,mean,sd,baseline_mean,pairs,difference,difference_low,difference_high,difference_sd,t,p_t,\
        wilcoxon,wilcoxon_method,positive,p_wilcoxon,p_sign,p_holm,cohen_d,hedges_g,rank_biserial,bca_low,bca_high,\
        bca_undefined,bca_ideal,pairs_one_censored,pairs_both_censored,undefined,verdict
        """)
    let single = try Comparison(Fixture.runs(["fedavg", "fedbn"]))
    #expect(single.csv() == single.armTable.csv())
    #expect(single.armTable.columns.suffix(22).map(\.key).first == "p_wilcoxon")
  }
}

import Records
import Tables
import Testing

@testable import Reports

private typealias Fixture = ComparisonFixture

/// Arms that are no federations but bounds on what one can reach: they stand beside the others and compete with nobody.
@Suite struct ComparisonBoundTests {
  private static let central = [0.98, 0.96, 0.86, 0.90, 0.88]
  private static let local = [0.93, 0.92, 0.60, 0.75, 0.60]

  private static func bound(
    _ bound: Bound, _ name: String? = nil, seeds: [UInt64] = [1, 2, 3], level: [Double]? = nil, rounds: [Int]? = nil
  ) -> [ComparedRun] {
    seeds.map { seed in
      // Seeds favour and harm bounds in another way than arms, so that paired differences have a spread, with a mean of 0.
      let luck: [UInt64: Double] = bound == .central ? [2: 0.002, 3: -0.002] : [1: -0.002, 3: 0.002]
      let levels = (level ?? (bound == .central ? central : local)).map { $0 + (luck[seed] ?? 0) }
      var run = Fixture.run(name ?? bound.rawValue, seed: seed, rounds: rounds ?? Array(0...5), level: levels)
      run.bound = bound
      for index in run.rounds.indices { (run.rounds[index].bytesUp, run.rounds[index].bytesDown) = (0, 0) }
      return run
    }
  }

  private static func runs(seeds: [UInt64] = [1, 2, 3]) -> [ComparedRun] {
    bound(.central, seeds: seeds) + Fixture.runs(["fedavg", "fedbn"], seeds: seeds) + bound(.local, seeds: seeds)
  }

  private func cells(_ table: Table, _ key: String, of audience: Table.Audience = .people) -> [String] {
    guard let column = table.columnIndices(for: audience).first(where: { table.columns[$0].header == key }) else {
      return []
    }
    return table.rows.map { $0[column].peopleText }
  }

  @Test func boundsStandAtTheEndAndTheirDistancesAreColumns() throws {
    let comparison = try Comparison(Self.runs())
    #expect(comparison.arms.map(\.arm) == ["fedavg", "fedbn", "central", "local"])
    #expect(comparison.baseline == "fedavg")
    let text = comparison.text(title: "study")
    #expect(
      text.hasPrefix(
        """
        study: fedbn has the best accuracy, 83.8%: +3.0 points against fedavg (95%
        interval +2.5 to +3.5, p = 0.001, 3 seeds). fedbn closes 45% of the gap between
        local and central: +7.0 of +15.6 points (3 seeds).

        Accuracy after round 5, mean ± standard deviation over seeds
        arm              seeds        final   best  rounds to 80%  to central  to local
        ───────────────  ─────  ───────────  ─────  ─────────────  ──────────  ────────
        fedavg               3  80.8% ± 0.4  80.8%              5       -11.6      +4.0
        fedbn                3  83.8% ± 0.2  83.8%              5        -8.6      +7.0
        central (bound)      3  92.4% ± 0.3  92.4%              5           –     +15.6
        local (bound)        3  76.8% ± 0.6  76.8%            > 5       -15.6         –

        Difference to fedavg in percentage points, paired by seed
        arm    difference  95% interval      p   Holm  seeds  verdict
        ─────  ──────────  ────────────  ─────  ─────  ─────  ───────
        fedbn        +3.0  +2.5 to +3.5  0.001  0.001      3  better

        """), "\(text)")
    #expect(
      text.contains(
        """
        central (bound)  ▁▂▄▅▇█  10.0% → 92.4%
        local (bound)    ▁▂▃▄▆▇  10.0% → 76.8%

        """), "\(text)")
    #expect(comparison.text(width: nil).contains("  best   area  MB up  rounds to 80%  to central  to local\n"))
  }

  @Test func boundsAreNeverTheBestAndNoneOfTheFamily() throws {
    let runs =
      Self.runs()
      + [1, 2, 3].map { seed in
        Fixture.run("fedprox", seed: seed, level: [0.81, 0.81, 0.81, 0.80, 0.81 + 0.01 * Double(seed * seed)])
      }
    let comparison = try Comparison(runs)
    #expect(comparison.bestArm?.arm == "fedbn")
    #expect(comparison.leadingArm == "fedbn")
    // Two hypotheses, whatever is bound: the p values are those without bounds.
    let alone = try Comparison(runs.filter { $0.bound == .none })
    #expect(comparison.familySize == 2 && alone.familySize == 2)
    #expect(comparison.arms[1].measures[0].comparison == alone.arms[1].measures[0].comparison)
    #expect(comparison.differenceTable == alone.differenceTable)
    #expect(comparison.evidenceTable == alone.evidenceTable)
    for arm in comparison.arms.suffix(2) {
      #expect(arm.bound != .none && arm.measures[0].comparison == nil)
      #expect(arm.difference?.pairCount == 3)
    }
    let table = comparison.armTable
    let p = try #require(table.columns.firstIndex { $0.key == "p_value" })
    let undefined = try #require(table.columns.firstIndex { $0.key == "undefined" })
    #expect(table.rows.map { $0[p].value == .missing } == [true, false, false, true, true])
    #expect(table.rows.map { $0[undefined].peopleText } == ["–", "–", "–", "bound", "bound"])
    // Bounds are dimmed, and what leads is bold.
    #expect(table.rows[3].allSatisfy { $0.emphasis == .dim } && table.rows[1].contains { $0.emphasis == .bold })
    let domains = comparison.domainView(arms: Array(comparison.arms.indices))
    #expect(
      domains.columns.map(\.header) == ["domain", "fedavg", "fedbn", "fedprox", "central (bound)", "local (bound)"])
    #expect(domains.rows[2].map(\.emphasis) == [.normal, .normal, .normal, .bold, .dim, .dim])
    #expect(domains.rows[2][4].peopleText == "86.8% +24.0")
    #expect(
      cells(comparison.fairnessTable, "arm") == ["fedavg", "fedbn", "fedprox", "central (bound)", "local (bound)"])
  }

  @Test func distancesAreInPairsOfOneSeed() throws {
    var runs = Self.runs()
    runs.removeAll { $0.arm == "central" && $0.seed == 3 }
    let comparison = try Comparison(runs)
    let fedbn = comparison.arms[1]
    let central = try #require(comparison.distance(fedbn, to: .central)?.difference)
    #expect(central.pairCount == 2 && abs((central.mean ?? 0) + 0.086) < 1e-12)
    let local = try #require(comparison.distance(fedbn, to: .local)?.difference)
    #expect(local.pairCount == 3 && abs((local.mean ?? 0) - 0.07) < 1e-12)
    // The share is over the seeds that all three have: 0.072 of 0.158.
    #expect(abs((comparison.gapClosed(fedbn) ?? 0) - 0.072 / 0.158) < 1e-12)
    let json = comparison.json()
    #expect(json.contains(#""distance_central_pairs": 2, "distance_local""#))
    #expect(json.contains(#""bound": "local", "distance_central": "#))
    #expect(json.contains(#"{"arm": "fedbn", "bound_arm": "local", "bound": "local", "distance": "#))
    #expect(comparison.notes.contains("Not in the difference: fedavg has seed 3, central does not."))
    #expect(
      comparison.notes.contains(
        "central and local are bounds and take no part in the comparison: no p value, no verdict, no part in Holm's "
          + "correction. Distances to them are in pairs of one seed."))
  }

  @Test func aBoundCanBeTheBaselineWhereThatIsAskedFor() throws {
    let comparison = try Comparison(Self.runs(), baseline: "central")
    #expect(comparison.familySize == 2)
    #expect(comparison.leadingArm == nil)
    #expect(
      comparison.conclusion
        == "no arm is ahead of central, the baseline, with 92.4% accuracy. fedbn closes 45% of the gap between local and "
        + "central: +7.0 of +15.6 points (3 seeds).")
    #expect(cells(comparison.differenceTable, "arm") == ["fedavg", "fedbn"])
    #expect(cells(comparison.armTable, "arm") == ["fedavg", "fedbn", "central (bound)", "local (bound)"])
  }

  @Test func whereTrainingAloneIsBetterThatIsSaid() throws {
    let good = Self.bound(.local, level: [0.97, 0.95, 0.80, 0.85, 0.80])
    let runs = Self.bound(.central) + Fixture.runs(["fedavg", "fedbn"])
    #expect(
      try Comparison(runs + good).conclusion.hasSuffix(
        "3 seeds). local alone is better than fedbn: +4.4 points (95% interval +3.4 to +5.4, 3 seeds). Federating is not "
          + "worth it here."))
    #expect(
      try Comparison((runs + good).filter { $0.seed == 1 }).conclusion.hasSuffix(
        "local alone is not worse than fedbn: +4.0 points (one seed)."))
    let close = Self.bound(.local, level: [0.965, 0.945, 0.72, 0.80, 0.732])
    #expect(
      try Comparison(runs + close).conclusion.hasSuffix(
        "local alone is not worse than fedbn: +0.2 points (95% interval -0.8 to +1.2, 3 seeds). That federating is worth "
          + "it is not shown."))
    #expect(try Comparison(runs + close).gapClosed(Comparison(runs + close).arms[1]) != nil)
  }

  @Test func aGapThatIsNoneIsNotClosed() throws {
    let runs = Fixture.runs(["fedavg", "fedbn"]) + Self.bound(.local)
    let low = Self.bound(.central, level: [0.90, 0.90, 0.60, 0.70, 0.60])
    let comparison = try Comparison(runs + low)
    #expect(
      comparison.conclusion.hasSuffix(
        "central is no better than local alone (-2.0 points, 3 seeds): there is no gap to close."))
    #expect(comparison.arms.allSatisfy { comparison.gapClosed($0) == nil })
    var noisy = Self.bound(.central, level: [0.94, 0.92, 0.61, 0.75, 0.60])
    for index in noisy.indices {
      let last = noisy[index].rounds.count - 1
      noisy[index].rounds[last].mean? += [0.03, -0.03, 0.0][index]
    }
    let luck = try Comparison(runs + noisy)
    #expect(
      luck.conclusion.hasSuffix(
        "The gap between local and central may be luck: +0.4 points (95% interval -7.1 to +7.9, 3 seeds)."))
    #expect(luck.arms.allSatisfy { luck.gapClosed($0) == nil })
  }

  @Test func oneBoundAloneIsADistance() throws {
    let runs = Fixture.runs(["fedavg", "fedbn"])
    #expect(
      try Comparison(runs + Self.bound(.central)).conclusion.hasSuffix(
        "fedbn is at -8.6 points from central (95% interval -9.1 to -8.1, 3 seeds)."))
    #expect(
      try Comparison(runs + Self.bound(.local, seeds: [2])).conclusion.hasSuffix(
        "fedbn is at +7.0 points from local (one seed)."))
    #expect(
      try Comparison(runs + Self.bound(.central)).notes.contains {
        $0.hasPrefix("central is a bound and takes no part in the comparison: ")
          && $0.hasSuffix("Distances to it are in pairs of one seed.")
      })
    // By another measure than the metric nothing is said of them.
    let worst = try Comparison(runs + Self.bound(.central), measures: [.worst])
    #expect(
      worst.conclusion.hasPrefix("fedbn has the best accuracy of the worst client")
        && worst.conclusion.hasSuffix("3 seeds)."))
  }

  @Test func ofSeveralBoundsOfAKindEachHasAColumn() throws {
    let runs =
      Fixture.runs(["fedavg", "fedbn"]) + Self.bound(.central, "all small") + Self.bound(.central, "all large")
      + Self.bound(.local)
    let comparison = try Comparison(runs)
    let table = comparison.armTable
    #expect(
      cells(table, "arm") == [
        "fedavg", "fedbn", "all small (central bound)", "all large (central bound)", "local (bound)",
      ])
    #expect(cells(table, "to all small") == ["-11.6", "-8.6", "–", "0.0", "-15.6"])
    #expect(cells(table, "to all large").count == 5 && cells(table, "to local").count == 5)
    #expect(cells(table, "distance central", of: .programs) == ["–", "–", "–", "–", "–"])
    #expect(cells(table, "distance local", of: .programs).first == "+4.0")
    #expect(cells(table, "gap closed", of: .programs).allSatisfy { $0 == "–" })
    #expect(comparison.distanceTable.rows.count == 5 * 3 - 3)
    #expect(comparison.conclusion.hasSuffix("fedbn is at +7.0 points from local (95% interval +6.0 to +8.0, 3 seeds)."))
  }

  @Test func whatHasOtherDataHasNoDistance() throws {
    var central = Self.bound(.central)
    for index in central.indices { central[index].data.split = "s2" }
    var others = Fixture.runs(["fedavg", "fedbn"])
    for index in others.indices { others[index].data.split = "s1" }
    let comparison = try Comparison(others + central)
    #expect(comparison.arms.allSatisfy { $0.distances.isEmpty })
    #expect(comparison.notes.contains("No distance of fedbn to central: other data, or no seed in common."))
    #expect(!comparison.conclusion.contains("from central"))
  }

  /// A bound that misses the target has spent nothing, which would be a budget of 0 bytes for all.
  @Test func aBoundSetsNoBudget() throws {
    let runs = Fixture.runs(["fedavg", "fedbn"])
    let measures: [ComparedMeasure] = [.bytesToTarget, .roundsToTarget]
    let alone = try Comparison(runs, measures: measures, target: 0.83)
    let bounded = try Comparison(runs + Self.bound(.local), measures: measures, target: 0.83)
    #expect(bounded.frame == alone.frame && alone.frame.byteHorizon > 0)
    #expect(bounded.differenceTable == alone.differenceTable)
    let rows = bounded.measureTable.rows.filter { $0[0].value == .text("local") }
    #expect(rows.count == 2 && rows.allSatisfy { $0.contains { $0.value == .text("bound") } })
  }

  @Test func boundsAloneAreNoContest() throws {
    let comparison = try Comparison(Self.bound(.central) + Self.bound(.local))
    #expect(
      comparison.conclusion
        == "there are only bounds, and no arm to compare with them: central has 92.4% accuracy and local has 76.8% accuracy."
    )
    #expect(comparison.leadingArm == nil)
    #expect(comparison.differenceTable.rows.isEmpty)
  }

  @Test func ofALossLessIsBetter() throws {
    func loss(_ runs: [ComparedRun], _ value: Double) -> [ComparedRun] {
      runs.map { run in
        var run = run
        run.clients = []
        for index in run.rounds.indices {
          run.rounds[index].mean = value - 0.1 * Double(index) + 0.01 * Double(run.seed)
        }
        return run
      }
    }
    let runs =
      loss(Fixture.runs(["fedavg"]), 2) + loss(Self.bound(.central), 1.5) + loss(Self.bound(.local), 2.5)
    let comparison = try Comparison(runs, metric: .loss)
    #expect(
      comparison.conclusion.hasPrefix(
        "fedavg has 1.5200 loss (3 seeds). fedavg closes 50% of the gap between local and central: -0.5000 of -1.0000 "
          + "(3 seeds). "))
    let bad = loss(Fixture.runs(["fedavg"]), 2) + loss(Self.bound(.local), 1.9)
    #expect(
      try Comparison(bad, metric: .loss).conclusion.hasSuffix(
        "local alone is better than fedavg: -0.1000 (95% interval -0.1000 to -0.1000, 3 seeds). Federating is not worth it "
          + "here."))
  }

  /// An arm of which an earlier version recorded a run is what a later run says.
  @Test func anArmIsABoundIfAnyRunSaysSo() throws {
    var runs = Self.runs()
    for index in runs.indices where runs[index].seed != 2 { runs[index].bound = .none }
    #expect(try Comparison(runs).arms.map(\.bound) == [.none, .none, .central, .local])
  }
}

import Records
import Testing

@testable import Reports

/// The first line of a comparison says what must be known before any number is read, and no more than the verdict.
@Suite struct ComparisonFirstLineTests {
  /// Four clients of a run, each with as many training and test examples and labels.
  private static func data(
    train: [Int] = [20, 20], test: [Int] = [10, 10], labels: [String] = ["[10,10]", "[10,10]"],
    domains: [String] = ["ink", "street"], hashes: [String] = ["a", "b"]
  ) -> ComparedData {
    ComparedData(
      parts: train.indices.map {
        ComparedData.Part(
          client: $0, domain: domains[$0], trainSamples: train[$0], testSamples: test[$0], labels: labels[$0])
      },
      subsets: Dictionary(
        uniqueKeysWithValues: hashes.indices.map { ($0, ComparedData.Subset(samples: test[$0], hash: hashes[$0])) }))
  }

  /// A run whose accuracy is `means`, a round each from 0 on.
  private func run(_ arm: String, _ seed: Int, _ means: [Double], _ data: ComparedData = data()) -> ComparedRun {
    let last = means.count - 1
    var run = ComparedRun(
      id: "\(arm)\(seed)", arm: arm, seed: UInt64(seed), status: .finished, roundsDone: last, roundsPlanned: last,
      rounds: means.enumerated().map { ComparedRound(round: $0, mean: $1, bytesUp: $0 * 10, bytesDown: $0 * 10) },
      clients: [ComparedClient(client: 0, metric: means[last])])
    run.data = data
    return run
  }

  /// `b` is 20 points ahead of `a`, not by the same in each of three seeds.
  private func ahead(_ other: ComparedData = data()) -> [ComparedRun] {
    (1...3).flatMap { seed in
      [
        run("a", seed, [0.1, 0.3, 0.5]),
        run("b", seed, [0.1, 0.4, 0.7 + Double(seed) * 0.01], other),
      ]
    }
  }

  private func firstLines(_ runs: [ComparedRun], title: String? = "study", target: Double? = nil) throws -> String {
    let text = try Comparison(runs, target: target).text(title: title, width: nil)
    return text.split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }.joined(separator: "\n")
  }

  private let unpaired = "they are not paired, and there is no p value and no verdict."

  @Test func whatIsDecidedIsSaidAsEver() throws {
    #expect(
      try firstLines(ahead())
        == "study: b has the best accuracy, 72.0%: +22.0 points against a (95% interval +19.5 to +24.5, p = 0.001, 3 seeds)."
    )
  }

  /// Arms of which the first ends after 10 rounds, as planned, and the other by a rule before.
  private func stopped(_ rounds: [Int] = [2, 3, 2]) -> [ComparedRun] {
    (1...3).flatMap { seed in
      var (a, b) = (
        run("a", seed, [0.1, 0.3, 0.5, 0.5]), run("b", seed, Array([0.1, 0.4, 0.7, 0.7].prefix(rounds[seed - 1] + 1)))
      )
      a.stopReason = .rounds
      b.stopReason = .patience
      b.roundsPlanned = 3
      b.rounds[rounds[seed - 1]].mean = 0.7 + Double(seed) * 0.01
      return [a, b]
    }
  }

  @Test func runsThatARuleEndedAreComparedAtTheirOwnLastRounds() throws {
    let comparison = try Comparison(stopped())
    #expect(comparison.ends == .stopped && comparison.excluded.isEmpty && comparison.comparedRounds == [2, 3])
    #expect(comparison.arms.map(\.mean) == [0.5, 0.72])
    #expect(
      try firstLines(stopped())
        == "study: 'stop' ended runs at different rounds (a at 3, b at 2 or 3), and each is compared at its own last round. b has the best accuracy, 72.0%: +22.0 points against a (95% interval +19.5 to +24.5, p = 0.001, 3 seeds)."
    )
    #expect(
      comparison.notes.first
        == "Ended by 'stop': b seed 1 at round 2 of 3 (patience); b seed 2 at round 3 of 3 (patience); b seed 3 at round 2 of 3 (patience)."
    )
    #expect(comparison.notes.allSatisfy { !$0.hasPrefix("Compared at different rounds") })
    #expect(comparison.placeWords == "after each run's last round, 2 to 3 because of 'stop'")
    #expect(
      comparison.text(width: nil).contains("Accuracy after each run's last round, 2 to 3 because of 'stop', mean"))
    // At one round that is the same for all, the runs that have it.
    let third = try Comparison(stopped(), at: 3)
    #expect(
      third.excluded.map(\.words) == ["ended by 'stop' after round 2 of 3", "ended by 'stop' after round 2 of 3"])
    #expect(try Comparison(stopped([3, 3, 3])).ends == .equal)
    // Where they were to have other numbers of rounds, they are compared at one that all have.
    var longer = stopped()
    for index in longer.indices where longer[index].arm == "b" { longer[index].roundsPlanned = 9 }
    #expect(try Comparison(longer).ends == .common(round: 2))
  }

  @Test func unequalLengths() throws {
    let runs = ahead().map { run in
      var run = run
      if run.arm == "b" { run.rounds.append(ComparedRound(round: 3, mean: 0.9)) }
      return run
    }
    #expect(
      try firstLines(runs)
        == "study: the runs end at different rounds (a at 2, b at 3) and are compared at round 2, the last that all have. "
        + "b has the best accuracy, 72.0%: +22.0 points against a (95% interval +19.5 to +24.5, p = 0.001, 3 seeds).")
    let comparison = try Comparison(runs)
    #expect(comparison.comparedRounds == [2] && comparison.arms[1].best == comparison.arms[1].mean)
    // Clients of another round are not shown beside it.
    #expect(comparison.arms.map { $0.clients.isEmpty } == [true, true])
    #expect(comparison.json().contains("\"common_round\": 2,"))
    // With a round asked for nothing is to be said.
    #expect(try Comparison(runs, at: 1).ends == .equal)
  }

  @Test func lengthsThatMeetNowhere() throws {
    let runs = (1...2).flatMap { seed -> [ComparedRun] in
      var late = run("b", seed, [0.1, 0.2, 0.3, 0.9])
      late.rounds.removeSubrange(1...2)
      return [run("a", seed, [0.1, 0.3, 0.5]), late]
    }
    #expect(
      try firstLines(runs)
        == "study: the runs end at different rounds (a at 2, b at 3) and have no evaluated round in common behind round 0: "
        + "nothing is paired, and there is no p value and no verdict.")
    #expect(try Comparison(runs).differenceTable.rows.isEmpty)
  }

  @Test func otherData() throws {
    #expect(
      try firstLines(ahead(Self.data(train: [40, 40], labels: ["[20,20]", "[20,20]"])))
        == "study: b has other data than a (seed 1: 80 training examples against 40): \(unpaired)")
    #expect(
      try firstLines(ahead(Self.data(domains: ["ink", "chalk"])))
        == "study: b has other data than a (seed 1: domains chalk, ink against ink, street): \(unpaired)")
    #expect(
      try firstLines(ahead(Self.data(labels: ["[10,10]", "[12,8]"])))
        == "study: b has other data than a (seed 1: other numbers of training examples by label): \(unpaired)")
  }

  @Test func otherContent() throws {
    var runs = ahead()
    for index in runs.indices { runs[index].data.content = runs[index].arm }
    #expect(
      try firstLines(runs) == "study: b has other data than a (seed 1: other examples were read or made): \(unpaired)")
    // What only one of them recorded says nothing.
    for index in runs.indices where runs[index].arm == "a" { runs[index].data.content = nil }
    #expect(try firstLines(runs).hasPrefix("study: b has the best accuracy"))
  }

  @Test func otherSplit() throws {
    #expect(
      try firstLines(ahead(Self.data(train: [10, 30], labels: ["[5,5]", "[15,15]"])))
        == "study: b has another split of the data than a (seed 1: client 0 has 10 training examples against 20): \(unpaired)"
    )
    #expect(
      try firstLines(ahead(Self.data(labels: ["[8,12]", "[12,8]"])))
        == "study: b has another split of the data than a (seed 1: client 0 has other labels): \(unpaired)")
    #expect(
      try firstLines(ahead(Self.data(domains: ["street", "ink"])))
        == "study: b has another split of the data than a (seed 1: client 0 is of domain street against domain ink): "
        + unpaired)
  }

  @Test func otherTestSubset() throws {
    #expect(
      try firstLines(ahead(Self.data(hashes: ["a", "c"])))
        == "study: b has other test examples than a (seed 1: client 1 is evaluated on 10 other examples): \(unpaired)")
    #expect(
      try firstLines(ahead(Self.data(hashes: ["a"])))
        == "study: b has other test examples than a (seed 1: 1 evaluated client against 2): \(unpaired)")
    #expect(
      try firstLines(ahead(Self.data(test: [10, 5])))
        == "study: b has other test examples than a (seed 1: client 1 has 5 test examples against 10): \(unpaired)")
    let comparison = try Comparison(ahead(Self.data(hashes: ["a", "c"])))
    #expect(comparison.differenceTable.rows.isEmpty && comparison.evidenceTable.rows.isEmpty)
    #expect(comparison.arms[1].difference == nil && comparison.arms[1].clients.isEmpty && comparison.familySize == 0)
    #expect(!comparison.text().contains("gain over"))
    #expect(
      comparison.json().contains(
        "{\"arm\": \"b\", \"seed\": 1, \"kind\": \"test\", \"difference\": \"client 1 is evaluated on 10 other examples\"}"
      ))
    #expect(comparison.csv().contains(",other-data,"))
  }

  @Test func theRestIsStillCompared() throws {
    let other = Self.data(train: [40, 40], labels: ["[20,20]", "[20,20]"])
    let runs =
      ahead() + (1...3).flatMap { [run("c", $0, [0.1, 0.8, 0.9], other), run("d", $0, [0.1, 0.8, 0.9], other)] }
    #expect(
      try firstLines(runs)
        == "study: c and d have other data than a (c seed 1: 80 training examples against 40): \(unpaired) "
        + "b has the best accuracy, 72.0%: +22.0 points against a (95% interval +19.5 to +24.5, p = 0.001, 3 seeds).")
    // Nobody is best who can't be compared.
    #expect(try Comparison(runs).bestArm?.arm == "b")
  }

  @Test func undecided() throws {
    let runs = [(1, 0.5, 0.56), (2, 0.52, 0.51), (3, 0.51, 0.53)].flatMap { seed, a, b in
      [run("a", seed, [0.1, a]), run("b", seed, [0.1, b])]
    }
    #expect(
      try firstLines(runs)
        == "study: No difference shown between b and a: 53.3% against 51.0% accuracy, +2.3 points "
        + "(95% interval -6.4 to +11.1, p = 0.369, 3 seeds).")
    // The mean of the baseline being better decides nothing, either.
    #expect(
      try Comparison(runs, baseline: "b").conclusion.hasPrefix(
        "No difference shown between a and b: 51.0% against 53.3% accuracy, -2.3 points "
          + "(95% interval -11.1 to +6.4, p = 0.369, 3 seeds)."))
    #expect(try Comparison(runs).leadingArm == nil)
  }

  @Test func someAreDecidedAndOthersNot() throws {
    let runs = [(1, 0.50, 0.52, 0.60), (2, 0.51, 0.535, 0.50), (3, 0.52, 0.54, 0.62)].flatMap { seed, a, b, c in
      [run("a", seed, [0.1, a]), run("b", seed, [0.1, b]), run("c", seed, [0.1, c])]
    }
    let words = try Comparison(runs).conclusion
    #expect(
      words.hasPrefix("b is better than a in accuracy: +2.2 points (95% interval "),
      "the best mean is not shown to be better")
    #expect(words.hasSuffix(" No difference is shown between c and a."))
  }

  @Test func aBaselineThatMissesItsOwnTarget() throws {
    // Its mean is 0.6, which one of its two runs reaches.
    let runs = [(1, 0.5, 0.56), (2, 0.7, 0.66)].flatMap { seed, a, b in
      [run("a", seed, [0.1, a]), run("b", seed, [0.1, b])]
    }
    #expect(
      try firstLines(runs)
        == "study: No difference shown between b and a: 61.0% against 60.0% accuracy, +1.0 points "
        + "(95% interval -62.5 to +64.5, p = 0.874, 2 seeds). Rounds to 60% are left out: a, the baseline, reaches it in "
        + "1 of 2 seeds only.")
    let comparison = try Comparison(runs)
    #expect(!comparison.armTable.text().contains("rounds to"))
    #expect(!comparison.notes.contains { $0.contains("was not reached") })
    // One that is asked for is no better.
    #expect(
      try firstLines(ahead(), target: 0.6).hasSuffix("Rounds to 60% are left out: a, the baseline, never reaches it."))
    // Asked for as a measure it has bounds.
    let measured = try Comparison(ahead(), measures: [.roundsToTarget], target: 0.6)
    #expect(measured.targetProblem == nil && measured.armTable.text().contains("rounds to 60%"))
  }

  @Test func aTargetThatNobodyHadToLearn() throws {
    #expect(
      try firstLines(ahead(), target: 0.1)
        == "study: b has the best accuracy, 72.0%: +22.0 points against a (95% interval +19.5 to +24.5, p = 0.001, 3 seeds). "
        + "Rounds to 10% are left out: the untrained model meets it (a seed 1 has 10.0% at round 0).")
    let comparison = try Comparison(ahead(), measures: [.accuracy, .roundsToTarget, .bytesToTarget], target: 0.1)
    #expect(!comparison.armTable.text().contains("rounds to"))
    #expect(comparison.arms.allSatisfy { $0.measures[1].mean == nil && $0.measures[2].mean == nil })
    #expect(comparison.json().contains("\"target_left_out\": \"Rounds to 10% are left out"))
  }

  @Test func clientsWithoutTestExamplesAreCounted() throws {
    let runs = ahead().map { run in
      var run = run
      for index in run.rounds.indices { run.rounds[index].untested = UntestedClients(count: 2, of: 4) }
      return run
    }
    let text = try Comparison(runs).text(title: "study", width: nil)
    #expect(text.contains("3 seeds). 2 of 4 clients without test examples are left out.\n"))
    #expect(
      text.contains(
        "Accuracy after round 2, mean ± standard deviation over seeds; 2 of 4 clients without test examples left out\n")
    )
    #expect(text.contains("paired by seed; 2 of 4 clients without test examples left out\n"))
    #expect(text.contains("Accuracy over rounds 0 to 2; 2 of 4 clients without test examples left out\n"))
    #expect(try Comparison(runs).csv().contains(",2,,,,,,test,none,,,,,\r\n"))
  }

  @Test func whereNobodyHasTestExamplesThatIsTheReason() throws {
    let runs = [1, 2].map { seed in
      var run = run("a", seed, [0.1, 0.5])
      for index in run.rounds.indices {
        run.rounds[index].mean = nil
        run.rounds[index].untested = UntestedClients(count: 4, of: 4)
      }
      return run
    }
    #expect(
      try firstLines(runs)
        == "study: none of the 2 runs can be compared: no client that was evaluated after round 1 has test examples.")
  }
}

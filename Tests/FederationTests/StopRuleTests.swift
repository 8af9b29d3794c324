import Catalogs
import Networks
import Records
import TestSupport
import Testing

@testable import Federation

/// Runs that end before their last round, and what they remember for that.
@Suite("rules that end runs")
struct StopRuleTests {
  private static func measure(_ name: String) throws -> WatchedMeasure { try #require(WatchedMeasure(named: name)) }

  /// How many values are looked at before a rule ends, and why; nil where it does not.
  private static func end(_ values: [Double?], _ rule: StopRule) -> (count: Int, reason: StopReason)? {
    var watch = StopWatch()
    for (place, value) in values.enumerated() {
      watch.note(value, ofRound: place + 1, rule)
      if let reason = watch.reason(rule) { return (place + 1, reason) }
    }
    return nil
  }

  @Test("patience counts evaluations in a row that better the best by no more than the margin")
  func patience() throws {
    let accuracy = try Self.measure("accuracy")
    func ends(_ values: [Double?], _ patience: Int, _ delta: Double = 0) -> Int? {
      Self.end(values, StopRule(accuracy, .patience(patience, minDelta: delta))).map(\.count)
    }
    #expect(ends([0.5, 0.6, 0.7, 0.8], 1) == nil)
    #expect(ends([0.5, 0.5], 1) == 2, "the same is no better")
    #expect(ends([0.5, 0.4, 0.6, 0.4, 0.5], 2) == 5, "what betters it starts the count anew")
    // The best stays 0.5 while it is bettered by 0.125 or less, and 0.75 betters it.
    #expect(ends([0.5, 0.625, 0.75, 0.875], 2, 0.125) == nil)
    #expect(ends([0.5, 0.625, 0.625, 0.75], 2, 0.125) == 3)
    #expect(ends([0.5, 0.625, 0.5625, 0.875, 0.875, 0.875, 0.875], 3, 0.125) == 7)
    // A value that is missing betters nothing, and counts; the first that is there is the first best.
    #expect(ends([nil, nil, 0.1], 2) == 2)
    #expect(ends([nil, 0.1, nil, 0.2, nil, nil], 2) == 6)
    let loss = try Self.measure("loss")
    #expect(Self.end([2, 1, 0.5, 0.75, 0.5], StopRule(loss, .patience(2, minDelta: 0)))?.count == 5)
    #expect(Self.end([2, 1.5, 1], StopRule(loss, .patience(1, minDelta: 0.5)))?.count == 2)
  }

  @Test("a target is reached or passed, in the direction of the measure")
  func target() throws {
    let (accuracy, loss) = (try Self.measure("accuracy"), try Self.measure("loss"))
    func ends(_ values: [Double?], _ measure: WatchedMeasure, _ target: Double) -> Int? {
      let end = Self.end(values, StopRule(measure, .target(target)))
      #expect(end == nil || end?.reason == .target)
      return end?.count
    }
    #expect(ends([0.5, 0.75, 0.8], accuracy, 0.75) == 2)
    #expect(ends([0.5, 0.76], accuracy, 0.75) == 2)
    #expect(ends([nil, 0.5, nil], accuracy, 0.75) == nil)
    #expect(ends([2, 1, 0.5], loss, 0.5) == 3)
    #expect(ends([2, 1, 0.4], loss, 0.5) == 3)
    #expect(ends([2, 1], loss, 0.5) == nil)
  }

  @Test("watched is the mean over the clients that have the measure")
  func watched() throws {
    func row(_ loss: Double, _ accuracy: Double?) -> EvaluationRecord {
      EvaluationRecord(
        subject: .client, client: 0, model: .personal, normSource: .own, phase: .afterAggregation, split: .test,
        samples: 3, subsetHash: "", loss: loss, accuracy: accuracy)
    }
    let rows = [row(1, 0.25), row(2, nil), row(.infinity, 0.75)]
    #expect(watchedValue(of: try Self.measure("accuracy"), in: rows) == 0.5)
    #expect(watchedValue(of: try Self.measure("loss"), in: rows) == 1.5)
    #expect(watchedValue(of: try Self.measure("accuracy"), in: [row(1, nil)]) == nil)
    #expect(watchedValue(of: try Self.measure("loss"), in: []) == nil)
    #expect(WatchedMeasure(named: "f1") == nil)
  }

  @Test("what a watch remembers is written and read again, and nothing else is")
  func numbers() throws {
    let rule = StopRule(try Self.measure("loss"), .patience(9, minDelta: 0))
    var watch = StopWatch()
    for value in [nil, 2, 1, 1.5] as [Double?] {
      #expect(StopWatch(watch.numbers, rounds: 40) == watch)
      watch.note(value, ofRound: watch.lastRound + 10, rule)
    }
    #expect(StopWatch(watch.numbers, rounds: 40) == watch)
    #expect(StopWatch(watch.numbers, rounds: 39) == nil)
    #expect(StopWatch(Array(watch.numbers.dropLast()), rounds: 40) == nil)
    for (place, value) in [(0, -1), (1, -1), (2, 2), (4, 41), (5, -1)] as [(Int, Int64)] {
      var numbers = watch.numbers
      numbers[place] = value
      #expect(StopWatch(numbers, rounds: 40) == nil, "\(place)")
    }
    var numbers = watch.numbers
    numbers[6] = Int64(bitPattern: Double.nan.bitPattern)
    #expect(StopWatch(numbers, rounds: 40) == nil)
  }

  // MARK: Runs

  private static func configuration(_ rule: StopRule?, rounds: Int = 12, every: Int = 1) throws -> RunConfiguration {
    var configuration = try ContractTests.configuration(ContractTests.Pair(strategy: "fedavgm", norm: "fedbn"))
    configuration.rounds = rounds
    configuration.stop = rule
    configuration.recording = Recording(evaluateEvery: every, checkpointEvery: 1, driftEvery: every)
    return configuration
  }

  /// A rule by which nothing is ever better than the first value.
  private static func never(_ patience: Int) throws -> StopRule {
    StopRule(try measure("loss"), .patience(patience, minDelta: 1e9))
  }

  @Test("the round in which a rule is met is the last: all that is recorded at the end is recorded there")
  func lastRound() throws {
    var configuration = try Self.configuration(Self.never(2))
    configuration.recording = Recording(evaluateEvery: 2, checkpointEvery: 100, driftEvery: 100)
    let run = try result(of: configuration)
    #expect(run.outcome == .stopped(.patience))
    #expect(run.rounds.map(\.round) == Array(0...6))
    #expect(run.rounds.filter { !$0.evaluations.isEmpty }.map(\.round) == [0, 2, 4, 6])
    #expect(run.rounds.filter { !$0.normDrift.isEmpty && !$0.layerDrift.isEmpty }.map(\.round) == [0, 6].suffix(1))
    #expect(run.checkpoints.map(\.round) == [6])
    // What the rounds have does not depend on the rule.
    configuration.stop = nil
    configuration.rounds = 6
    let plain = try result(of: configuration)
    #expect(plain.outcome == .finished && plain.rounds == run.rounds)
    configuration.stop = StopRule(try Self.measure("accuracy"), .target(0))
    let first = try result(of: configuration)
    #expect(first.outcome == .stopped(.target) && first.rounds.map(\.round) == [0, 1, 2])
    // In the last planned round the rule is met all the same.
    configuration.stop = try Self.never(2)
    #expect(try result(of: configuration).outcome == .stopped(.patience))
    configuration.stop = try Self.never(3)
    #expect(try result(of: configuration).outcome == .finished)
  }

  @Test("a rule ends a run in the same round on any number of threads and from each checkpoint", arguments: [1, 2, 5])
  func anyThreads(threads: Int) throws {
    let configuration = try Self.configuration(Self.never(4), every: 2)
    let whole = try result(of: configuration, threads: 2)
    #expect(whole.rounds.last?.round == 10)
    let again = try result(of: configuration, threads: threads)
    #expect(again.rounds == whole.rounds && again.checkpoints == whole.checkpoints)
    let rest = try results(of: whole.checkpoints.map { PlannedRun(configuration, from: $0) }, threads: threads)
    for (checkpoint, resumed) in zip(whole.checkpoints, rest) {
      #expect(resumed.outcome == .stopped(.patience))
      #expect(resumed.rounds == whole.rounds.filter { $0.round > checkpoint.round })
      #expect(resumed.checkpoints == whole.checkpoints.filter { $0.round > checkpoint.round })
    }
    var other = configuration
    other.stop = nil
    #expect(throws: CheckpointProblem.self) { try result(of: other, from: whole.checkpoints[3]) }
    other = configuration
    other.stop = nil
    let plain = try #require(try result(of: other).checkpoints.first)
    #expect(throws: CheckpointProblem.self) { try result(of: configuration, from: plain) }
  }

  @Test("a run that goes on beyond its end forgets the evaluation that it had only there", arguments: [2, 3])
  func longer(patience: Int) throws {
    let rule = try Self.never(patience)
    let short = try result(of: Self.configuration(rule, rounds: 3, every: 2))
    #expect(short.outcome == .finished && short.rounds.last?.evaluations.isEmpty == false)
    let configuration = try Self.configuration(rule, every: 2)
    let whole = try result(of: configuration)
    #expect(whole.outcome == .stopped(.patience) && whole.rounds.last?.round == 2 + 2 * patience)
    let rest = try result(of: configuration, from: try #require(short.checkpoints.last))
    #expect(rest.outcome == whole.outcome)
    #expect(rest.rounds == whole.rounds.filter { $0.round > 3 })
    #expect(rest.checkpoints == whole.checkpoints.filter { $0.round > 3 })
  }

  @Test("a rule that can't be used says why")
  func problems() throws {
    var configuration = try Self.configuration(Self.never(1))
    #expect(configuration.stopProblems.isEmpty)
    configuration.stop = StopRule(try Self.measure("loss"), on: .validation, .target(1))
    #expect(
      configuration.stopProblems == [
        StopProblem(
          key: "on",
          message: "'validation' has nothing: no client has validation examples (allowed: test, or a 'data.validation')"
        )
      ])
    for choice in [
      EvaluationChoice(subjects: [.union]), EvaluationChoice(models: [.global]),
      EvaluationChoice(phases: [.afterTraining]),
    ] {
      configuration.stop = try Self.never(1)
      configuration.evaluation = choice
      #expect(
        configuration.stopProblems.map(\.message) == [
          "watches the clients' personal models after aggregation, which 'evaluation' leaves out (allowed: 'subject' with client, 'model' with personal and 'phase' with after-aggregation)"
        ])
    }
  }

  // MARK: More rounds than planned

  @Test("a norm policy whose rounds depend on how many there are says so, and no other does")
  func normPolicies() throws {
    let policies =
      try normCatalog.names.map { ($0, try normCatalog.make($0)) } + [
        ("freeze_at: 0", FixBN(.share(0))), ("freeze_at: 0.25", FixBN(.share(0.25))),
        ("freeze_at: 3", FixBN(.round(3))),
        ("freeze_at: 30", FixBN(.round(30))),
      ]
    for (name, policy) in policies {
      let isSame = [20, 40, 1000].allSatisfy { total in
        (1...10).allSatisfy { policy.phase(inRound: $0, of: 10) == policy.phase(inRound: $0, of: total) }
      }
      #expect((policy.totalRoundsDependence == nil) == isSame, "\(name)")
    }
    #expect(
      FixBN(.share(0.5)).totalRoundsDependence
        == RoundsDependence(key: "freeze_at", "is a share of the rounds", allowed: "a round"))
  }

  @Test(
    "what says that it does not depend on the number of rounds gives the same bits in more of them",
    arguments: ContractTests.pairs.filter { $0.strategy == "fedavg" || $0.norm == "fedavg" })
  func sameBits(pair: ContractTests.Pair) throws {
    let short = try ContractTests.configuration(pair, rounds: 2)
    let long = try ContractTests.configuration(pair, rounds: 5)
    guard long.totalRoundsDependences.isEmpty else {
      #expect(pair.norm == "fixbn")
      return
    }
    let (some, all) = (try result(of: short), try result(of: long))
    #expect(some.rounds == Array(all.rounds.prefix(3)))
    #expect(some.checkpoints == Array(all.checkpoints.prefix(2)))
  }

  @Test("a learning-rate schedule says whether its rates depend on how many places there are")
  func schedules() throws {
    let options: [String: [String: OptionValue]] = [
      "step": ["every": .integer(2), "factor": .number(0.5)], "exponential": ["factor": .number(0.5)],
    ]
    for name in learningRateCatalog.names {
      for more in [[:], ["warmup": .integer(2)], ["length": .integer(7)]] as [[String: OptionValue]] {
        let schedule = try learningRateCatalog.make(name, (options[name] ?? [:]).merging(more) { $1 })
        let isSame = [20, 1000].allSatisfy { total in
          (0..<10).allSatisfy { schedule.rate(0.1, at: $0, of: 10) == schedule.rate(0.1, at: $0, of: total) }
        }
        #expect(schedule.dependsOnPlaces == !isSame, "\(name) \(more)")
      }
      var configuration = try Self.configuration(nil)
      configuration.learningRateSchedule = try learningRateCatalog.make(name, options[name] ?? [:])
      let found = configuration.totalRoundsDependences
      #expect(
        found == [
          RoundsDependence(
            key: "client.optimizer.learning_rate_schedule", "goes over all rounds of the run",
            allowed: "with a 'length'")
        ] || found.isEmpty && configuration.learningRateSchedule?.dependsOnPlaces == false)
      configuration.learningRateSchedule = try learningRateCatalog.make(
        name, (options[name] ?? [:]).merging(["over": .text("steps")]) { $1 })
      #expect(configuration.totalRoundsDependences.isEmpty, "\(name) over steps")
    }
  }
}

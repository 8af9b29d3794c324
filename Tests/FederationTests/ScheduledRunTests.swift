import Catalogs
import Datasets
import Networks
import Records
import TestSupport
import Testing

@testable import Federation

/// Runs on a clock, by closed forms.
@Suite("runs on a clock")
struct ScheduledRunTests {
  private func configuration(
    _ schedule: any Schedule = SynchronousSchedule(), seconds: [Double]? = [4, 2.5, 7, 3], norm: String = "fedavg",
    strategy: any Strategy = FedAvg(), personal: any PersonalMethod = NoPersonalMethod(), rounds: Int = 4,
    weighting: Weighting = .uniform, cohort: any CohortSampler = Everyone(), dropouts: (any Dropouts)? = nil
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 11, rounds: rounds, dataset: try ShiftedExamples.four.dataset(),
      network: try ExampleNetworks.dense(), strategy: Named("s", strategy),
      norm: Named(norm, try normCatalog.make(norm)), personal: Named("p", personal),
      optimizer: SGD(learningRate: 0.05), work: LocalWork(batchSize: 8), weighting: weighting, cohort: cohort,
      schedule: Named("t", schedule),
      devices: try seconds.map {
        Named(
          "listed", try deviceCatalog.make("listed", ["seconds": .list($0.map { .number($0) })]))
      }, dropouts: dropouts.map { Named("d", $0) }, recording: Recording(checkpointEvery: 1))
  }

  private func states(_ configuration: RunConfiguration, clients: [Int?] = [nil, 0, 1, 2, 3]) throws -> [ModelState] {
    let run = try result(of: configuration)
    #expect(run.outcome == .finished)
    return try clients.map { try run.state(configuration, client: $0).state }
  }

  private func expectNear(_ a: [ModelState], _ b: [ModelState], _ tolerance: Double = 1e-5) {
    for (x, y) in zip(a, b) {
      let farthest = zip(x.values, y.values).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
      #expect(Double(farthest) <= tolerance && x.counters == y.counters)
    }
  }

  @Test("a clock without limits changes nothing, to the bit", arguments: ["fedavg", "fedbn", "pooled", "fedtan"])
  func timed(norm: String) throws {
    let (timed, untimed) = (try configuration(norm: norm), try configuration(seconds: nil, norm: norm))
    #expect(try states(timed) == states(untimed))
    let run = try result(of: timed)
    #expect(run.rounds.dropFirst().map(\.simulatedSeconds) == [7, 7, 7, 7])
    #expect(try result(of: untimed).rounds.allSatisfy { $0.simulatedSeconds == nil })
  }

  @Test(
    "semi-async with B = 0 and equal durations is synchronous fedavg, and so is the first buffer of everyone",
    arguments: ["fedavg", "fedbn", "pooled", "silobn"], [Weighting.uniform, .samples])
  func buffered(norm: String, weighting: Weighting) throws {
    let seconds: [String: OptionValue] = ["seconds": .list((0..<4).map { _ in .number(3) })]
    for (schedule, rounds) in [
      // After the first buffer places are free one by one, so that clients start from different versions.
      (FedBuff(concurrency: 4, buffer: 4), 1), (SemiAsync(FedBuff(concurrency: 4, buffer: 4), largestLag: 0), 3),
    ] as [(any Schedule, Int)] {
      var run = try configuration(norm: norm, rounds: rounds, weighting: weighting)
      run.work.shuffle = false
      let expected = try states(run)
      run.schedule = Named("t", schedule)
      run.devices = Named("listed", try deviceCatalog.make("listed", seconds))
      expectNear(try states(run), expected)
    }
  }

  @Test("fedasync with α = 1, one at a time, is one client after the other")
  func oneAfterTheOther() throws {
    var run = try configuration(
      FedAsync(concurrency: 1, alpha: 1), rounds: 3,
      cohort: try cohortCatalog.make("listed", ["order": .list([2, 0, 3].map { .integer($0) })]))
    run.work = LocalWork(batchSize: 8, amount: .epochs(1), shuffle: false)
    var expected = ModelState(initial: run.network.layout, seed: run.seed)
    for client in [2, 0, 3] { expected = try locallyTrained(run, client: client, from: expected) }
    let made = try states(run, clients: [nil])[0]
    #expect(largestDifference(made.values, expected.values) <= 1e-5)
  }

  @Test(
    "an asynchronous run has the same bits for any threads, and goes on from each checkpoint to them",
    arguments: ["fedavg", "fedbn", "fbn"])
  func bits(norm: String) throws {
    for schedule in [
      FedBuff(concurrency: 3, buffer: 2), FedAsync(concurrency: 3),
      SemiAsync(FedBuff(concurrency: 3, buffer: 2), largestLag: 1),
    ] as [any Schedule] {
      for personal in [NoPersonalMethod(), Ditto()] as [any PersonalMethod] {
        let configuration = try configuration(schedule, norm: norm, personal: personal, rounds: 6)
        let whole = try result(of: configuration, threads: 1)
        try #require(whole.outcome == .finished)
        for threads in [2, 3, 8] {
          #expect(try result(of: configuration, threads: threads).checkpoints == whole.checkpoints)
        }
        for checkpoint in whole.checkpoints {
          let rest = try result(of: configuration, from: checkpoint)
          #expect(rest.checkpoints == whole.checkpoints.filter { $0.round > checkpoint.round })
          #expect(rest.rounds == whole.rounds.filter { $0.round > checkpoint.round })
        }
        #expect(whole.rounds.contains { $0.participations.contains { ($0.lag ?? 0) > 0 } })
      }
    }
  }

  @Test("late clients leave no trace, and are recorded")
  func late() throws {
    let configuration = try configuration(
      SynchronousSchedule(deadline: 3.5), norm: "fedbn", strategy: Scaffold(), rounds: 2)
    let run = try result(of: configuration)
    // Clients 1 and 3 are in time.
    for round in run.rounds.dropFirst() {
      #expect(round.participations.map(\.outcome) == [.late, .reported, .late, .reported])
      #expect(round.cohortSize == 4 && round.reported == 2 && round.simulatedSeconds == 3.5)
      #expect(round.participations.map { $0.bytesUp > 0 } == [false, true, false, true])
      #expect(round.participations.allSatisfy { $0.bytesDown > 0 && $0.steps > 0 })
      #expect(round.participations.map { $0.trainLoss == nil } == [true, false, true, false])
    }
    let state = try RunState(try #require(run.checkpoints.last), of: configuration)
    #expect(state.clients.clients == [1, 3])
    // They are those that a cohort of the two makes.
    let alone = try self.configuration(
      seconds: nil, norm: "fedbn", strategy: Scaffold(), rounds: 2,
      cohort: try cohortCatalog.make("listed", ["rounds": .list([.list([.integer(1), .integer(3)])])]))
    let other = try result(of: alone).state(alone).state
    #expect(state.global == other)
  }

  @Test("a round whose clients are all lost leaves the state, and is recorded with no report")
  func lost() throws {
    let all = ListedDropouts(Set((0..<4).map { ListedDropouts.Failure(client: $0, round: 2) }))
    let configuration = try configuration(rounds: 3, dropouts: all)
    let run = try result(of: configuration)
    #expect(run.rounds.map(\.reported) == [0, 4, 0, 4])
    #expect(run.rounds[2].participations.allSatisfy { $0.outcome == .dropped && $0.bytesUp == 0 })
    let states = try run.checkpoints.map { try ExportedState($0, client: nil).state }
    #expect(states[0] == states[1] && states[1] != states[2])
  }

  @Test("a checkpoint is not resumed on another clock")
  func otherClock() throws {
    let configuration = try configuration(rounds: 3)
    let first = try #require(try result(of: configuration).checkpoints.first)
    let other = try self.configuration(seconds: [4, 2.5, 8, 3], rounds: 3)
    #expect(
      try result(of: other, from: first).outcome
        == .failed(
          "round 2: the checkpoint of round 1 stands at another moment than what 'devices', 'availability' and 'dropouts' say now"
        ))
  }

  @Test("what needs a cohort does not go with an asynchronous server")
  func problems() throws {
    let schedule = FedBuff(concurrency: 2, buffer: 2)
    #expect(schedule.problems(with: try configuration(schedule)) == [])
    #expect(
      schedule.problems(with: try configuration(schedule, strategy: Scaffold())) == [
        "strategy 's' makes its steps of whole cohorts (allowed: strategy fedavg, fedprox)"
      ])
    for norm in ["fedtan", "recalibrated", "hbn", "fedap"] {
      #expect(
        schedule.problems(with: try configuration(schedule, norm: norm)) == [
          "norm '\(norm)' has a cohort do something together (allowed: schedule synchronous)"
        ])
    }
  }
}

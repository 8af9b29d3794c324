import Catalogs
import Datasets
import Networks
import Records
import Testing

@testable import Federation

/// Rounds in which nobody of the cohort can train: they are recorded, and change nothing.
@Suite("rounds in which nobody can train", .timeLimit(.minutes(2)))
struct IdleCohortTests {
  /// Cohorts that are said round by round.
  private struct Said: CohortSampler {
    let cohorts: [[Int]]
    func size(population: Int) -> Int { cohorts[0].count }
    func cohort(_ context: inout SamplingContext) -> [Int]? { cohorts[(context.round - 1) % cohorts.count] }
  }

  /// Clients 1 and 3 have a single example, which batch normalization can't train on.
  private static let examples = ShiftedExamples(
    keys: [1, 2, 3, 5], trainCounts: [24, 1, 17, 1], testCounts: [8, 5, 6, 7])

  private func configuration(
    _ cohorts: [[Int]], strategy: String = "fedavg", norm: String = "fedavg", rounds: Int = 4,
    optimizer: any Optimizer = SGD(learningRate: 0.05), recording: Recording = Recording(checkpointEvery: 1)
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 11, rounds: rounds, dataset: try Self.examples.dataset(),
      network: try ExampleNetworks.dense(), strategy: Named(strategy, try strategyCatalog.make(strategy)),
      norm: Named(norm, try normCatalog.make(norm)), optimizer: optimizer,
      work: LocalWork(batchSize: 8, keepsOptimizer: true), cohort: Said(cohorts: cohorts), recording: recording)
  }

  @Test(
    "the round is recorded with no reports, the state stays, and the run goes on",
    arguments: ContractTests.pairs.filter { pair in
      // Under these nobody needs a variance of a batch.
      !["fbn", "frozen", "fixbn"].contains(pair.norm)
    })
  func staysAsItIs(pair: ContractTests.Pair) throws {
    let configuration = try configuration([[0, 2], [1, 3], [0, 2], [1]], strategy: pair.strategy, norm: pair.norm)
    let run = try result(of: configuration)
    #expect(run.outcome == .finished)
    #expect(run.rounds.map(\.round) == [0, 1, 2, 3, 4])
    #expect(run.rounds.map(\.reported) == [0, 2, 0, 2, 0])
    for idle in [2, 4] {
      let round = run.rounds[idle]
      #expect(round.cohortSize == (idle == 2 ? 2 : 1))
      #expect(round.trainLoss == nil && round.trainAccuracy == nil && round.flops == 0 && round.bytesUp == 0)
      #expect(round.bytesDown == round.cohortSize * configuration.bytesDownPerClient(inRound: idle))
      #expect(round.normDrift.isEmpty && round.layerDrift.isEmpty)
      #expect(round.participations.map(\.client) == (idle == 2 ? [1, 3] : [1]))
      for part in round.participations {
        #expect(part.outcome == .untrained && part.steps == 0 && part.skippedBatches > 0 && part.bytesUp == 0)
        #expect(part.trainLoss == nil && part.updateNorm == nil && part.updateCosine == nil && part.staleness == nil)
      }
      // Whatever is evaluated is what it was after the round before.
      #expect(round.evaluations == run.rounds[idle - 1].evaluations)
      let (before, after) = (
        try RunState(run.checkpoints[idle - 2], of: configuration),
        try RunState(run.checkpoints[idle - 1], of: configuration)
      )
      #expect(before.global == after.global && before.slots == after.slots)
      #expect(try before.clients.memories() == after.clients.memories())
      #expect(after.round == idle)
    }
    #expect(run.rounds[3].participations.map(\.staleness) == [2, 2])
    // Somebody trained in between.
    #expect(
      try RunState(run.checkpoints[0], of: configuration).global
        != RunState(run.checkpoints[2], of: configuration).global)
  }

  @Test("a run may begin with such a round, and may have no other", arguments: ["fedavg", "scaffold", "fedadam"])
  func beginning(strategy: String) throws {
    for norm in ["fedavg", "fedbn", "fedtan", "hbn", "fedap", "recalibrated"] {
      let first = try configuration([[1], [0, 2]], strategy: strategy, norm: norm, rounds: 2)
      let run = try result(of: first)
      #expect(run.outcome == .finished && run.rounds.map(\.reported) == [0, 0, 2])
      #expect(run.rounds[0].evaluations == run.rounds[1].evaluations)
      let never = try configuration([[1], [3]], strategy: strategy, norm: norm, rounds: 3)
      let idle = try result(of: never)
      #expect(idle.outcome == .finished && idle.rounds.map(\.reported) == [0, 0, 0, 0])
      let initial = ModelState(initial: never.network.layout, seed: never.seed)
      #expect(try idle.state(never).state == initial)
    }
  }

  @Test("nobody ever can: an error of the run", arguments: [[[0, 1]], [[0], [1]]])
  func nobodyEver(cohorts: [[Int]]) throws {
    var run = try configuration(cohorts)
    run.dataset = try ShiftedExamples(keys: [1, 2], trainCounts: [1, 1], testCounts: [3, 3]).dataset()
    let failed = try result(of: run)
    #expect(failed.outcome == .failed("round 1: none of the 2 clients had a batch to train on"))
    #expect(failed.rounds.map(\.round) == [0])
    // Batches that are too short are dropped.
    run.dataset = try ShiftedExamples(keys: [1, 2], trainCounts: [5, 7], testCounts: [3, 3]).dataset()
    run.work = LocalWork(batchSize: 8, lastBatch: .drop)
    #expect(try result(of: run).outcome == .failed("round 1: none of the 2 clients had a batch to train on"))
  }

  @Test("what nobody needs a variance for in later rounds is no error of the first ones")
  func later() throws {
    var run = try configuration([[0, 1]], norm: "fixbn", rounds: 4)
    run.dataset = try ShiftedExamples(keys: [1, 2], trainCounts: [1, 1], testCounts: [3, 3]).dataset()
    let finished = try result(of: run)
    #expect(finished.outcome == .finished && finished.rounds.map(\.reported) == [0, 0, 0, 2, 2])
  }

  @Test("the bits do not depend on threads, and each checkpoint goes on to them", arguments: ["fedavgm", "scaffold"])
  func bits(strategy: String) throws {
    for norm in ["fedavg", "fedap", "fedtan"] {
      let configuration = try configuration(
        [[1, 3], [0, 1], [3], [2, 3]], strategy: strategy, norm: norm, rounds: 7,
        optimizer: SGD(learningRate: 0.05))
      let whole = try result(of: configuration, threads: 1)
      #expect(whole.outcome == .finished)
      for threads in [2, 5] {
        let other = try result(of: configuration, threads: threads)
        #expect(whole.rounds == other.rounds && whole.checkpoints == other.checkpoints)
      }
      for checkpoint in whole.checkpoints.dropLast() {
        let resumed = try result(of: configuration, from: checkpoint)
        #expect(resumed.rounds == whole.rounds.filter { $0.round > checkpoint.round })
        #expect(resumed.checkpoints == whole.checkpoints.filter { $0.round > checkpoint.round })
      }
    }
  }

  @Test("clients whose steps are put off, too") func deferred() throws {
    let examples = ShiftedExamples(
      keys: (0..<20).map { 1 + $0 % 5 }, trainCounts: (0..<20).map { $0 < 10 ? 8 : 1 },
      testCounts: [Int](repeating: 3, count: 20), sampleShape: [600])
    let network = try Network(
      input: [600],
      layers: [Dense(name: "fc1", units: 64), BatchNorm(name: "bn1"), ReLU(), Dense(name: "fc2", units: 3)])
    let configuration = RunConfiguration(
      arm: "a", seed: 5, rounds: 4, dataset: try examples.dataset(), network: network,
      optimizer: SGD(learningRate: 0.02), work: LocalWork(batchSize: 4),
      cohort: Said(cohorts: [Array(0..<10), Array(10..<20)]), recording: Recording(checkpointEvery: 1))
    #expect(Deferral(configuration, cohort: Array(10..<20)) != nil)
    let run = try result(of: configuration, threads: 3)
    #expect(run.outcome == .finished && run.rounds.map(\.reported) == [0, 10, 0, 10, 0])
    let states = try run.checkpoints.map { try RunState($0, of: configuration).global }
    #expect(states[0] == states[1] && states[1] != states[2] && states[2] == states[3])
  }
}

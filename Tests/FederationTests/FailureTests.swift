import Datasets
import Networks
import Records
import Synchronization
import Testing

@testable import Federation

/// How runs end that can't go on, or are asked not to.
@Suite("failures and interruptions", .timeLimit(.minutes(2)))
struct FailureTests {
  private func configuration(
    _ examples: ShiftedExamples = .four, rounds: Int = 3, rate: Double = 0.05, strategy: any Strategy = FedAvg()
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 1, rounds: rounds, dataset: try examples.dataset(), network: try ExampleNetworks.dense(),
      strategy: Named("s", strategy), optimizer: SGD(learningRate: rate), work: LocalWork(batchSize: 8),
      recording: Recording(checkpointEvery: 100))
  }

  @Test("a client that diverges ends its run with round, client and layer; the others go on", arguments: [1, 4])
  func divergence(threads: Int) throws {
    let (bad, good) = (try configuration(rate: 1e30), try configuration())
    let runs = try results(of: [good, bad, good].map { PlannedRun($0) }, threads: threads)
    #expect(runs[0].outcome == .finished && runs[2].outcome == .finished)
    #expect(
      runs[1].outcome
        == .failed(
          "round 1, client 0 (key1): the loss is not a finite number; values first left ±2^20 in the output of layer 'fc1'"
        )
    )
    #expect(runs[1].rounds.map(\.round) == [0])
    #expect(runs[0].rounds == runs[2].rounds && runs[0].rounds.count == 4)
  }

  @Test("rounds before a failure are recorded")
  func laterFailure() throws {
    // The server's first step takes weights beyond what is summed.
    let run = try result(of: try configuration(rounds: 60, strategy: FedAvgM(momentum: 0, serverRate: 1e8)))
    guard case .failed(let message)? = run.outcome else {
      Issue.record("ended as \(String(describing: run.outcome))")
      return
    }
    #expect(run.rounds.map(\.round) == [0, 1])
    #expect(message.hasPrefix("round 2, client 0 (key1): a value of layer '"), "\(message)")
  }

  @Test("a loss on test data that is no number ends the run")
  func evaluationFailure() throws {
    var configuration = try configuration()
    var initial = ModelState(initial: configuration.network.layout, seed: 1)
    let bias = try #require(configuration.network.layout.tensor("fc3.bias"))
    initial.values[bias.range.lowerBound] = .nan
    configuration.initialState = initial
    let run = try result(of: configuration)
    let words = "the loss on its test data is not a finite number; values first left ±2^20 in the output of layer 'fc3'"
    #expect(run.outcome == .failed("round 0, client 0 (key1): \(words)"))
    #expect(run.rounds.isEmpty && run.checkpoints.isEmpty)
  }

  @Test("a weight beyond ±2^20 ends the run, unless a client is alone")
  func largeWeights() throws {
    for (value, isAllowed) in [
      (Float(0x1p20), true), (0x1.1p20, false), (0x1.8p21, false), (-0x1.1p20, false), (1e20, false),
    ] {
      for count in [1, 4] {
        let examples = ShiftedExamples(
          keys: Array(1...UInt64(count)), trainCounts: .init(repeating: 16, count: count),
          testCounts: .init(repeating: 4, count: count))
        var configuration = try configuration(examples, rounds: 1, rate: 1e-20)
        var initial = ModelState(initial: configuration.network.layout, seed: 1)
        let weight = try #require(configuration.network.layout.tensor("fc2.bias"))
        initial.values[weight.range.lowerBound] = value
        configuration.initialState = initial
        let run = try result(of: configuration)
        let message = "round 1, client 0 (key1): a value of layer 'fc2' is infinite, not a number, or beyond ±2^20"
        #expect(run.outcome == (isAllowed || count == 1 ? .finished : .failed(message)), "\(value) of \(count) clients")
        if isAllowed || count == 1 {
          #expect(try run.state(configuration).state.values[weight.range.lowerBound] == value)
        }
      }
    }
  }

  @Test("sums of large weights do not overflow")
  func accumulator() throws {
    for clients in 2...9 {
      for value in [Float(0x1p20), -0x1p20, 0x1p-42, 1, 0.1] {
        let accumulator = try WeightAccumulator(count: 1)
        for _ in 0..<clients {
          #expect(withUnsafePointer(to: value) { accumulator.add($0, weight: 1 / Double(clients)) } == nil)
        }
        let mean = accumulator.takeMean(weightSum: 1)[0]
        #expect(abs(mean - value) <= max(0x1p-40, abs(value) * 1e-7))
      }
      for value in [Float(0x1.000002p20), 0x1.8p21, -0x1.000002p20, .nan, .infinity, -.infinity] {
        let accumulator = try WeightAccumulator(count: 3)
        #expect(
          [0, 1, value].withUnsafeBufferPointer { values in
            values.baseAddress.map { accumulator.add($0, weight: 1 / Double(clients)) } == .some(2)
          })
      }
    }
  }

  // MARK: Nothing to train on

  @Test("a client without a usable batch is untrained, and the others' mean is theirs alone")
  func untrained() throws {
    var examples = ShiftedExamples.four
    examples.trainCounts[1] = 1
    var others = examples
    // Without test examples, too: with them alone it would be one that never trains, behind the others.
    others.trainCounts[1] = 0
    others.testCounts[1] = 0
    var (first, second) = (try configuration(examples), try configuration(others))
    for weighting in Weighting.allCases {
      first.weighting = weighting
      second.weighting = weighting
      let run = try result(of: first)
      for round in run.rounds.dropFirst() {
        #expect(round.cohortSize == 4 && round.reported == 3)
        let part = round.participations[1]
        #expect(part.outcome == .untrained && part.skippedBatches == 1 && part.steps == 0 && part.samples == 1)
        #expect(
          part.trainLoss == nil && part.trainAccuracy == nil && part.updateNorm == nil && part.updateCosine == nil)
        #expect(part.bytesUp == 0 && part.bytesDown > 0 && part.staleness == nil)
        #expect(!round.normDrift.contains { $0.client == 1 })
      }
      let state = try run.state(first).state
      let without = try result(of: second).state(second).state
      #expect(largestDifference(state.values, without.values) <= 1e-4)
      #expect(state.counters == without.counters)
    }
  }

  @Test("a run in which nobody can train fails", arguments: [LocalWork.Amount.epochs(2), .steps(5)])
  func nobody(amount: LocalWork.Amount) throws {
    var configuration = try configuration(ShiftedExamples(keys: [1, 2], trainCounts: [1, 1], testCounts: [3, 3]))
    configuration.work.amount = amount
    let run = try result(of: configuration)
    #expect(run.outcome == .failed("round 1: none of the 2 clients had a batch to train on"))
    #expect(run.rounds.map(\.round) == [0])
  }

  // MARK: Asked to stop

  private struct Stop: Error {}

  @Test("an observer that throws ends the simulation, and run() throws its error", arguments: [1, 3])
  func throwingObserver(threads: Int) throws {
    let runs = [PlannedRun](repeating: PlannedRun(try configuration(rounds: 10_000)), count: 20)
    let collector = RunCollector(runs: runs.count) { round, run in if run == 2, round.round == 1 { throw Stop() } }
    #expect(throws: Stop.self) { try Simulation(runs, threads: threads, observer: collector).run() }
    #expect(collector.all.allSatisfy { $0.rounds.count < 10_000 && $0.outcome == nil })
  }

  private struct ThrowingAtEnd: RunObserver {
    func roundDidFinish(_ round: RoundRecord, checkpoint: CheckpointRecord?, ofRun run: Int) throws {}
    func runDidEnd(_ outcome: RunOutcome, run: Int) throws { throw Stop() }
  }

  @Test("an observer that throws when a run ends is heard too")
  func throwingAtEnd() throws {
    #expect(throws: Stop.self) {
      try Simulation([PlannedRun(try configuration())], threads: 2, observer: ThrowingAtEnd()).run()
    }
  }

  @Test("an interrupted run stops after a whole round, with a checkpoint of it, and goes on to the same bits")
  func interruption() throws {
    let configuration = try configuration(rounds: 300)
    let whole = try result(of: configuration)
    let runs = [PlannedRun](repeating: PlannedRun(configuration), count: 5)
    let simulation = Mutex<Simulation?>(nil)
    let collector = RunCollector(runs: runs.count) { round, run in
      if run == 1, round.round == 4 { simulation.withLock { $0?.interrupt() } }
    }
    let made = Simulation(runs, threads: 2, observer: collector)
    simulation.withLock { $0 = made }
    let outcomes = try made.run()
    #expect(outcomes[1] == .interrupted)
    // On busy cores another run may have come to its end before.
    #expect(outcomes.allSatisfy { $0 == .interrupted || $0 == .finished })
    for stopped in collector.all {
      let last = try #require(stopped.rounds.last)
      #expect(stopped.rounds == Array(whole.rounds.prefix(stopped.rounds.count)))
      let checkpoint = try #require(stopped.checkpoints.last)
      try #require(checkpoint.round == last.round)
      let rest = try result(of: configuration, from: checkpoint)
      #expect(stopped.rounds + rest.rounds == whole.rounds)
      #expect((rest.checkpoints.last ?? checkpoint) == whole.checkpoints.last)
    }
  }

  @Test("runs that were done when the interruption came are finished")
  func interruptionAtEnd() throws {
    let simulation = Mutex<Simulation?>(nil)
    let collector = RunCollector(runs: 1) { round, _ in if round.round == 3 { simulation.withLock { $0?.interrupt() } }
    }
    let made = Simulation([PlannedRun(try configuration(rounds: 3))], threads: 2, observer: collector)
    simulation.withLock { $0 = made }
    #expect(try made.run() == [.finished])
  }

  @Test("no runs are done at once, and progress counts clients")
  func progress() throws {
    #expect(try Simulation([], threads: 2, observer: RunCollector(runs: 0)).run().isEmpty)
    let configuration = try configuration(rounds: 3)
    let simulation = Simulation([PlannedRun(configuration)], threads: 2, observer: RunCollector(runs: 1))
    #expect(simulation.progress.plannedUpdates == 12 && simulation.progress.clientUpdates == 0)
    _ = try simulation.run()
    #expect(simulation.progress.clientUpdates == 12 && simulation.progress.rounds == [3])
    #expect(simulation.progress.accuracies[0] != nil)
  }
}

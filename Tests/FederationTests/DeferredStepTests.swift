import Datasets
import Networks
import Records
import TestSupport
import Tensors
import Testing

@testable import Federation

/// Clients whose steps of the first weights are put off against clients that take them.
@Suite("steps that are put off")
struct DeferredStepTests {
  /// 20 clients of 9 to 12 examples of 600 values; the last one has a batch of one.
  private static func configuration(
    strategy: any Strategy = FedAvg(), norm: String = "fedavg", units: Int = 64, rounds: Int = 3,
    amount: LocalWork.Amount = .epochs(1), clientSample: Int? = nil, weighting: Weighting = .samples
  ) throws -> RunConfiguration {
    let examples = ShiftedExamples(
      keys: Array(1...20), trainCounts: (0..<20).map { $0 == 19 ? 1 : 9 + $0 % 4 },
      testCounts: [Int](repeating: 3, count: 20), sampleShape: [600])
    let network = try Network(
      input: [600],
      layers: [
        Dropout(rate: 0.1), Dense(name: "fc1", units: units), BatchNorm(name: "bn1"), ReLU(),
        Dense(name: "fc2", units: 3),
      ])
    return RunConfiguration(
      arm: "a", seed: 5, rounds: rounds, dataset: try examples.dataset(), network: network,
      strategy: Named("s", strategy), norm: Named(norm, try normCatalog.make(norm)),
      optimizer: SGD(learningRate: 0.02), work: LocalWork(batchSize: 4, amount: amount), weighting: weighting,
      recording: Recording(checkpointEvery: 1, clientSample: clientSample))
  }

  /// FedAvg that wants each gradient and leaves it as it is.
  private struct Watching: Strategy {
    func train(_ round: ClientRound) throws { try round.run { _ in } }
    func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.moved() }
  }

  @Test("they come to the same", arguments: ["fedavg", "fedbn"], [LocalWork.Amount.epochs(1), .steps(2)])
  func same(norm: String, amount: LocalWork.Amount) throws {
    // One round: batches of four make batch normalization amplify rounding from round to round.
    let deferring = try Self.configuration(norm: norm, rounds: 1, amount: amount)
    let stepping = try Self.configuration(strategy: Watching(), norm: norm, rounds: 1, amount: amount)
    let cohort = Array(0..<20)
    #expect(Deferral(deferring, cohort: cohort) != nil)
    let (one, other) = (try result(of: deferring), try result(of: stepping))
    for client in [nil, 0, 19] {
      let values = try one.state(deferring, client: client).state.values
      let expected = try other.state(stepping, client: client).state.values
      #expect(difference(values, expected, absolute: 1e-5, relative: 1e-4) == nil)
    }
    for (a, b) in zip(one.rounds, other.rounds) {
      #expect(a.evaluations.map(\.accuracy) == b.evaluations.map(\.accuracy))
      for (x, y) in zip(a.participations, b.participations) {
        #expect(x.steps == y.steps && x.skippedBatches == y.skippedBatches)
        #expect(abs((x.updateNorm ?? 0) - (y.updateNorm ?? 0)) <= 1e-4 * (1 + (y.updateNorm ?? 0)))
        #expect(abs((x.updateCosine ?? 0) - (y.updateCosine ?? 0)) <= 1e-4)
      }
    }
  }

  @Test("the bits do not depend on threads, on other runs, on resuming, or on what is recorded")
  func bits() throws {
    let configuration = try Self.configuration()
    let whole = try result(of: configuration, threads: 1)
    let last = try #require(whole.checkpoints.last)
    for threads in [2, 3, 8] {
      let runs = try results(of: [PlannedRun](repeating: PlannedRun(configuration), count: 3), threads: threads)
      for run in runs { #expect(run.rounds == whole.rounds && run.checkpoints == whole.checkpoints) }
    }
    let rest = try result(of: configuration, from: whole.checkpoints[1], threads: 2)
    #expect(rest.checkpoints.last == last)
    let sampled = try result(of: try Self.configuration(clientSample: 2))
    #expect(sampled.checkpoints.last == last)
  }

  @Test("clients that need the gradient take their steps beside others that put them off")
  func mixed() throws {
    /// FedAvg, and every second client wants each gradient.
    struct Halves: Strategy {
      func train(_ round: ClientRound) throws {
        if round.client % 2 == 0 { try round.run() } else { try round.run { _ in } }
      }
      func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.moved() }
    }
    let mixed = try Self.configuration(strategy: Halves(), rounds: 1)
    let stepping = try Self.configuration(strategy: Watching(), rounds: 1)
    let (one, other) = (try result(of: mixed), try result(of: stepping))
    #expect(
      difference(
        try one.state(mixed).state.values, try other.state(stepping).state.values, absolute: 1e-5, relative: 1e-4)
        == nil)
    #expect(try result(of: mixed, threads: 3).checkpoints == one.checkpoints)
  }

  @Test("fednova's influence counts")
  func influence() throws {
    let deferring = try Self.configuration(strategy: FedNova(), rounds: 1, amount: .steps(2))
    #expect(Deferral(deferring, cohort: Array(0..<20)) != nil)
    let plain = try Self.configuration(rounds: 1, amount: .steps(2))
    // Equal steps: fednova is fedavg.
    let (a, b) = (try result(of: deferring), try result(of: plain))
    #expect(
      difference(
        try a.state(deferring).state.values, try b.state(plain).state.values, absolute: 1e-6, relative: 1e-5) == nil)
  }

  @Test("where it does not pay or the gradient is needed, clients take their steps")
  func whether() throws {
    let cohort = Array(0..<20)
    let most = try Self.configuration(amount: .epochs(1))
    // 12 samples at most, 64 units: 16 would be the limit.
    let plan = try #require(Deferral(most, cohort: cohort))
    #expect(plan.capacity == plan.blockSize * 12 && plan.blockSize == 2)
    #expect(Deferral(try Self.configuration(amount: .epochs(2)), cohort: cohort) == nil)
    #expect(Deferral(most, cohort: [3]) == nil)
    #expect(Deferral(try Self.configuration(strategy: Scaffold()), cohort: cohort) == nil)
    for aggregator in [Median(), Krum(byzantine: 1)] as [any Aggregator] {
      var robust = most
      robust.aggregator = Named("a", aggregator)
      #expect(Deferral(robust, cohort: cohort) == nil)
    }
    var clipped = most
    clipped.transforms = [Named("clip", Clip(norm: 1))]
    #expect(Deferral(clipped, cohort: cohort) == nil)
    // Too few weights.
    #expect(Deferral(try Self.configuration(units: 32), cohort: cohort) == nil)
    var momentum = most
    momentum.optimizer = SGD(learningRate: 0.1, momentum: 0.9)
    #expect(Deferral(momentum, cohort: cohort) == nil)
    var endless = most
    endless.work.amount = .steps(Int.max)
    #expect(Deferral(endless, cohort: cohort) == nil)
  }

  @Test("an update that is too large is told of with its client")
  func tooLarge() throws {
    let examples = ShiftedExamples(
      keys: Array(1...16), trainCounts: [Int](repeating: 4, count: 16), testCounts: [Int](repeating: 1, count: 16),
      sampleShape: [600], magnitude: 1)
    let network = try Network(input: [600], layers: [Dense(name: "fc1", units: 64), Dense(name: "fc2", units: 3)])
    let configuration = RunConfiguration(
      arm: "a", seed: 5, rounds: 1, dataset: try examples.dataset(), network: network,
      optimizer: SGD(learningRate: 1e9), work: LocalWork(batchSize: 4))
    let cohort = Array(0..<16)
    #expect(Deferral(configuration, cohort: cohort) != nil)
    #expect(
      try result(of: configuration).outcome
        == .failed("round 1, client 0 (key1): a value of layer 'fc1' is infinite, not a number, or beyond ±2^20"))
  }
}

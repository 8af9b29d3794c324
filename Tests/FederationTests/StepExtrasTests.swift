import Datasets
import Networks
import Records
import TestSupport
import Testing

@testable import Federation

/// Schedules of learning rates, clipped gradients and decay by role in whole runs, by closed forms.
@Suite("schedules, clips and decay in runs")
struct StepExtrasTests {
  private func configuration(
    _ examples: ShiftedExamples = .four, strategy: any Strategy = FedAvg(), norm: String = "fedavg",
    personal: any PersonalMethod = NoPersonalMethod(), rounds: Int = 3,
    optimizer: any Optimizer = SGD(learningRate: 0.05), keepsOptimizer: Bool = false,
    cohort: any CohortSampler = Everyone()
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 7, rounds: rounds, dataset: try examples.dataset(), network: try ExampleNetworks.dense(),
      strategy: Named("s", strategy), norm: Named(norm, try normCatalog.make(norm)),
      personal: Named("p", personal), optimizer: optimizer,
      work: LocalWork(batchSize: 8, amount: .epochs(2), shuffle: false, keepsOptimizer: keepsOptimizer),
      cohort: cohort, recording: Recording(checkpointEvery: 1))
  }

  private static let one = ShiftedExamples(keys: [3], trainCounts: [29], testCounts: [5])

  private func states(_ run: RunConfiguration, threads: Int = 2) throws -> [ModelState] {
    let made = try result(of: run, threads: threads)
    return try [nil, 0, 1, 2, 3].map { try made.state(run, client: $0).state }
  }

  // MARK: As without

  @Test("a constant schedule is none, to the bit", arguments: strategyCatalog.names)
  func constant(strategy: String) throws {
    let plain = try configuration(strategy: strategyCatalog.make(strategy))
    for axis in LearningRateSchedule.Axis.allCases {
      var run = plain
      run.learningRateSchedule = LearningRateSchedule(ConstantCurve(), over: axis)
      #expect(try states(run) == states(plain))
    }
  }

  @Test("a constant schedule is none under personal methods, to the bit")
  func constantPersonally() throws {
    for method in [APFL(alpha: 0.5, isAdaptive: true), Ditto(epochs: 1, learningRate: 0.02)] as [any PersonalMethod] {
      let plain = try configuration(personal: method)
      var run = plain
      run.learningRateSchedule = LearningRateSchedule(ConstantCurve(), over: .steps)
      #expect(try states(run) == states(plain))
    }
  }

  @Test("bounds that nothing reaches clip nothing, to the bit", arguments: [GradientClip.norm(1e30), .value(1e30)])
  func unreached(clip: GradientClip) throws {
    for optimizer in [SGD(learningRate: 0.05, momentum: 0.5), Adam(learningRate: 0.01)] as [any Optimizer] {
      let plain = try configuration(optimizer: optimizer)
      var run = plain
      run.gradientClip = clip
      #expect(try states(run) == states(plain))
    }
  }

  @Test("without weight decay it does not matter what decays, to the bit", arguments: DecayedValues.allCases)
  func withoutDecay(decayed: DecayedValues) throws {
    for optimizer in [SGD(learningRate: 0.05), Adam(learningRate: 0.01)] as [any Optimizer] {
      let plain = try configuration(norm: "silobn", optimizer: optimizer)
      var run = plain
      run.decayedValues = decayed
      #expect(try states(run) == states(plain))
    }
  }

  // MARK: Schedules

  @Test("over rounds, each round trains with its learning rate", arguments: PlainNorms.names)
  func rounds(norm: String) throws {
    var run = try configuration(Self.one, norm: norm, rounds: 4)
    run.learningRateSchedule = LearningRateSchedule(StepCurve(every: 1, factor: 0.5), warmup: 2)
    var state = ModelState(initial: run.network.layout, seed: run.seed)
    for rate in [0.025, 0.05, 0.05, 0.025] {
      var round = run
      round.optimizer = SGD(learningRate: rate)
      state = try locallyTrained(round, client: 0, from: state)
    }
    #expect(try result(of: run).state(run, client: 0).state == state)
  }

  @Test("over steps, each round begins at the first place")
  func steps() throws {
    var run = try configuration(rounds: 2)
    // Only the first step of each is one.
    run.learningRateSchedule = LearningRateSchedule(ExponentialCurve(factor: 1e-12), over: .steps)
    var single = run
    single.learningRateSchedule = nil
    single.work.amount = .steps(1)
    let layout = run.network.layout
    let (a, b) = (try states(run)[0].values, try states(single)[0].values)
    // Statistics move with each batch.
    #expect(
      difference(
        Array(a[..<layout.trainableCount]), Array(b[..<layout.trainableCount]), absolute: 1e-6, relative: 1e-6) == nil)
  }

  @Test("the places over steps are the steps that a client takes")
  func places() throws {
    var run = try configuration()
    func stepCount(_ client: Int, of dataset: FederatedDataset) -> Int {
      LocalTraining(configuration: run, round: 1, client: client).batches(of: dataset.examples(client, .train))
        .stepCount
    }
    // 17 and 9 examples leave a batch of one, which is skipped.
    for (amount, expected) in [(LocalWork.Amount.epochs(2), [6, 4, 8, 2]), (.steps(5), [5, 5, 5, 5])] {
      run.work.amount = amount
      let counts = (0..<4).map { stepCount($0, of: run.dataset) }
      let steps = try result(of: run).rounds.last?.participations.map(\.steps)
      #expect(steps == expected)
      #expect(counts == expected)
    }
    let single = try ShiftedExamples(keys: [1], trainCounts: [1], testCounts: [1]).dataset()
    #expect(stepCount(0, of: single) == 0)
  }

  @Test("steps that are put off have their own learning rates")
  func deferred() throws {
    let examples = ShiftedExamples(
      keys: Array(1...20), trainCounts: [Int](repeating: 12, count: 20), testCounts: [Int](repeating: 1, count: 20),
      sampleShape: [600])
    var run = try configuration(examples, rounds: 1)
    run.model = try Network(input: [600], layers: [Dense(name: "fc1", units: 100), Dense(name: "fc2", units: 3)])
    run.work = LocalWork(batchSize: 4)
    run.learningRateSchedule = LearningRateSchedule(LinearCurve(minimum: 0), over: .steps)
    #expect(Deferral(run, cohort: Array(0..<20)) != nil)
    var clipped = run
    clipped.gradientClip = .norm(1e30)
    #expect(Deferral(clipped, cohort: Array(0..<20)) == nil)
    let (a, b) = (try result(of: run), try result(of: clipped))
    for client in [nil, 0, 19] as [Int?] {
      let values = try [a.state(run, client: client).state.values, b.state(run, client: client).state.values]
      #expect(difference(values[0], values[1], absolute: 1e-6, relative: 1e-5) == nil)
    }
    var constant = run
    constant.learningRateSchedule = nil
    let other = try result(of: constant).state(constant).state.values
    #expect(difference(try a.state(run).state.values, other, absolute: 1e-4, relative: 1e-2) != nil)
  }

  @Test("scaffold divides by the sum of the step sizes")
  func scaffold() throws {
    var run = try configuration(Self.one, strategy: Scaffold(), rounds: 1)
    run.learningRateSchedule = LearningRateSchedule(LinearCurve(minimum: 0), over: .steps)
    let made = try result(of: run)
    let state = try RunState(#require(made.checkpoints.last), of: run)
    let initial = ModelState(initial: run.network.layout, seed: run.seed)
    // 29 examples in batches of 8, twice: 8 steps of 0.05·(8 − t)/8.
    let sum = (0..<8).reduce(0.0) { $0 + 0.05 * Double(8 - $1) / 8 }
    let control = try #require(state.slots[vector: "control"])
    for place in control.indices {
      let expected = Float(Double(initial.values[place] - state.global.values[place]) / sum)
      #expect(abs(control[place] - expected) <= 1e-5 * max(1, abs(expected)))
    }
    #expect(control.contains { abs($0) > 1e-3 })
  }

  @Test("steps that are nothing leave scaffold's variates alone")
  func nothing() throws {
    var run = try configuration(strategy: Scaffold(), rounds: 3)
    run.learningRateSchedule = LearningRateSchedule(StepCurve(every: 1, factor: 1e-60))
    let made = try result(of: run)
    #expect(made.outcome == .finished)
    let controls = try made.checkpoints.suffix(3).map { try RunState($0, of: run).slots[vector: "control"] }
    #expect(controls[0] == controls[1] && controls[1] == controls[2] && controls[0]?.contains { $0 != 0 } == true)
  }

  // MARK: Clips

  @Test("no step is longer than its bound", arguments: [GradientClip.norm(0.01), .value(0.001)])
  func bounded(clip: GradientClip) throws {
    var run = try configuration(Self.one, strategy: FedProx(mu: 10), rounds: 1)
    run.gradientClip = clip
    let initial = ModelState(initial: run.network.layout, seed: run.seed)
    let last = try result(of: run).state(run).state
    let moved = zip(last.values, initial.values).prefix(run.network.layout.trainableCount).map { Double($0 - $1) }
    switch clip {
    case .norm(let bound):
      let length = moved.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(length > 0.01 * bound && length <= 8 * 0.05 * bound * 1.001)
    case .value(let bound):
      let most = moved.map(abs).max() ?? 0
      #expect(most > 0.1 * bound * 0.05 && most <= 8 * 0.05 * bound * 1.001)
    }
  }

  @Test("apfl with α = 1 trains its own model as ditto with λ = 0 does: clipped, with the rates of the steps")
  func ownModels() throws {
    func run(_ personal: any PersonalMethod) throws -> RunConfiguration {
      var run = try configuration(personal: personal, rounds: 2)
      run.gradientClip = .norm(0.3)
      run.learningRateSchedule = LearningRateSchedule(CosineCurve(), over: .steps, warmup: 2)
      return run
    }
    let (apfl, ditto) = (try run(APFL(alpha: 1)), try run(Ditto(lambda: 0)))
    let (a, b) = (try states(apfl), try states(ditto))
    for (own, other) in zip(a, b) {
      #expect(difference(own.values, other.values, absolute: 2e-5, relative: 1e-4) == nil)
    }
    var unclipped = ditto
    unclipped.gradientClip = nil
    #expect(difference(try states(unclipped)[1].values, b[1].values, absolute: 1e-3, relative: 1e-2) != nil)
  }

  // MARK: Bits

  @Test("the same bits on any threads and behind any checkpoint", arguments: LearningRateSchedule.Axis.allCases)
  func bits(axis: LearningRateSchedule.Axis) throws {
    var run = try configuration(
      norm: "fedbn", personal: Ditto(lambda: 0.1), rounds: 5,
      optimizer: SGD(learningRate: 0.05, momentum: 0.9, weightDecay: 0.1), keepsOptimizer: true,
      cohort: UniformCohort(.count(3)))
    run.learningRateSchedule = LearningRateSchedule(CosineCurve(minimum: 0.001), over: axis, warmup: 1)
    run.gradientClip = .norm(0.5)
    run.decayedValues = .weights
    let whole = try result(of: run, threads: 1)
    #expect(try result(of: run, threads: 3).rounds == whole.rounds)
    for checkpoint in whole.checkpoints where checkpoint.round < 5 {
      let rest = try result(of: run, from: checkpoint)
      #expect(rest.rounds == whole.rounds.filter { $0.round > checkpoint.round })
      #expect(try rest.state(run).state == whole.state(run).state)
    }
  }
}

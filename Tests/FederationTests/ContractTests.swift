import Catalogs
import Datasets
import Networks
import Records
import TestSupport
import Testing

@testable import Federation

/// What every strategy, norm policy and cohort must keep to, whatever is in the catalogs.
@Suite("contracts of the federation catalogs")
struct ContractTests {
  /// A strategy and a policy by their names.
  struct Pair: Sendable, CustomTestStringConvertible {
    let strategy: String
    let norm: String
    var testDescription: String { "\(strategy) with \(norm)" }
  }

  static let pairs = strategyCatalog.names.flatMap { strategy in
    normCatalog.names.map { Pair(strategy: strategy, norm: $0) }
  }

  /// Images on clients of different sizes, half of which take part in a round, with dropout and shuffling.
  static func configuration(
    _ pair: Pair, rounds: Int = 2, network: Network? = nil, optimizer: any Optimizer = SGD(learningRate: 0.05),
    keepsOptimizer: Bool = false
  ) throws -> RunConfiguration {
    var examples = ShiftedExamples.four
    examples.sampleShape = [4, 4, 2]
    return RunConfiguration(
      arm: pair.testDescription, seed: 11, rounds: rounds, dataset: try examples.dataset(),
      network: try network ?? ExampleNetworks.convolution(),
      strategy: Named(pair.strategy, try strategyCatalog.make(pair.strategy)),
      norm: Named(pair.norm, try normCatalog.make(pair.norm)), optimizer: optimizer,
      work: LocalWork(batchSize: 8, keepsOptimizer: keepsOptimizer), cohort: UniformCohort(.count(3)),
      recording: Recording(checkpointEvery: 1))
  }

  @Test("every strategy runs under every norm policy, with finite results", arguments: pairs)
  func finite(pair: Pair) throws {
    let configuration = try Self.configuration(pair)
    let run = try result(of: configuration)
    #expect(run.outcome == .finished)
    #expect(run.rounds.map(\.round) == [0, 1, 2])
    for round in run.rounds {
      #expect(round.evaluations.map(\.client) == [0, 1, 2, 3])
      #expect(round.evaluations.allSatisfy { $0.loss.isFinite && (0...1).contains($0.accuracy ?? -1) })
      #expect(round.round == 0 || (round.trainLoss ?? .nan).isFinite)
      for drift in round.normDrift {
        let measures = [drift.meanShift, drift.varianceLogRatio, drift.kl, drift.w2, drift.affineDistance]
        #expect(measures.allSatisfy { ($0 ?? .nan) >= 0 })
        let momentum = drift.effectiveMomentum ?? -1
        // Where running statistics do not follow the batches, they stay as old as they are.
        let training = configuration.norm.component.training(inRound: round.round, of: 2)
        #expect(training.statistics == .batch ? (0..<1).contains(momentum) : momentum == 1)
      }
      #expect(round.layerDrift.allSatisfy { (0...1).contains($0.betweenShare) })
    }
    let layout = configuration.network.layout
    for client in [nil, 0, 1, 2, 3] as [Int?] {
      let state = try run.state(configuration, client: client).state
      #expect(state.values.allSatisfy { $0.isFinite })
      for tensor in layout.tensors where tensor.role == .runningVariance {
        #expect(state.values[tensor.range].allSatisfy { $0 > 0 })
      }
    }
  }

  @Test("the bits do not depend on the number of threads, nor on other runs", arguments: strategyCatalog.names)
  func threads(strategy: String) throws {
    let configurations = try normCatalog.names.map { try Self.configuration(Pair(strategy: strategy, norm: $0)) }
    let reference = try configurations.map { try result(of: $0, threads: 1) }
    for threads in [1, 2, 5] {
      let together = try results(of: configurations.map { PlannedRun($0) }, threads: threads)
      for (a, b) in zip(reference, together) {
        #expect(a.rounds == b.rounds)
        #expect(a.checkpoints == b.checkpoints)
      }
    }
  }

  @Test("a run goes on from each checkpoint to the same bits", arguments: pairs)
  func resuming(pair: Pair) throws {
    let optimizers: [(any Optimizer, Bool)] = [
      (SGD(learningRate: 0.05), false), (SGD(learningRate: 0.05, momentum: 0.9), true),
      (Adam(learningRate: 0.01), true),
      (RMSprop(learningRate: 0.01), true), (Adam(learningRate: 0.01), false),
    ]
    for (optimizer, keeps) in optimizers {
      let configuration = try Self.configuration(pair, rounds: 4, optimizer: optimizer, keepsOptimizer: keeps)
      let whole = try result(of: configuration)
      try #require(whole.checkpoints.map(\.round) == [1, 2, 3, 4])
      let rest = try results(of: whole.checkpoints.map { PlannedRun(configuration, from: $0) }, threads: 3)
      for (checkpoint, resumed) in zip(whole.checkpoints, rest) {
        #expect(resumed.outcome == .finished)
        #expect(resumed.rounds == whole.rounds.filter { $0.round > checkpoint.round })
        #expect(resumed.checkpoints == whole.checkpoints.filter { $0.round > checkpoint.round })
      }
    }
  }

  @Test("keeping the optimizer changes what is trained, and only when it has a memory")
  func keptOptimizers() throws {
    let pair = Pair(strategy: "fedavg", norm: "fedavg")
    func rounds(_ optimizer: any Optimizer, _ keeps: Bool) throws -> [RoundRecord] {
      try result(of: Self.configuration(pair, rounds: 4, optimizer: optimizer, keepsOptimizer: keeps)).rounds
    }
    for optimizer in [SGD(learningRate: 0.05, momentum: 0.9), Adam(learningRate: 0.01)] as [any Optimizer] {
      #expect(try rounds(optimizer, true) != rounds(optimizer, false))
    }
    #expect(try rounds(SGD(learningRate: 0.05), true) == rounds(SGD(learningRate: 0.05), false))
  }

  @Test("no strategy touches running statistics and counters", arguments: strategyCatalog.names)
  func statistics(strategy: String) throws {
    // In one step from the same start even a strategy with a client half sees the same activations.
    let isServerOnly = ["fedavg", "fedavgm", "fedadam", "fedyogi", "fedadagrad", "fednova", "scaffold", "moon"]
      .contains(
        strategy)
    for amount in isServerOnly ? [LocalWork.Amount.steps(1), .epochs(2)] : [.steps(1)] {
      // Recalibrated statistics are of the weights that the strategy makes.
      for norm in normCatalog.names where try normCatalog.make(norm).statistics != .recalibrated {
        let states = try ["fedavg", strategy].map { name -> ModelState in
          var configuration = try Self.configuration(Pair(strategy: name, norm: norm), rounds: 1)
          configuration.work.amount = amount
          return try result(of: configuration).state(configuration).state
        }
        let layout = try Self.configuration(Pair(strategy: strategy, norm: norm)).network.layout
        let range = layout.trainableCount..<layout.valueCount
        #expect(states[0].values[range] == states[1].values[range])
        #expect(states[0].counters == states[1].counters)
      }
    }
  }

  @Test("the server's copy of what is local keeps its initial value, and clients have their own", arguments: pairs)
  func localTensors(pair: Pair) throws {
    let configuration = try Self.configuration(pair)
    let policy = configuration.norm.component
    let run = try result(of: configuration)
    let layout = configuration.network.layout
    let initial = ModelState(initial: layout, seed: configuration.seed)
    let global = try run.state(configuration).state
    let trained = Set(run.rounds.flatMap { $0.participations.map(\.client) })
    for tensor in layout.tensors where tensor.role.isNormalization && tensor.role != .batchCount {
      let treatment =
        tensor.role == .normMixing ? .local : tensor.role.isTrainable ? policy.affine : policy.statistics
      #expect((global.values[tensor.range] == initial.values[tensor.range]) == !treatment.isShared, "\(tensor.name)")
      for client in 0..<4 {
        let own = try run.state(configuration, client: client).state.values[tensor.range]
        #expect(
          (own == global.values[tensor.range]) == (treatment != .local || !trained.contains(client)), "\(tensor.name)")
      }
    }
    for client in 0..<4 {
      let own = try run.state(configuration, client: client).state.values[..<layout.weightCount]
      let isShared = own == global.values[..<layout.weightCount]
      #expect(isShared == (configuration.mixing == nil || !trained.contains(client)))
    }
    // Batches are counted when running statistics take them up.
    let counts = policy.statistics.isShared && policy.training(inRound: 1, of: 2).statistics == .batch
    #expect((global.counters == initial.counters) == !counts)
  }

  @Test("what travels and what clients keep is what the strategy declares", arguments: pairs)
  func declaredVectors(pair: Pair) throws {
    let configuration = try Self.configuration(pair)
    let strategy = configuration.strategy.component
    let kept = configuration.clientSlots.map(\.name).sorted()
    let run = try result(of: configuration)
    let plain = try result(of: Self.configuration(Pair(strategy: "fedavg", norm: pair.norm)))
    let layout = configuration.network.layout
    let shared = layout.weightCount + (configuration.norm.component.affine.isShared ? layout.affineCount : 0)
    #expect(shared == configuration.sharedTrainableCount)
    for (round, other) in zip(run.rounds, plain.rounds) {
      #expect(round.bytesDown == other.bytesDown + round.cohortSize * 4 * shared * strategy.sentSlots.count)
      #expect(round.bytesUp == other.bytesUp + round.reported * 4 * shared * strategy.sentVectors.count)
      #expect(round.bytesUp == round.participations.reduce(0) { $0 + $1.bytesUp })
      #expect(round.bytesDown == round.participations.reduce(0) { $0 + $1.bytesDown })
    }
    for checkpoint in run.checkpoints where checkpoint.round > 0 {
      let state = try RunState(checkpoint, of: configuration)
      #expect(state.slots.names == strategy.serverSlots.map(\.name).sorted())
      for memory in try state.clients.memories() { #expect(memory.slots.names == kept) }
    }
  }

  @Test("normalization layers are known by their type, whatever they are called", arguments: normCatalog.names)
  func names(norm: String) throws {
    func run(_ names: [String]) throws -> (ModelState, [ModelState], RunResult) {
      let configuration = RunConfiguration(
        arm: "a", seed: 2, rounds: 3, dataset: try ShiftedExamples.four.dataset(),
        network: try ExampleNetworks.dense(names), norm: Named(norm, try normCatalog.make(norm)),
        work: LocalWork(batchSize: 8))
      let result = try result(of: configuration)
      return (
        try result.state(configuration).state,
        try (0..<4).map { try result.state(configuration, client: $0).state }, result
      )
    }
    let usual = try run(["bn1", "bn2"])
    for names in [["a", "b"], ["fc", "weight"], ["conv1.downsample", "running_mean"]] {
      let other = try run(names)
      #expect(usual.0 == other.0)
      #expect(usual.1 == other.1)
      #expect(usual.2.rounds.map(\.evaluations) == other.2.rounds.map(\.evaluations))
      #expect(usual.2.rounds.map(\.participations) == other.2.rounds.map(\.participations))
      #expect(other.2.rounds.last.map { Set($0.normDrift.map(\.layer)) } == Set(names))
      #expect(usual.2.rounds.last?.normDrift.map(\.w2) == other.2.rounds.last?.normDrift.map(\.w2))
    }
  }

  @Test("a layer that is merely called bn is no normalization layer")
  func misleadingNames() throws {
    let network = try Network(
      input: [5], layers: [Dense(name: "bn1", units: 4), ReLU(), Dense(name: "norm", units: 3)])
    for name in normCatalog.names {
      let policy = try normCatalog.make(name)
      #expect(policy.match(network).isEmpty)
      #expect((policy.mismatch(network) == nil) == !policy.isSpecial)
    }
  }

  // MARK: Cohorts

  /// Settings under which every sampler of the catalog can be made; a new one with required options fails here until
  /// it has a line.
  static let cohorts: [(name: String, options: [String: OptionValue])] = [
    ("everyone", [:]), ("uniform", ["count": .integer(7)]), ("uniform", ["fraction": .number(0.25)]),
    ("uniform", ["fraction": .number(1e-9)]), ("uniform", ["count": .integer(40)]),
    ("listed", ["rounds": .list((0..<40).map { first in .list([.integer(first), .integer((first + 7) % 40)]) })]),
    ("poisson", ["fraction": .number(0.3)]), ("round-robin", ["count": .integer(7)]),
    ("weighted", ["count": .integer(7)]),
  ]

  @Test("every sampler of the catalog has a test")
  func samplersAreTested() { #expect(Set(Self.cohorts.map(\.name)) == Set(cohortCatalog.names)) }

  @Test("cohorts ascend, have their announced size, follow from the seed and the round", arguments: cohorts.indices)
  func samplers(index: Int) throws {
    let sampler = try cohortCatalog.make(Self.cohorts[index].name, Self.cohorts[index].options)
    func cohort(round: Int, population: Int = 40, seed: UInt64 = 5) throws -> [Int] {
      var context = SamplingContext(round: round, population: population, seed: seed)
      return try #require(try sampler.cohort(&context))
    }
    var counts = [Int](repeating: 0, count: 40)
    for round in 1...400 {
      let drawn = try cohort(round: round)
      let isBound = Self.cohorts[index].name == "poisson"
      #expect(isBound ? drawn.count <= sampler.size(population: 40) : drawn.count == sampler.size(population: 40))
      #expect((isBound || !drawn.isEmpty) && drawn == Set(drawn).sorted())
      #expect(drawn.allSatisfy { (0..<40).contains($0) })
      #expect(try drawn == cohort(round: round))
      for client in drawn { counts[client] += 1 }
    }
    let size = sampler.size(population: 40)
    let draws = try (1...20).map { try cohort(round: $0) }
    if ["listed", "round-robin"].contains(Self.cohorts[index].name) {
      #expect(try draws == (1...20).map { try cohort(round: $0, seed: 6) })
    } else {
      #expect(try (1...20).contains { try cohort(round: $0, population: 1) == [0] })
      guard size < 40 else { return }
      #expect(Set(draws).count > 10)
      #expect(try draws != (1...20).map { try cohort(round: $0, seed: 6) })
    }
    // Each client 400·size/40 times, within five standard deviations of the binomial distribution.
    let share = Self.cohorts[index].name == "poisson" ? 0.3 : Double(size) / 40
    let limit = 5 * (400 * share * (1 - share)).squareRoot()
    #expect(counts.allSatisfy { abs(Double($0) - 400 * share) < limit })
  }
}

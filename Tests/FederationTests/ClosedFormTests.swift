import Datasets
import Networks
import Randomness
import Records
import TestSupport
import Testing

@testable import Federation

/// What aggregation must give exactly, whatever the data.
@Suite("closed forms")
struct ClosedFormTests {
  private static let inOrder = LocalWork(batchSize: 8, amount: .epochs(2), shuffle: false)

  private static func norm(_ name: String) throws -> Named<any NormPolicy> { Named(name, try normCatalog.make(name)) }

  private func configuration(
    _ examples: ShiftedExamples, norm: String = "fedavg", rounds: Int = 2,
    optimizer: any Optimizer = SGD(learningRate: 0.05)
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: norm, seed: 7, rounds: rounds, dataset: try examples.dataset(), network: try ExampleNetworks.dense(),
      norm: try Self.norm(norm), optimizer: optimizer, work: Self.inOrder)
  }

  // MARK: Pooling

  @Test("pooled moments are the one-pass moments of the union")
  func pooledMomentsOfUnion() {
    for seed in UInt64(0)..<50 {
      var stream = RandomStream(seed: seed, .examples)
      let groups = (0..<5).map { _ -> [Double] in
        let center = 10 * stream.normal()
        let spread = stream.uniform(0.01, 5)
        return (0..<(1 + stream.index(below: 200))).map { _ in center + spread * stream.normal() }
      }
      let all = groups.flatMap { $0 }
      let moments = pooledMoments(
        groups.map { group in
          let (mean, variance) = Self.moments(group)
          return (Double(group.count) / Double(all.count), Float(mean), Float(variance))
        })
      let union = Self.moments(all)
      #expect(abs(moments.mean - union.mean) <= 1e-6 * union.variance.squareRoot())
      #expect(abs(moments.variance - union.variance) <= 1e-6 * union.variance)
    }
  }

  private static func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
  }

  /// Batch normalization directly on the data with one batch a client, all batches weighing the same and biased
  /// variances: the running statistics of a client are its data's moments.
  private func statisticsRun(_ norm: String, channels: Int) throws -> (RunConfiguration, RunResult) {
    var examples = ShiftedExamples.four
    examples.sampleShape = [channels]
    let layers: [any Layer] = [
      BatchNorm(name: "bn1", convention: .keras, momentum: .cumulative), Dense(name: "fc1", units: 3),
    ]
    let configuration = RunConfiguration(
      arm: norm, seed: 7, rounds: 1, dataset: try examples.dataset(),
      network: try Network(input: [channels], layers: layers),
      norm: try Self.norm(norm), work: LocalWork(batchSize: 64, amount: .epochs(1)))
    return (configuration, try result(of: configuration))
  }

  private func statistics(_ run: (RunConfiguration, RunResult)) throws -> (means: [Float], variances: [Float]) {
    let state = try run.1.state(run.0).state
    let layout = run.0.network.layout
    let mean = try #require(layout.tensor("bn1.running_mean"))
    let variance = try #require(layout.tensor("bn1.running_var"))
    return (Array(state.values[mean.range]), Array(state.values[variance.range]))
  }

  @Test("pooled gives the union's statistics, plain averaging loses exactly between_share of the variance")
  func pooledAndAveraged() throws {
    let pooled = try statisticsRun("pooled", channels: 1)
    let averaged = try statisticsRun("fedavg", channels: 1)
    let examples = try ShiftedExamples.four.with(shape: [1])
    var all: [Double] = []
    for client in 0..<4 { all += examples.trainValues(ofDomain: client).map(Double.init) }
    let union = Self.moments(all)
    let (pooledMeans, pooledVariances) = try statistics(pooled)
    let (averagedMeans, averagedVariances) = try statistics(averaged)
    #expect(abs(Double(pooledMeans[0]) - union.mean) <= 1e-6 * abs(union.mean))
    #expect(abs(Double(pooledVariances[0]) - union.variance) <= 1e-6 * union.variance)
    #expect(pooledMeans == averagedMeans)
    let share = try #require(averaged.1.rounds.last?.layerDrift.first?.betweenShare)
    #expect(share > 0.01 && share < 1)
    #expect(abs(Double(averagedVariances[0]) - (1 - share) * union.variance) <= 1e-6 * union.variance)
    #expect(pooled.1.rounds.last?.layerDrift.first?.betweenShare == share)
  }

  @Test("with several channels the mean of 1 − averaged/pooled is between_share")
  func shareOverChannels() throws {
    let pooled = try statistics(try statisticsRun("pooled", channels: 5)).variances
    let run = try statisticsRun("fedavg", channels: 5)
    let averaged = try statistics(run).variances
    let share = zip(averaged, pooled).reduce(0) { $0 + 1 - Double($1.0) / Double($1.1) } / 5
    let recorded = try #require(run.1.rounds.last?.layerDrift.first?.betweenShare)
    #expect(abs(recorded - share) <= 1e-6)
  }

  // MARK: One client

  @Test("a federation of one client is local training, to the bit", arguments: PlainNorms.names)
  func oneClient(norm: String) throws {
    let examples = ShiftedExamples(keys: [3], trainCounts: [29], testCounts: [5])
    for optimizer in [SGD(learningRate: 0.05), SGD(learningRate: 0.05, momentum: 0.9)] {
      let configuration = try configuration(examples, norm: norm, rounds: 3, optimizer: optimizer)
      let run = try result(of: configuration)
      let initial = ModelState(initial: configuration.network.layout, seed: configuration.seed)
      let local = try locallyTrained(configuration, client: 0, from: initial, rounds: 3)
      #expect(try run.state(configuration, client: 0).state == local)
      if norm == "fedavg" { #expect(try run.state(configuration).state == local) }
    }
  }

  // MARK: Symmetry

  @Test("silobn is fedavg when clients are identical")
  func identicalClients() throws {
    let examples = ShiftedExamples(keys: [4, 4, 4], trainCounts: [20, 20, 20], testCounts: [5, 5, 5])
    let fedavg = try configuration(examples, norm: "fedavg", rounds: 3)
    let silobn = try configuration(examples, norm: "silobn", rounds: 3)
    let (averaged, local) = (try result(of: fedavg), try result(of: silobn))
    for client in 0..<3 {
      let (a, b) = (try averaged.state(fedavg, client: client).state, try local.state(silobn, client: client).state)
      #expect(a == b)
    }
    #expect(averaged.rounds.last?.evaluations.map(\.loss) == local.rounds.last?.evaluations.map(\.loss))
  }

  @Test("permuting clients changes nothing but roundings", arguments: normCatalog.names)
  func permutation(norm: String) throws {
    let examples = ShiftedExamples.four
    let order = [2, 0, 3, 1]
    let permuted = ShiftedExamples(
      keys: order.map { examples.keys[$0] }, trainCounts: order.map { examples.trainCounts[$0] },
      testCounts: order.map { examples.testCounts[$0] })
    for rounds in [1, 4] {
      let (first, second) = (
        try configuration(examples, norm: norm, rounds: rounds), try configuration(permuted, norm: norm, rounds: rounds)
      )
      let (a, b) = (try result(of: first), try result(of: second))
      let (global, other) = (try a.state(first).state, try b.state(second).state)
      let weights = 0..<first.network.layout.weightCount
      // γ and β are averaged in fp64 in the cohort's order; once they have been used, the last bit may differ
      // everywhere.
      let isJoint = first.norm.component.training(inRound: 1, of: 1).isFirstStepJoint
      if rounds == 1 && !isJoint || norm == "fedbn" { #expect(global.values[weights] == other.values[weights]) }
      #expect(largestDifference(global.values, other.values) <= (rounds == 1 ? 1e-6 : 1e-4))
      #expect(global.counters == other.counters)
      for (place, client) in order.enumerated() {
        let (own, same) = (try a.state(first, client: client).state, try b.state(second, client: place).state)
        #expect(largestDifference(own.values, same.values) <= (rounds == 1 ? 1e-6 : 1e-4))
      }
    }
  }

  @Test("a second seed changes everything, the same seed nothing")
  func seeds() throws {
    func run(_ seed: UInt64) throws -> (RunConfiguration, RunResult) {
      let source = ShiftedExamples.four
      let dataset = try FederatedDataset(
        source: source, partitioner: IID(clients: 6), trainPerClient: nil, testPerClient: nil, seed: seed)
      let configuration = RunConfiguration(
        arm: "a", seed: seed, rounds: 3, dataset: dataset, network: try ExampleNetworks.dense(),
        cohort: UniformCohort(.count(3)), recording: Recording(checkpointEvery: 1))
      return (configuration, try result(of: configuration))
    }
    let ((firstConfiguration, first), (_, again), (_, other)) = (try run(1), try run(1), try run(2))
    #expect(first.rounds == again.rounds)
    #expect(first.checkpoints == again.checkpoints)
    #expect(
      first.rounds.map { $0.participations.map(\.client) } != other.rounds.map { $0.participations.map(\.client) })
    for (a, b) in zip(first.rounds, other.rounds) {
      for (x, y) in zip(a.evaluations, b.evaluations) { #expect(x.loss != y.loss) }
      #expect(a.trainLoss == nil || a.trainLoss != b.trainLoss)
    }
    let layout = firstConfiguration.network.layout
    for (a, b) in zip(first.checkpoints, other.checkpoints) {
      let states = (try RunState(a, of: firstConfiguration).global, try RunState(b, of: firstConfiguration).global)
      for tensor in layout.tensors where tensor.role != .batchCount {
        #expect(states.0.values[tensor.range] != states.1.values[tensor.range], "\(tensor.name) after round \(a.round)")
      }
    }
  }
}

extension ShiftedExamples {
  /// The same with another shape of examples.
  fileprivate func with(shape: [Int]) throws -> ShiftedExamples {
    var copy = self
    copy.sampleShape = .init(shape)
    return copy
  }

  /// All training values of a domain.
  func trainValues(ofDomain domain: Int) -> [Float] {
    let references = (0..<trainCounts[domain]).map { ExampleReference(domain: domain, index: $0) }
    let count = references.count * sampleShape.count
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress { write(references[...], split: .train, into: base) }
      initialized = count
    }
  }
}

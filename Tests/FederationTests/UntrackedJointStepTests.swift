import Datasets
import Networks
import Records
import Tensors
import Testing

@testable import Federation

/// FedTAN in networks with layers that keep no running statistics: they have their place in the joint step.
@Suite("the joint step of layers without running statistics")
struct UntrackedJointStepTests {
  /// Networks with two normalization layers, by whether each keeps running statistics.
  static let tracks = [[false, false], [true, false], [false, true], [true, true]]

  private static func network(_ tracks: [Bool], convolution: Bool, axis: Int = -1) throws -> Network {
    let norms = tracks.enumerated().map { number, track in BatchNorm(name: "bn\(number + 1)", track: track) }
    guard convolution else {
      return try Network(
        input: [5],
        layers: [
          Dense(name: "fc1", units: 6), norms[0], ReLU(), Dense(name: "fc2", units: 4), norms[1], ReLU(),
          Dense(name: "fc3", units: 3),
        ])
    }
    let first = BatchNorm(name: "bn1", track: tracks[0], axis: axis)
    return try Network(
      input: [4, 4, 2],
      layers: [
        Conv2D(name: "conv1", filters: 4, kernel: [3, 3], padding: .same), first, ReLU(), MaxPool2D(kernel: [2, 2]),
        Flatten(), Dense(name: "fc1", units: 6), norms[1], ReLU(), Dense(name: "fc2", units: 3),
      ])
  }

  private static func configuration(
    _ network: Network, sizes: [Int], convolution: Bool, norm: any NormPolicy, rounds: Int = 1
  ) throws -> RunConfiguration {
    var examples = ShiftedExamples(
      keys: Array([1, 2, 5, 6].prefix(sizes.count)), trainCounts: sizes, testCounts: sizes.map { _ in 4 })
    if convolution { examples.sampleShape = [4, 4, 2] }
    return RunConfiguration(
      arm: "a", seed: 7, rounds: rounds, dataset: try examples.dataset(), network: network, norm: Named("n", norm),
      optimizer: SGD(learningRate: 0.5), work: LocalWork(batchSize: 64, amount: .steps(1), shuffle: false),
      recording: Recording(checkpointEvery: 1))
  }

  @Test(
    "one step is the centralised step on the union", arguments: tracks, [[12, 12], [6, 15], [12, 9, 15]])
  func union(tracks: [Bool], sizes: [Int]) throws {
    for (convolution, axis) in [(false, -1), (true, -1), (true, 1)] {
      let network = try Self.network(tracks, convolution: convolution, axis: axis)
      let federated = try Self.configuration(network, sizes: sizes, convolution: convolution, norm: FedTAN())
      #expect(FedTAN().mismatch(network) == nil)
      let actual = try result(of: federated).state(federated).state

      var central = federated
      var examples = ShiftedExamples(
        keys: Array([1, 2, 5].prefix(sizes.count)), trainCounts: sizes, testCounts: sizes.map { _ in 4 })
      if convolution { examples.sampleShape = [4, 4, 2] }
      central.dataset = try FederatedDataset(
        source: examples, partitioner: IID(clients: 1), trainPerClient: nil, testPerClient: nil, seed: 1)
      central.norm = Named("fedavg", NormMatrix(affine: .averaged, statistics: .averaged))
      let expected = try result(of: central).state(central).state
      for (place, (a, b)) in zip(actual.values, expected.values).enumerated() {
        #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "\(tracks), value \(place)")
      }
      #expect(actual.counters == expected.counters)
      // Without joint statistics in any one layer it is another step.
      var plain = federated
      plain.norm = central.norm
      let other = try result(of: plain).state(plain).state
      #expect(zip(other.values, expected.values).contains { abs($0 - $1) > 1e-3 })
    }
  }

  /// Two clients of two examples on one normalized value, worked out by hand.
  @Test("two clients on a layer without running statistics give the numbers of the formula") func byHand() throws {
    // Values far apart, so that the clients' own statistics would say nothing of the class.
    let source = PairExamples(values: [[0, 2], [10, 14]], labels: [[0, 1], [1, 0]])
    let network = try Network(
      input: [1], layers: [BatchNorm(name: "bn", track: false), Dense(name: "fc", units: 2)])
    var initial = ModelState(initial: network.layout, seed: 1)
    func place(_ name: String) throws -> Int { try #require(network.layout.tensor(name)).range.lowerBound }
    let (weight, bias) = (try place("fc.weight"), try place("fc.bias"))
    (initial.values[weight], initial.values[weight + 1]) = (1, -1)
    (initial.values[bias], initial.values[bias + 1]) = (0, 0)
    let configuration = RunConfiguration(
      arm: "a", seed: 1, rounds: 1,
      dataset: try FederatedDataset(
        source: source, partitioner: ByDomain(), trainPerClient: nil, testPerClient: nil, seed: 1),
      network: network, initialState: initial, norm: Named("fedtan", FedTAN()), optimizer: SGD(learningRate: 1),
      work: LocalWork(batchSize: 2, amount: .steps(1), shuffle: false))
    let state = try result(of: configuration).state(configuration).state

    // μ and σ² of all four values, then ∂L/∂(Wx̂ + b) of the mean cross entropy.
    let values = [0.0, 2, 10, 14]
    let labels = [0, 1, 1, 0]
    let mean = values.reduce(0, +) / 4
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4
    let normal = values.map { ($0 - mean) / (variance + 1e-5).squareRoot() }
    var gradient = (weight0: 0.0, bias0: 0.0, gamma: 0.0, beta: 0.0)
    for (x, label) in zip(normal, labels) {
      // The logits are x and −x.
      let first = exponential(x) / (exponential(x) + exponential(-x)) - (label == 0 ? 1 : 0)
      gradient.weight0 += first * x / 4
      gradient.bias0 += first / 4
      // Back through W = (1, −1): ∂L/∂y = 2·first.
      gradient.beta += 2 * first / 4
      gradient.gamma += 2 * first * x / 4
    }
    func near(_ value: Float, _ expected: Double) -> Bool { abs(Double(value) - expected) <= 1e-5 }
    #expect(near(state.values[weight], 1 - gradient.weight0) && near(state.values[weight + 1], -1 + gradient.weight0))
    #expect(near(state.values[bias], -gradient.bias0) && near(state.values[bias + 1], gradient.bias0))
    #expect(near(state.values[try place("bn.weight")], 1 - gradient.gamma))
    #expect(near(state.values[try place("bn.bias")], -gradient.beta))
  }

  private func exponential(_ x: Double) -> Double {
    var (sum, term) = (1.0, 1.0)
    for k in 1..<60 {
      term *= x / Double(k)
      sum += term
    }
    return sum
  }

  @Test("its layers send 4C values each way, tracked or not", arguments: tracks)
  func bytes(tracks: [Bool]) throws {
    let network = try Self.network(tracks, convolution: true)
    func record(_ norm: any NormPolicy) throws -> RoundRecord {
      let configuration = try Self.configuration(network, sizes: [12, 9], convolution: true, norm: norm)
      return try #require(result(of: configuration).rounds.last)
    }
    let (with, without) = (
      try record(FedTAN()), try record(NormMatrix(affine: .averaged, statistics: .averaged))
    )
    // Two clients, layers of 4 and 6 channels.
    #expect(with.bytesUp - without.bytesUp == 2 * 4 * 40 && with.bytesDown - without.bytesDown == 2 * 4 * 40)
    let sent = FedTAN().match(network)
    let averaged = NormMatrix(affine: .averaged, statistics: .averaged).match(network)
    #expect(zip(sent, averaged).map { $0.valuesSent - $1.valuesSent } == [16, 24])
    #expect(sent.map(\.statistics) == tracks.map { $0 ? "averaged" : "none" })
  }

  @Test(
    "the bits do not depend on threads, and a checkpoint goes on to them", arguments: [[false, false], [true, false]])
  func bits(tracks: [Bool]) throws {
    let network = try Self.network(tracks, convolution: true)
    let configuration = try Self.configuration(
      network, sizes: [12, 9, 20], convolution: true, norm: FedTAN(), rounds: 3)
    let whole = try result(of: configuration, threads: 1)
    #expect(whole.outcome == .finished)
    let other = try result(of: configuration, threads: 4)
    #expect(whole.rounds == other.rounds && whole.checkpoints == other.checkpoints)
    let resumed = try result(of: configuration, from: whole.checkpoints[0])
    #expect(resumed.checkpoints == Array(whole.checkpoints.dropFirst()))
  }

  @Test("statistics of clients far from zero are those of the union", arguments: [Float(0), 1000, 10_000])
  func farFromZero(mean: Float) throws {
    let source = PairExamples(
      values: [(0..<40).map { mean + Float($0 * 7 % 40) / 20 }, (0..<24).map { mean + 3 + Float($0 * 5 % 24) / 20 }],
      labels: [(0..<40).map { Int32($0 % 2) }, (0..<24).map { Int32($0 % 2) }])
    let all = source.values.flatMap { $0 }.map(Double.init)
    let center = all.reduce(0, +) / 64
    let variance = all.reduce(0) { $0 + ($1 - center) * ($1 - center) } / 64
    for norm in ["fedtan", "recalibrated"] {
      let network = try Network(
        input: [1],
        layers: [BatchNorm(name: "bn", convention: .keras, momentum: .fixed(0)), Dense(name: "fc", units: 2)])
      let configuration = RunConfiguration(
        arm: "a", seed: 1, rounds: 1,
        dataset: try FederatedDataset(
          source: source, partitioner: ByDomain(), trainPerClient: nil, testPerClient: nil, seed: 1),
        network: network, norm: Named(norm, try normCatalog.make(norm)), optimizer: SGD(learningRate: 0.1),
        work: LocalWork(batchSize: 64, amount: .steps(1), shuffle: false))
      let state = try result(of: configuration).state(configuration).state
      let found = state.values[try #require(network.layout.tensor("bn.running_var")).range.lowerBound]
      #expect(abs(Double(found) / variance - 1) <= 3e-7, "\(norm): \(found), of the union \(variance)")
    }
  }
}

/// Clients with the values and labels that are said, the same for training and testing.
private struct PairExamples: ExampleSource {
  let values: [[Float]]
  let labels: [[Int32]]
  var sampleShape: Shape { [1] }
  var classCount: Int { 2 }
  var domains: [String] { values.indices.map { "d\($0)" } }

  func exampleCount(domain: Int, split: DataSplit) -> Int? {
    split == .validation ? 0 : values[domain].count
  }
  func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    labels[Int(reference.domain)][Int(reference.index)]
  }
  func write(_ references: ArraySlice<ExampleReference>, split: DataSplit, into target: UnsafeMutablePointer<Float>) {
    for (place, reference) in references.enumerated() {
      target[place] = values[Int(reference.domain)][Int(reference.index)]
    }
  }
}

import Datasets
import Networks
import Records
import TestSupport
import Testing

@testable import Federation

/// What each norm policy must give exactly, beside the contracts that all keep.
@Suite("norm policies")
struct NormPolicyTests {
  private func configuration(
    _ norm: any NormPolicy, _ examples: ShiftedExamples = .four, rounds: Int = 1, network: Network? = nil,
    optimizer: any Optimizer = SGD(learningRate: 0.05), work: LocalWork? = nil, weighting: Weighting = .samples
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 7, rounds: rounds, dataset: try examples.dataset(),
      network: try network ?? ExampleNetworks.dense(), norm: Named("n", norm), optimizer: optimizer,
      work: work ?? LocalWork(batchSize: 8, amount: .epochs(2), shuffle: false), weighting: weighting,
      recording: Recording(checkpointEvery: 1))
  }

  private func states(_ run: RunResult) throws -> [ModelState] {
    try run.checkpoints.map { try ExportedState($0, client: nil).state }
  }

  private func union(_ examples: ShiftedExamples) -> (mean: [Double], variance: [Double]) {
    let channels = examples.sampleShape.count
    var columns = [[Double]](repeating: [], count: channels)
    for client in examples.keys.indices {
      for (place, value) in examples.trainValues(ofDomain: client).enumerated() {
        columns[place % channels].append(Double(value))
      }
    }
    let means = columns.map { $0.reduce(0, +) / Double($0.count) }
    return (
      means,
      zip(columns, means).map { column, mean in
        column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(column.count)
      }
    )
  }

  /// Batch normalization directly on the data, so that statistics do not depend on weights.
  private func onData() throws -> Network {
    try Network(input: [5], layers: [BatchNorm(name: "bn1"), Dense(name: "fc1", units: 3)])
  }

  private func statistics(_ state: ModelState, _ network: Network) -> (mean: [Double], variance: [Double]) {
    let layer = network.layout.trackedLayers[0]
    let values = state.values[network.layout.statisticsRange].map(Double.init)
    return (
      Array(values[layer.mean..<(layer.mean + layer.channels)]),
      Array(values[layer.variance..<(layer.variance + layer.channels)])
    )
  }

  // MARK: FixBN

  @Test(
    "fixbn: after T* statistics are constant and clients train with them", arguments: [(0.5, 2), (0.0, 0), (0.25, 1)])
  func fixedStatistics(share: Double, last: Int) throws {
    let examples = ShiftedExamples(keys: [3], trainCounts: [29], testCounts: [5])
    let configuration = try configuration(FixBN(.share(share)), examples, rounds: 4)
    let run = try result(of: configuration)
    let initial = ModelState(initial: configuration.network.layout, seed: configuration.seed)
    let all = [initial] + (try states(run))
    let range = configuration.network.layout.statisticsRange
    for round in 1...4 {
      #expect((all[round].values[range] == all[round - 1].values[range]) == (round > last))
      #expect((all[round].counters == all[round - 1].counters) == (round > last))
    }
    let plain = try locallyTrained(configuration, client: 0, from: initial, rounds: last)
    let running = PassMode(isTraining: true, statistics: .running)
    let frozen = try locallyTrained(configuration, client: 0, from: plain, rounds: 4 - last, mode: running)
    #expect(all[4] == frozen)
    #expect(frozen != (try locallyTrained(configuration, client: 0, from: plain, rounds: 4 - last)))
  }

  @Test("fixbn: dropout stays active, and batches of one are trained on, once statistics are frozen")
  func fixedStatisticsAndDropout() throws {
    func weights(_ rate: Float) throws -> [Float] {
      var layers: [any Layer] = [Dense(name: "fc1", units: 6), BatchNorm(name: "bn1"), ReLU()]
      if rate > 0 { layers.append(Dropout(rate: rate)) }
      let network = try Network(input: [5], layers: layers + [Dense(name: "fc2", units: 3)])
      let dropping = try configuration(FixBN(.share(0)), network: network)
      return try result(of: dropping).state(dropping).state.values
    }
    #expect(try weights(0.5) != weights(0))
    #expect(try weights(0.5) == weights(0.5))
    let rounds = try result(of: configuration(FixBN(.round(1)), rounds: 2, work: LocalWork(batchSize: 8))).rounds
    // 17 and 9 examples end in a batch of one.
    #expect(rounds[1].participations.map(\.skippedBatches) == [0, 1, 0, 1])
    #expect(rounds[2].participations.map(\.skippedBatches) == [0, 0, 0, 0])
    #expect(rounds[2].participations.map(\.steps) == [3, 3, 4, 2])
    // Statistics leave no client any more: 2·(6 + 4) values and two counters.
    #expect(rounds[1].bytesUp - rounds[2].bytesUp == 4 * (4 * 20 + 8 * 2))
  }

  // MARK: FedTAN

  @Test("fedtan: one step is the centralised step on the union", arguments: [[12, 12, 12], [6, 15, 9]])
  func jointStep(sizes: [Int]) throws {
    let conv = try Network(
      input: [4, 4, 2],
      layers: [
        Conv2D(name: "conv1", filters: 4, kernel: [3, 3], padding: .same), BatchNorm(name: "bn1"), ReLU(),
        MaxPool2D(kernel: [2, 2]), Flatten(), Dense(name: "fc1", units: 6), BatchNorm(name: "bn2"), ReLU(),
        Dense(name: "fc2", units: 3),
      ])
    var examples = ShiftedExamples(keys: [1, 2, 5], trainCounts: sizes, testCounts: [4, 4, 4])
    examples.sampleShape = [4, 4, 2]
    let work = LocalWork(batchSize: 64, amount: .steps(1), shuffle: false)
    let optimizer = SGD(learningRate: 0.5)
    let federated = try configuration(FedTAN(), examples, network: conv, optimizer: optimizer, work: work)
    let run = try result(of: federated)
    let actual = try run.state(federated).state

    let dataset = try FederatedDataset(
      source: examples, partitioner: IID(clients: 1), trainPerClient: nil, testPerClient: nil, seed: 1)
    var central = federated
    central.dataset = dataset
    central.norm = Named("fedavg", NormMatrix(affine: .averaged, statistics: .averaged))
    #expect(dataset.trainCount(0) == sizes.reduce(0, +))
    let expected = try result(of: central).state(central).state
    for (place, (a, b)) in zip(actual.values, expected.values).enumerated() {
      #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "value \(place)")
    }
    #expect(actual.counters == expected.counters)
    // Without joint statistics it is another step.
    var plain = federated
    plain.norm = central.norm
    let other = try result(of: plain).state(plain).state
    #expect(zip(other.values, expected.values).contains { abs($0 - $1) > 1e-3 })
    // Two normalization layers of 4 and 6 channels: 4·10 values each way beside what fedavg sends.
    let without = try #require(result(of: plain).rounds.last)
    let with = try #require(run.rounds.last)
    #expect(with.bytesUp - without.bytesUp == 3 * 4 * 40 && with.bytesDown - without.bytesDown == 3 * 4 * 40)
  }

  @Test("fedtan: a client without a batch takes no part, and later steps are local")
  func jointStepOfSome() throws {
    let examples = ShiftedExamples(keys: [1, 2, 5], trainCounts: [20, 1, 12], testCounts: [4, 4, 4])
    let run = try result(of: configuration(FedTAN(), examples, rounds: 2, work: LocalWork(batchSize: 8)))
    #expect(run.outcome == .finished)
    #expect(run.rounds.last?.participations.map(\.outcome) == [.reported, .untrained, .reported])
    #expect(run.rounds.last?.participations.map(\.steps) == [3, 0, 2])
    let lonely = ShiftedExamples(keys: [1], trainCounts: [1], testCounts: [4])
    let failed = try result(of: configuration(FedTAN(), lonely))
    #expect(failed.outcome == .failed("round 1: none of the 1 clients had a batch to train on"))
  }

  // MARK: Hybrid

  /// What `hbn` is with nothing of the batch, or nothing but it.
  private struct Measured: NormPolicy {
    let source: PassMode.Statistics
    var exchange: NormExchange { NormExchange(statisticsRate: 0.1) }
    var affine: NormTreatment { .averaged }
    var statistics: NormTreatment { .recalibrated }
    func phase(inRound round: Int, of rounds: Int) -> NormPhase { NormPhase(.recalibrated, NormTraining(source)) }
  }

  @Test("hbn: a = 1 is batch normalization on batch statistics, a = 0 on global ones")
  func hybridEnds() throws {
    for (mix, source) in [(1.0, PassMode.Statistics.batch), (0, .running)] {
      let hybrid = try configuration(
        HybridBN(mix: mix), rounds: 3, work: LocalWork(batchSize: 8, lastBatch: .drop))
      let plain = try configuration(
        Measured(source: source), rounds: 3, work: LocalWork(batchSize: 8, lastBatch: .drop))
      let (a, b) = (try result(of: hybrid).state(hybrid).state, try result(of: plain).state(plain).state)
      let layout = hybrid.network.layout
      #expect(layout.mixingRange.count == 10 && plain.network.layout.mixingRange.isEmpty)
      let without = Array(a.values[..<layout.mixingRange.lowerBound]) + a.values[layout.statisticsRange]
      #expect(largestDifference(without, b.values) <= (mix == 1 ? 0 : 1e-4))
    }
  }

  @Test("hbn: global statistics follow the measured ones at the rate")
  func hybridRate() throws {
    let work = LocalWork(batchSize: 8)
    let configuration = try configuration(HybridBN(rate: 0.25), rounds: 2, network: try onData(), work: work)
    let all = try states(result(of: configuration))
    let expected = union(.four)
    for (round, kept) in [(0, 0.75), (1, 0.75 * 0.75)] {
      let (mean, variance) = statistics(all[round], configuration.network)
      for channel in 0..<5 {
        #expect(abs(mean[channel] - (1 - kept) * expected.mean[channel]) <= 1e-6)
        #expect(abs(variance[channel] - (kept + (1 - kept) * expected.variance[channel])) <= 1e-5)
      }
    }
  }

  @Test("hbn: each client learns its own mix, and the server has none")
  func hybridMix() throws {
    let configuration = try configuration(HybridBN(), rounds: 2)
    let run = try result(of: configuration)
    let range = configuration.network.layout.mixingRange
    let own = try (0..<4).map { Array(try run.state(configuration, client: $0).state.values[range]) }
    #expect(Set(own).count == 4 && own.joined().allSatisfy { $0 != 0 && abs($0) < 1 })
    #expect(try run.state(configuration).state.values[range].allSatisfy { $0 == 0 })
    #expect(run.rounds.last?.evaluations.map(\.normSource) == [.global, .global, .global, .global])
  }

  // MARK: Recalibration

  @Test("recalibrated: statistics are those of the union in one pass", arguments: [nil, 1000] as [Int?])
  func recalibrated(batches: Int?) throws {
    let policy = NormMatrix(affine: .averaged, statistics: .recalibrated, recalibrationBatches: batches)
    let configuration = try configuration(policy, network: try onData(), work: LocalWork(batchSize: 8))
    let (mean, variance) = statistics(try result(of: configuration).state(configuration).state, configuration.network)
    let expected = union(.four)
    for channel in 0..<5 {
      #expect(abs(mean[channel] - expected.mean[channel]) <= 1e-6 * max(1, abs(expected.mean[channel])))
      #expect(abs(variance[channel] - expected.variance[channel]) <= 1e-6 * expected.variance[channel])
    }
  }

  @Test("recalibrated: of k batches, those are measured, other ones in each round; training is not touched")
  func recalibratedInPart() throws {
    let one = try configuration(
      NormMatrix(affine: .averaged, statistics: .recalibrated, recalibrationBatches: 1), rounds: 2,
      network: try onData())
    let plain = try configuration(
      NormMatrix(affine: .averaged, statistics: .averaged), rounds: 2, network: try onData())
    let (measured, averaged) = (try states(result(of: one)), try states(result(of: plain)))
    let layout = one.network.layout
    #expect(
      measured.map { $0.values[..<layout.trainableCount] } == averaged.map { $0.values[..<layout.trainableCount] })
    #expect(measured[0].values[layout.statisticsRange] != measured[1].values[layout.statisticsRange])
    let expected = union(.four)
    let (mean, variance) = statistics(measured[1], one.network)
    for channel in 0..<5 {
      #expect(abs(mean[channel] - expected.mean[channel]) <= expected.variance[channel].squareRoot())
      #expect(
        variance[channel] > 0.2 * expected.variance[channel] && variance[channel] < 5 * expected.variance[channel])
    }
    // Who measures the model must have it again: 5·3 weights, 3 biases, γ and β.
    let down = try (result(of: one).rounds[1].bytesDown, result(of: plain).rounds[1].bytesDown)
    #expect(down.0 - down.1 == 4 * 4 * (18 + 10))
  }

  // MARK: Global statistics

  @Test("fbn: global statistics follow the union's at the rate")
  func followingStatistics() throws {
    let configuration = try configuration(
      FBN(rate: 0.25), rounds: 2, network: try onData(), work: LocalWork(batchSize: 8, amount: .epochs(3)))
    let all = try states(result(of: configuration))
    let expected = union(.four)
    for (round, kept) in [(0, 0.75), (1, 0.75 * 0.75)] {
      let (mean, variance) = statistics(all[round], configuration.network)
      for channel in 0..<5 {
        #expect(abs(mean[channel] - (1 - kept) * expected.mean[channel]) <= 1e-6)
        #expect(abs(variance[channel] - (kept + (1 - kept) * expected.variance[channel])) <= 1e-5)
      }
    }
    #expect(all.last?.counters == [0])
  }

  @Test("frozen: nothing changes statistics, and with frozen γ and β nothing changes those", arguments: [true, false])
  func frozen(affine: Bool) throws {
    for optimizer in [
      SGD(learningRate: 0.05), SGD(learningRate: 0.05, momentum: 0.9, weightDecay: 0.1), Adam(learningRate: 0.01),
    ] as [any Optimizer] {
      let configuration = try configuration(
        NormMatrix(affine: affine ? .frozen : .averaged, statistics: .frozen), rounds: 2, optimizer: optimizer)
      let run = try result(of: configuration)
      let layout = configuration.network.layout
      let initial = ModelState(initial: layout, seed: configuration.seed)
      for client in [nil, 0, 3] as [Int?] {
        let state = try run.state(configuration, client: client).state
        #expect(state.values[layout.statisticsRange] == initial.values[layout.statisticsRange])
        #expect(state.counters == initial.counters)
        #expect((state.values[layout.affineRange] == initial.values[layout.affineRange]) == affine)
        #expect(state.values[..<layout.weightCount] != initial.values[..<layout.weightCount])
      }
      // γ and β, where they travel; statistics never.
      #expect(run.rounds[1].bytesUp == 4 * 4 * (layout.weightCount + (affine ? 0 : layout.affineCount)))
      #expect(configuration.norm.component.match(configuration.network).allSatisfy { $0.valuesKept == 0 })
    }
  }

  @Test("drop: weights are fedavg's, statistics begin anew in each round")
  func dropped() throws {
    let (dropped, plain) = (
      try configuration(NormMatrix(affine: .averaged, statistics: .dropped), rounds: 3),
      try configuration(NormMatrix(affine: .averaged, statistics: .averaged), rounds: 3)
    )
    let run = try result(of: dropped)
    let (a, b) = (try run.state(dropped).state, try result(of: plain).state(plain).state)
    let layout = dropped.network.layout
    #expect(a.values[..<layout.trainableCount] == b.values[..<layout.trainableCount])
    let initial = ModelState(initial: layout, seed: dropped.seed)
    #expect(a.values[layout.statisticsRange] == initial.values[layout.statisticsRange])
    #expect(a.counters == initial.counters)
    #expect(try run.state(dropped, client: 2).state == a)
    // Each client's statistics after a round are of that round alone: drift does not grow with the rounds.
    #expect(run.rounds[3].participations[0].bytesUp == 4 * layout.trainableCount)
  }

  @Test("local-affine: γ and β as under fedbn, statistics as under fedavg or pooled")
  func localAffine() throws {
    for statistics in [NormTreatment.averaged, .pooled] {
      let local = try configuration(NormMatrix(affine: .local, statistics: statistics))
      let shared = try configuration(NormMatrix(affine: .averaged, statistics: statistics))
      let bn = try configuration(NormMatrix(affine: .local, statistics: .local))
      let runs = try [local, shared, bn].map { try result(of: $0) }
      let layout = local.network.layout
      let range = layout.statisticsRange
      #expect(try runs[0].state(local).state.values[range] == runs[1].state(shared).state.values[range])
      for client in 0..<4 {
        let (a, b) = (try runs[0].state(local, client: client).state, try runs[2].state(bn, client: client).state)
        #expect(a.values[layout.affineRange] == b.values[layout.affineRange])
        #expect(a.values[..<layout.weightCount] == b.values[..<layout.weightCount])
        #expect(a.values[range] != b.values[range])
      }
    }
  }

  @Test("where local steps leave running statistics alone, drift is that of the batches they saw")
  func driftOfBatches() throws {
    for norm in [NormMatrix(affine: .averaged, statistics: .frozen), HybridBN(), FBN(), FixBN(.share(0))]
      as [any NormPolicy]
    {
      let configuration = try configuration(norm, network: try onData(), work: LocalWork(batchSize: 64))
      let drift = try #require(try result(of: configuration).rounds.last)
      let clients = try (0..<4).map { client in
        union(
          ShiftedExamples(
            keys: [ShiftedExamples.four.keys[client]], trainCounts: [[24, 17, 30, 9][client]], testCounts: [1]))
      }
      let all = union(.four)
      var expected = 0.0
      for channel in 0..<5 {
        for (client, weight) in zip(clients, [24.0, 17, 30, 9]) {
          let distance = client.mean[channel] - all.mean[channel]
          expected += weight / 80 * distance * distance / all.variance[channel] / 5
        }
      }
      let share = try #require(drift.layerDrift.first).betweenShare
      #expect(abs(share - expected) <= 1e-6)
      #expect(drift.normDrift.allSatisfy { ($0.meanShift ?? 0) > 0.01 })
    }
  }

  // MARK: FedAP

  @Test("fedap: each client's weights are the mix of the cohort's", arguments: [Weighting.samples, .uniform])
  func personalWeights(weighting: Weighting) throws {
    for own in [0.5, 1, 0.2] {
      let configuration = try configuration(FedAP(own: own), weighting: weighting)
      let run = try result(of: configuration)
      let layout = configuration.network.layout
      let initial = ModelState(initial: layout, seed: configuration.seed)
      let trained = try (0..<4).map { try locallyTrained(configuration, client: $0, from: initial) }
      for client in 0..<4 {
        let actual = try run.state(configuration, client: client).state
        #expect(actual.values[layout.normalizationRange] == trained[client].values[layout.normalizationRange])
        // By hand: distances of all layers' channels.
        let nearness = (0..<4).map { other -> Double in
          if other == client { return 0 }
          var distance = 0.0
          for layer in layout.trackedLayers {
            var squares = 0.0
            for channel in 0..<layer.channels {
              func value(_ state: ModelState, _ place: Int) -> Double {
                Double(state.values[layout.trainableCount + place + channel])
              }
              let mean = value(trained[client], layer.mean) - value(trained[other], layer.mean)
              let spread =
                value(trained[client], layer.variance).squareRoot()
                - value(trained[other], layer.variance).squareRoot()
              squares += mean * mean + spread * spread
            }
            distance += squares.squareRoot()
          }
          return 1 / distance
        }
        let sum = nearness.reduce(0, +)
        for place in 0..<layout.weightCount {
          var expected = own * Double(trained[client].values[place])
          for other in 0..<4 where other != client {
            expected += (1 - own) * nearness[other] / sum * Double(trained[other].values[place])
          }
          #expect(abs(Double(actual.values[place]) - expected) <= 1e-6)
        }
      }
      #expect(run.rounds[1].bytesUp == 4 * 4 * (layout.weightCount + layout.statisticsRange.count))
    }
  }

  @Test("fedap: equal clients share evenly, and one client is alone")
  func evenMix() throws {
    let layout = try ExampleNetworks.dense().layout
    let same = [Float](repeating: 1, count: layout.statisticsRange.count)
    #expect(Mixing(own: 0.4).mixture(of: [same], layout) == [[1]])
    let rows = Mixing(own: 0.4).mixture(of: [same, same, same], layout)
    #expect(
      rows.indices.allSatisfy { row in
        rows[row].indices.allSatisfy { abs(rows[row][$0] - (row == $0 ? 0.4 : 0.3)) < 1e-12 }
      })
    var far = same
    far[0] = 3
    let uneven = Mixing(own: 0.5).mixture(of: [same, same, far], layout)
    #expect(uneven[0][1] > 0.4999 && uneven[0][2] < 1e-6 && abs(uneven[2][0] - 0.25) < 1e-12)
  }

  // MARK: The match report

  @Test("the match report counts what leaves a client and what stays")
  func matchReport() throws {
    let network = try ExampleNetworks.dense()
    let expected: [(name: String, affine: String, statistics: String, sent: [Int], kept: [Int])] = [
      ("fedavg", "averaged", "averaged", [25, 17], [0, 0]), ("pooled", "averaged", "pooled", [25, 17], [0, 0]),
      ("fedbn", "local", "local", [0, 0], [25, 17]), ("silobn", "averaged", "local", [12, 8], [13, 9]),
      ("local-affine", "local", "averaged", [13, 9], [12, 8]), ("fixbn", "averaged", "averaged", [25, 17], [0, 0]),
      ("fedtan", "averaged", "averaged", [49, 33], [0, 0]), ("hbn", "averaged", "recalibrated", [25, 17], [6, 4]),
      ("fbn", "averaged", "pooled", [25, 17], [0, 0]), ("recalibrated", "averaged", "recalibrated", [25, 17], [0, 0]),
      ("drop", "averaged", "dropped", [12, 8], [0, 0]), ("frozen", "averaged", "frozen", [12, 8], [0, 0]),
      ("fedap", "local", "local", [12, 8], [25, 17]), ("matrix", "averaged", "averaged", [25, 17], [0, 0]),
    ]
    #expect(expected.map(\.name) == normCatalog.names)
    for row in expected {
      let report = try normCatalog.make(row.name).match(network)
      #expect(report.map(\.layer) == ["bn1", "bn2"] && report.allSatisfy { $0.kind == "batch_norm" })
      #expect(report.allSatisfy { $0.affine == row.affine && $0.statistics == row.statistics }, "\(row.name)")
      #expect(report.map(\.valuesSent) == row.sent && report.map(\.valuesKept) == row.kept, "\(row.name)")
    }
  }

  @Test("a policy that treats statistics does not go with layers that keep none")
  func nothingMatched() throws {
    let network = try Network(
      input: [5], layers: [Dense(units: 6), GroupNorm(name: "gn1", groups: 2), Dense(units: 3)])
    for name in normCatalog.names {
      let policy = try normCatalog.make(name)
      let treatsAffine = policy.affine != .averaged
      let isPlain = !policy.isSpecial
      #expect((policy.mismatch(network) == nil) == (treatsAffine || isPlain), "\(name)")
    }
    #expect(
      try normCatalog.make("fedtan").mismatch(network)
        == "it normalizes over the batches of all clients, and the model's normalization layers (group_norm) normalize over no batch"
    )
    // Whenever it freezes.
    for freeze in [FixBN.Freeze.share(0), .share(0.5), .share(0.9), .round(1), .round(40)] {
      #expect(
        FixBN(freeze).mismatch(network)
          == "it treats running statistics, and the model's normalization layers (group_norm) keep none", "\(freeze)")
    }
  }
}

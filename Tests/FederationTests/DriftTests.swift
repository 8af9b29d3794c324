import Foundation
import Networks
import Records
import TestSupport
import Testing

@testable import Federation

@Suite("drift and update measures")
struct DriftTests {
  private static func isNear(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
    a.map { abs($0 - b) <= tolerance * max(1, abs(b)) } ?? false
  }

  /// Two clients of weights ¼ and ¾ whose pooled statistics are round numbers: channel 0 has μ 2.5, σ² 2, channel 1 μ
  /// 0, σ² 4.
  @Test("all measures of two clients and two channels, by hand")
  func byHand() throws {
    let network = try Network(input: [2], layers: [Dense(name: "fc1", units: 2), BatchNorm(name: "n")])
    let layout = network.layout
    let start = layout.normalizationRange.lowerBound
    func normalization(_ values: [String: [Float]]) throws -> [Float] {
      var result = [Float](repeating: 0, count: layout.normalizationRange.count)
      for (name, numbers) in values {
        let tensor = try #require(layout.tensor("n.\(name)"))
        for (place, number) in zip(tensor.range, numbers) { result[place - start] = number }
      }
      return result
    }
    var first = ClientResult(client: 3, samples: 1)
    first.observed = try normalization([
      "weight": [1, 2], "bias": [0, 1], "running_mean": [1, 0], "running_var": [2, 1],
    ])
    var second = ClientResult(client: 8, samples: 3)
    second.observed = try normalization([
      "weight": [1, 6], "bias": [4, 1], "running_mean": [3, 0], "running_var": [1, 5],
    ])
    let drift = Drift(network: network).measure([(first, 0.25), (second, 0.75)])
    try #require(drift.clients.map(\.client) == [3, 8] && drift.clients.allSatisfy { $0.layer == "n" })
    let (a, b) = (drift.clients[0], drift.clients[1])
    let root = 2.0.squareRoot()
    #expect(Self.isNear(a.meanShift, (1.5 / root + 0) / 2))
    #expect(Self.isNear(b.meanShift, (0.5 / root + 0) / 2))
    #expect(Self.isNear(a.varianceLogRatio, (0 + log(4)) / 2))
    #expect(Self.isNear(b.varianceLogRatio, (log(2) + log(1.25)) / 2))
    let firstParts: [Double] = [(2 + 2.25) / 4 - 0.5, log(2.0) + 1.0 / 8 - 0.5]
    let secondParts: [Double] = [log(root) + (1 + 0.25) / 4 - 0.5, log(2 / 5.0.squareRoot()) + 5.0 / 8 - 0.5]
    let divergences = [firstParts, secondParts].map { ($0[0] + $0[1]) / 2 }
    #expect(Self.isNear(a.kl, divergences[0]))
    #expect(Self.isNear(b.kl, divergences[1]))
    #expect(Self.isNear(a.w2, (2.25 + 0 + 0 + 1).squareRoot()))
    let spreads = [1 - root, 5.0.squareRoot() - 2]
    let squares: Double = 0.25 + spreads[0] * spreads[0] + spreads[1] * spreads[1]
    #expect(Self.isNear(b.w2, squares.squareRoot()))
    // Means of (γ, β) are (1, 5) and (3, 1).
    #expect(Self.isNear(a.affineDistance, (9.0 + 9).squareRoot()))
    #expect(Self.isNear(b.affineDistance, (1.0 + 1).squareRoot()))
    #expect(drift.layers.map(\.layer) == ["n"])
    #expect(Self.isNear(drift.layers[0].betweenShare, 0.375 / 2))
    #expect(Self.isNear(drift.layers[0].meanKL, (divergences[0] + divergences[1]) / 2))
    #expect(Self.isNear(drift.layers[0].maxKL, divergences.max() ?? 0))
  }

  @Test("layers without statistics have no statistical measures, layers without γ and β no affine one")
  func missingParts() throws {
    let network = try Network(
      input: [4],
      layers: [
        GroupNorm(name: "g", groups: 2), BatchNorm(name: "b", center: false, scale: false),
        LayerNorm(center: false, scale: false),
      ])
    var result = ClientResult(client: 0, samples: 1)
    result.observed = Array(ModelState(initial: network.layout, seed: 1).values[network.layout.normalizationRange])
    let drift = Drift(network: network).measure([(result, 1)])
    #expect(drift.clients.map(\.layer) == ["g", "b"])
    #expect(drift.clients[0].kl == nil && drift.clients[0].meanShift == nil && drift.clients[0].affineDistance == 0)
    #expect(drift.clients[1].affineDistance == nil && drift.clients[1].kl == 0 && drift.clients[1].w2 == 0)
    #expect(drift.layers.map(\.layer) == ["b"])
    #expect(drift.layers[0].betweenShare == 0)
  }

  @Test("a variance of zero makes no measure infinite")
  func constantChannel() throws {
    let network = try Network(input: [1], layers: [BatchNorm(name: "b")])
    let results = [Float(0), 5].map { mean -> (result: ClientResult, weight: Double) in
      var result = ClientResult(client: Int(mean), samples: 1)
      result.observed = [1, 0, mean, 0]
      return (result, 0.5)
    }
    let drift = Drift(network: network).measure(results)
    #expect(drift.clients.allSatisfy { ($0.kl ?? .nan).isFinite && ($0.varianceLogRatio ?? .nan).isFinite })
    #expect(Self.isNear(drift.layers[0].betweenShare, 1))
  }

  // MARK: Updates

  @Test("update norms and cosines are those of the trained states", arguments: ["fedavg", "fedbn", "silobn", "hbn"])
  func updates(norm: String) throws {
    let configuration = RunConfiguration(
      arm: "a", seed: 3, rounds: 1, dataset: try ShiftedExamples.four.dataset(), network: try ExampleNetworks.dense(),
      norm: Named(norm, try normCatalog.make(norm)), optimizer: SGD(learningRate: 0.1),
      work: LocalWork(batchSize: 8, amount: .epochs(2), shuffle: false))
    let layout = configuration.network.layout
    let initial = ModelState(initial: layout, seed: 3)
    let updates = try (0..<4).map { client -> [Double] in
      let mode = norm == "hbn" ? PassMode(isTraining: true, statistics: .mixed) : .training
      let state = try locallyTrained(configuration, client: client, from: initial, mode: mode)
      return (0..<layout.trainableCount).map { Double(state.values[$0]) - Double(initial.values[$0]) }
    }
    let round = try #require(try result(of: configuration).rounds.last)
    let shared = layout.weightCount + (norm == "fedbn" ? 0 : layout.affineCount)
    let weights = ShiftedExamples.four.trainCounts.map { Double($0) / 80 }
    let mean = (0..<shared).map { place in zip(updates, weights).reduce(0) { $0 + $1.0[place] * $1.1 } }
    func dot(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for (part, update) in zip(round.participations, updates) {
      #expect(Self.isNear(part.updateNorm, dot(update, update).squareRoot(), 1e-6))
      let own = update.prefix(shared)
      let cosine = dot(own, mean) / (dot(own, own) * dot(mean, mean)).squareRoot()
      #expect(Self.isNear(part.updateCosine, cosine, 1e-5))
    }
  }

  @Test("a sketch that is folded keeps cosines to its standard error")
  func sketches() {
    #expect(UpdateSketch.size(values: 79, cohort: 5) == 79)
    #expect(UpdateSketch.size(values: 14_000_000, cohort: 5) == 1 << 21)
    #expect(UpdateSketch.size(values: 0, cohort: 5) == 1)
    #expect(UpdateSketch.size(values: 100, cohort: 10_000_000) == 1)
    #expect(UpdateSketch.cosines([], mean: []).isEmpty)
    #expect(UpdateSketch.cosines([[0, 0], [0, 0]], mean: [0, 0]) == [nil, nil])
    #expect(UpdateSketch.cosines([[1, 0], [0, 0]], mean: [0.5, 0]) == [1, nil])
    #expect(UpdateSketch.cosines([[1, 0], [-1, 0]], mean: [0, 0]) == [nil, nil])
    #expect(UpdateSketch.cosines([[1, 0], [-3, 0]], mean: [-1, 0]) == [-1, 1])
  }

  // MARK: Rows

  @Test("bytes are four a shared value and eight a shared counter")
  func bytes() throws {
    // 79 weights and biases, 20 γ and β, 20 statistics, 2 counters.
    for (norm, expected) in [("fedavg", 492), ("pooled", 492), ("fedbn", 316), ("silobn", 396)] {
      let configuration = RunConfiguration(
        arm: "a", seed: 3, rounds: 2, dataset: try ShiftedExamples.four.dataset(), network: try ExampleNetworks.dense(),
        norm: Named(norm, try normCatalog.make(norm)), work: LocalWork(batchSize: 8))
      let round = try #require(try result(of: configuration).rounds.last)
      #expect(round.participations.allSatisfy { $0.bytesUp == expected && $0.bytesDown == expected })
      #expect(round.bytesUp == 4 * expected && round.bytesDown == 4 * expected)
      // The report counts a counter as one value.
      let report = configuration.description.normLayers
      #expect(report.reduce(0) { $0 + $1.valuesSent + $1.valuesKept } == 42)
      let counters = norm.hasSuffix("bn") ? 0 : 2
      #expect(4 * (79 + report.reduce(0) { $0 + $1.valuesSent } - counters) + 8 * counters == expected)
    }
  }

  @Test("staleness counts from the round a client last trained in; operations and samples add up")
  func staleness() throws {
    let configuration = RunConfiguration(
      arm: "a", seed: 3, rounds: 12, dataset: try ShiftedExamples.four.dataset(), network: try ExampleNetworks.dense(),
      work: LocalWork(batchSize: 8, amount: .epochs(2)), cohort: UniformCohort(.count(2)))
    var last: [Int: Int] = [:]
    for round in try result(of: configuration).rounds.dropFirst() {
      #expect(round.participations.count == 2)
      var seen = 0
      for part in round.participations {
        #expect(part.staleness == last[part.client].map { round.round - $0 })
        last[part.client] = round.round
        // The 17 and 9 examples of clients 1 and 3 leave a batch of one, which has no variance.
        let skipped = [0, 2, 0, 2][part.client]
        #expect(part.skippedBatches == skipped)
        seen += 2 * part.samples - skipped
      }
      #expect(round.flops == seen * configuration.network.trainingFLOPs)
    }
    #expect(last.count == 4)
  }

  @Test("the description has each client's domain, sizes and labels")
  func description() throws {
    let examples = ShiftedExamples.four
    let configuration = RunConfiguration(
      arm: "a", seed: 3, rounds: 1, dataset: try examples.dataset(), network: try ExampleNetworks.dense())
    for (client, record) in configuration.description.clients.enumerated() {
      var histogram = [0, 0, 0]
      for index in 0..<examples.trainCounts[client] { histogram[(index + Int(examples.keys[client])) % 3] += 1 }
      #expect(
        record
          == ClientRecord(
            client: client, domain: examples.domains[client], trainSamples: examples.trainCounts[client],
            testSamples: examples.testCounts[client], labelHistogram: histogram, name: examples.domains[client]))
    }
  }
}

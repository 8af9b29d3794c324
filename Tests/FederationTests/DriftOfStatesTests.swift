import Foundation
import Networks
import Records
import Testing

@testable import Federation

/// What is recorded of drift, against the states that clients really had.
@Suite("drift of trained states")
struct DriftOfStatesTests {
  /// A policy, and whether its statistics are the client's own.
  static let norms = ["fedavg", "pooled", "fedbn", "silobn"]

  private func isNear(_ a: Double?, _ b: Double, _ tolerance: Double) -> Bool {
    a.map { abs($0 - b) <= tolerance * max(1, abs(b)) } ?? false
  }

  private func numbers(_ name: String, _ state: ModelState, _ layout: StateLayout) -> [Double]? {
    layout.tensor(name).map { state.values[$0.range].map(Double.init) }
  }

  /// The measures of ALGORITHMS by their equations, written down without the engine's loops.
  private func expected(_ layer: String, _ states: [ModelState], _ weights: [Double], _ layout: StateLayout)
    -> (clients: [NormDriftRecord], share: Double?)
  {
    let affine = states.map { state in
      (numbers("\(layer).weight", state, layout) ?? []) + (numbers("\(layer).bias", state, layout) ?? [])
    }
    let centre = affine[0].indices.map { place in zip(affine, weights).reduce(0) { $0 + $1.0[place] * $1.1 } }
    var records = affine.enumerated().map { client, values in
      NormDriftRecord(
        client: client, layer: layer, meanShift: nil, varianceLogRatio: nil, kl: nil, w2: nil,
        affineDistance: zip(values, centre).reduce(0) { $0 + pow($1.0 - $1.1, 2) }.squareRoot())
    }
    let means = states.compactMap { numbers("\(layer).running_mean", $0, layout) }
    let variances = states.compactMap { numbers("\(layer).running_var", $0, layout) }
    guard !means.isEmpty else { return (records, nil) }
    let channels = means[0].indices
    // By second moments, not by squared distances.
    let mean = channels.map { c in zip(means, weights).reduce(0) { $0 + $1.0[c] * $1.1 } }
    let within = channels.map { c in zip(variances, weights).reduce(0) { $0 + $1.0[c] * $1.1 } }
    let between = channels.map { c in
      zip(means, weights).reduce(0) { $0 + $1.0[c] * $1.0[c] * $1.1 } - mean[c] * mean[c]
    }
    let sigma = channels.map { (within[$0] + between[$0]).squareRoot() }
    let count = Double(channels.count)
    for client in records.indices {
      let (m, v) = (means[client], variances[client])
      records[client].meanShift = channels.reduce(0) { $0 + abs(m[$1] - mean[$1]) / sigma[$1] } / count
      records[client].varianceLogRatio = channels.reduce(0) { $0 + abs(log(v[$1]) - 2 * log(sigma[$1])) } / count
      records[client].kl =
        channels.reduce(0) { sum, c in
          sum + log(sigma[c] / v[c].squareRoot()) + (v[c] + pow(m[c] - mean[c], 2)) / (2 * sigma[c] * sigma[c]) - 0.5
        } / count
      records[client].w2 =
        channels.reduce(0) { $0 + pow(m[$1] - mean[$1], 2) + pow(v[$1].squareRoot() - sigma[$1], 2) }.squareRoot()
    }
    return (records, channels.reduce(0) { $0 + between[$1] / (sigma[$1] * sigma[$1]) } / count)
  }

  @Test("the record of two rounds is that of the states that the clients trained to", arguments: norms)
  func measures(norm: String) throws {
    let network = try Network(
      input: [5],
      layers: [
        Dense(name: "fc1", units: 6), BatchNorm(name: "tracked"), ReLU(), Dense(name: "fc2", units: 4),
        GroupNorm(name: "grouped", groups: 2), ReLU(), Dense(name: "fc3", units: 4),
        BatchNorm(name: "untracked", track: false), Dense(name: "fc4", units: 3),
      ])
    let configuration = RunConfiguration(
      arm: "a", seed: 3, rounds: 2, dataset: try ShiftedExamples.four.dataset(), network: network,
      norm: Named(norm, try normCatalog.make(norm)), optimizer: SGD(learningRate: 0.1),
      work: LocalWork(batchSize: 8, amount: .epochs(2), shuffle: false), recording: Recording(checkpointEvery: 1))
    let run = try result(of: configuration)
    let weights = ShiftedExamples.four.trainCounts.map { Double($0) / 80 }
    let initial = ModelState(initial: network.layout, seed: 3)
    for round in 1...2 {
      let record = run.rounds[round]
      let states = try (0..<4).map { client in
        let start =
          round == 1 ? initial : try ExportedState(try #require(run.checkpoints.first), client: client).state
        return try locallyTrained(configuration, client: client, from: start)
      }
      #expect(record.layerDrift.map(\.layer) == ["tracked"])
      #expect(Set(record.normDrift.map(\.layer)) == ["tracked", "grouped", "untracked"])
      for layer in ["tracked", "grouped", "untracked"] {
        let truth = expected(layer, states, weights, network.layout)
        let recorded = record.normDrift.filter { $0.layer == layer }
        for (a, b) in zip(recorded, truth.clients) {
          #expect(a.client == b.client)
          for (measure, value) in [
            (a.meanShift, b.meanShift), (a.varianceLogRatio, b.varianceLogRatio), (a.kl, b.kl), (a.w2, b.w2),
            (a.affineDistance, b.affineDistance),
          ] {
            if let value { #expect(isNear(measure, value, 1e-6)) } else { #expect(measure == nil) }
          }
          #expect((a.effectiveMomentum == nil) == (layer != "tracked"))
        }
        if let share = truth.share { #expect(isNear(record.layerDrift[0].betweenShare, share, 1e-6)) }
      }
    }
  }

  // MARK: Effective momentum

  /// A layer and the weight of a new batch in it, nil for cumulative.
  struct Case: Sendable, CustomTestStringConvertible {
    let layer: BatchNorm
    let newShare: Double?
    var testDescription: String { "\(layer.convention) \(layer.momentum)" }
  }

  static let cases = [
    Case(layer: BatchNorm(name: "n"), newShare: 0.1),
    Case(layer: BatchNorm(name: "n", momentum: .fixed(0.3)), newShare: 0.3),
    Case(layer: BatchNorm(name: "n", convention: .keras), newShare: 0.01),
    Case(layer: BatchNorm(name: "n", convention: .keras, momentum: .fixed(0.8)), newShare: 0.2),
    Case(layer: BatchNorm(name: "n", momentum: .cumulative), newShare: nil),
  ]

  /// All inputs are 0 and so are the batches' means: what is left of a running mean that was 1 is what is older than
  /// the round.
  @Test("is what is left of the running mean when the batches bring zeros", arguments: cases, ["fedbn", "fedavg"])
  func effectiveMomentum(example: Case, norm: String) throws {
    var examples = ShiftedExamples.four
    examples.magnitude = 0
    let network = try Network(input: [5], layers: [example.layer, Dense(name: "fc1", units: 3)])
    let mean = try #require(network.layout.tensor("n.running_mean")).range.lowerBound
    var start = ModelState(initial: network.layout, seed: 3)
    for place in mean..<(mean + 5) { start.values[place] = 1 }
    start.counters = [7]
    let configuration = RunConfiguration(
      arm: "a", seed: 3, rounds: 3, dataset: try examples.dataset(), network: network, initialState: start,
      norm: Named(norm, try normCatalog.make(norm)), work: LocalWork(batchSize: 8, amount: .epochs(2)),
      recording: Recording(checkpointEvery: 1))
    let run = try result(of: configuration)
    #expect(run.outcome == .finished)
    let weights = examples.trainCounts.map { Double($0) / 80 }
    var before = [Double](repeating: 1, count: 4)
    var seen = [7, 7, 7, 7]
    for round in 1...3 {
      let record = run.rounds[round]
      let checkpoint = run.checkpoints[run.checkpoints.count - 4 + round]
      let after = try (0..<4).map {
        Double(try ExportedState(checkpoint, client: $0).state.values[mean])
      }
      let shares = try record.normDrift.map { try #require($0.effectiveMomentum) }
      // Batches of a single example, of clients 1 and 3, are passed over.
      let batches = record.participations.map(\.steps)
      #expect(batches == [6, 4, 8, 2])
      for client in 0..<4 {
        let share =
          example.newShare.map { pow(1 - $0, Double(batches[client])) }
          ?? Double(seen[client]) / Double(seen[client] + batches[client])
        #expect(isNear(shares[client], share, 1e-14))
      }
      if norm == "fedbn" {
        for client in 0..<4 { #expect(isNear(after[client] / before[client], shares[client], 1e-5)) }
        seen = zip(seen, batches).map(+)
      } else {
        #expect(isNear(after[0], zip(weights, shares).reduce(0) { $0 + $1.0 * $1.1 * before[0] }, 1e-5))
        // The largest counter of the cohort is kept.
        seen = [Int](repeating: seen[0] + 8, count: 4)
      }
      before = after
    }
  }

  @Test("is 1 where local steps leave the running statistics alone")
  func untouchedStatistics() throws {
    func ages(_ norm: String) throws -> [[Double?]] {
      let configuration = RunConfiguration(
        arm: "a", seed: 3, rounds: 2, dataset: try ShiftedExamples.four.dataset(), network: try ExampleNetworks.dense(),
        norm: Named(norm, try normCatalog.make(norm)), work: LocalWork(batchSize: 8))
      return try result(of: configuration).rounds.dropFirst().map { $0.normDrift.map(\.effectiveMomentum) }
    }
    #expect(try ages("frozen").allSatisfy { $0 == [Double?](repeating: 1, count: 8) })
    // The statistics are frozen after half of the rounds.
    let fixed = try ages("fixbn")
    #expect(fixed[0].allSatisfy { $0.map { $0 < 1 } ?? false })
    #expect(fixed[1] == [Double?](repeating: 1, count: 8))
  }

  @Test("is nil for layers that keep no statistics, and 1 without a batch")
  func effectiveMomentumAtTheEdges() {
    #expect(BatchNorm(track: false).effectiveMomentum(earlier: 3, batches: 4) == nil)
    for layer in [BatchNorm(), BatchNorm(momentum: .cumulative), BatchNorm(convention: .keras)] {
      #expect(layer.effectiveMomentum(earlier: 0, batches: 0) == 1)
    }
    #expect(BatchNorm(momentum: .cumulative).effectiveMomentum(earlier: 0, batches: 5) == 0)
    #expect(BatchNorm(momentum: .fixed(0)).effectiveMomentum(earlier: 0, batches: 5) == 1)
    #expect(BatchNorm(momentum: .fixed(1)).effectiveMomentum(earlier: 9, batches: 1) == 0)
    #expect(BatchNorm(convention: .keras, momentum: .fixed(0)).effectiveMomentum(earlier: 9, batches: 1) == 0)
  }

  @Test("a client that comes back after its rest starts from its own counters")
  func partialParticipation() throws {
    let network = try Network(
      input: [5], layers: [BatchNorm(name: "n", momentum: .cumulative), Dense(name: "fc1", units: 3)])
    let configuration = RunConfiguration(
      arm: "a", seed: 3, rounds: 9, dataset: try ShiftedExamples.four.dataset(), network: network,
      norm: Named("fedbn", try normCatalog.make("fedbn")), work: LocalWork(batchSize: 8),
      cohort: UniformCohort(.count(2)))
    var seen = [0, 0, 0, 0]
    for record in try result(of: configuration).rounds.dropFirst() {
      for (part, drift) in zip(record.participations, record.normDrift) {
        #expect(part.client == drift.client)
        let total = seen[part.client] + part.steps
        #expect(isNear(drift.effectiveMomentum, Double(seen[part.client]) / Double(total), 1e-14))
        seen[part.client] = total
      }
    }
    #expect(seen.allSatisfy { $0 > 0 })
  }
}

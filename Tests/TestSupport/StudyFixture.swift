internal import Foundation
package import Records
package import RunStore

/// A database of an experiment whose numbers a test chooses.
package final class StudyFixture: Sendable {
  /// The database, open for writing.
  package let store: RunStore
  private let folder: URL

  /// Makes an empty database, which is removed with the value.
  package init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("covey-study-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    store = try RunStore(path: folder.appendingPathComponent("covey.sqlite").path, access: .readWrite)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What an experiment is like.
  package struct Shape: Sendable {
    /// The experiment's name.
    package var name = "study"
    /// The arms' names.
    package var arms = ["fedavg", "fedbn"]
    /// The arms that are bounds.
    package var bounds: [String: Bound] = [:]
    /// The seeds that each arm has.
    package var seeds: [UInt64] = [1, 2, 3]
    /// The rounds behind round 0.
    package var rounds = 6
    /// The number of clients.
    package var clients = 4
    /// The normalization layers' names.
    package var layers = ["bn1", "bn2"]
    /// The domains, which clients have in turn; none is no domain at all.
    package var domains = ["ink", "chalk"]
    /// Whether rounds are evaluated.
    package var hasEvaluations = true
    /// Whether the clients are recorded.
    package var isRecorded = true
    /// The number of labels.
    package var labels = 3
    /// What replaces a value: loss, accuracy and drift pass through it.
    package var twist: @Sendable (Double) -> Double = { $0 }
    /// Runs that fail after three rounds, as arm and seed.
    package var failing: [String] = []
    /// Runs that go on.
    package var isRunning = false
    /// The last rounds of runs that were interrupted, by arm and seed.
    package var interrupted: [String: Int] = [:]
    /// Who has an evaluation after training in a round.
    package var trained: @Sendable (_ round: Int) -> [Int] = { _ in [] }
    /// Simulated seconds of a round of the first arm, the double of the second and so on; nil is no clock.
    package var secondsPerRound: Double?
    /// Whether drift is recorded in a round.
    package var drifts: @Sendable (_ round: Int) -> Bool = { _ in true }

    /// Makes a shape of two arms, three seeds, six rounds and four clients.
    package init() {}
  }

  /// Writes an experiment, and returns its runs' numbers.
  @discardableResult
  package func add(_ shape: Shape) throws -> [Int64] {
    let record = ExperimentRecord(
      name: shape.name, scenario: "name: \(shape.name)\narms: []\n", scenarioHash: "5ce0", baseDirectory: "/data")
    let descriptions = shape.arms.flatMap { arm in
      shape.seeds.map { seed in
        RunDescription(
          arm: arm, strategy: "fedavg", norm: "fedavg", seed: seed, roundsPlanned: shape.rounds,
          clients: shape.isRecorded ? (0..<shape.clients).map { client($0, shape) } : [],
          normLayers: shape.layers.map {
            NormLayerRecord(
              layer: $0, kind: "batch_norm", affine: "averaged", statistics: "averaged", valuesSent: 8, valuesKept: 0)
          }, bound: shape.bounds[arm] ?? .none)
      }
    }
    let ids = try store.begin(record, runs: descriptions, threads: 2, host: "here", version: "1.0").runs
    for (index, id) in ids.enumerated() {
      let arm = index / shape.seeds.count
      let seed = shape.seeds[index % shape.seeds.count]
      let fails = shape.failing.contains("\(shape.arms[arm]) \(seed)")
      let last = shape.interrupted["\(shape.arms[arm]) \(seed)"]
      for round in 0...(fails ? min(3, shape.rounds) : last ?? shape.rounds) {
        try store.append(
          self.round(round, arm: arm, seed: seed, shape), checkpoint: nil, keeping: .all, toRun: id)
      }
      if fails {
        try store.finish(run: id, status: .failed, error: "the loss is not a number")
      } else if last != nil {
        try store.finish(run: id, status: .interrupted, error: nil)
      } else if !shape.isRunning {
        try store.finish(run: id, status: .finished, error: nil)
      }
    }
    return ids
  }

  private func client(_ number: Int, _ shape: Shape) -> ClientRecord {
    ClientRecord(
      client: number, domain: shape.domains.isEmpty ? "" : shape.domains[number % shape.domains.count],
      trainSamples: 100 + number, testSamples: 20, labelHistogram: (0..<shape.labels).map { 10 * $0 + number })
  }

  private func round(_ round: Int, arm: Int, seed: UInt64, _ shape: Shape) -> RoundRecord {
    var record = RoundRecord(round: round, cohortSize: shape.clients, reported: shape.clients, seconds: 0.5)
    if round > 0, shape.bounds[shape.arms[arm]] == nil {
      record.bytesUp = 1_000_000
      record.bytesDown = 2_000_000
      record.simulatedSeconds = shape.secondsPerRound.map { $0 * Double(arm + 1) }
      record.trainLoss = shape.twist(2 / Double(round + arm + 1))
    }
    for client in 0..<shape.clients {
      let progress = Double(round) / Double(shape.rounds + 1)
      let value = 0.1 + 0.6 * progress + 0.05 * Double(arm) - 0.01 * Double(client) + 0.01 * Double(seed % 10)
      if shape.hasEvaluations {
        var evaluation = EvaluationRecord(
          subject: .client, client: client, model: .personal, normSource: .own, phase: .afterAggregation,
          split: .test, samples: 20, subsetHash: "ab\(client)", loss: shape.twist(2 - value),
          accuracy: shape.twist(min(1, value)))
        let right = (20 * max(0, min(1, value))).rounded()
        evaluation.counts["confusion"] = [[0, 0, right], [0, 1, 20 - right]]
        evaluation.counts["calibration"] = [[6, 12, 5, 5.5], [13, 8, right / 4, 7]]
        record.evaluations.append(evaluation)
      }
      if shape.trained(round).contains(client) {
        record.evaluations.append(
          EvaluationRecord(
            subject: .client, client: client, model: .personal, normSource: .own, phase: .afterTraining,
            split: .test, samples: 20, subsetHash: "ab\(client)", loss: 2 - value, accuracy: min(1, value)))
      }
      if round == 0 || !shape.drifts(round) { continue }
      for layer in shape.layers {
        record.normDrift.append(
          NormDriftRecord(
            client: client, layer: layer, meanShift: value, varianceLogRatio: value, kl: shape.twist(value / 7),
            w2: value, affineDistance: value))
      }
    }
    if round > 0, shape.drifts(round) {
      record.layerDrift = shape.layers.map {
        LayerDriftRecord(layer: $0, betweenShare: shape.twist(0.2), meanKL: shape.twist(0.1), maxKL: 0.5)
      }
    }
    return record
  }
}

import Foundation
import Records
import RunStore

/// A folder that goes away with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("covey-store-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  func file(_ name: String = "covey.sqlite") -> String { path + "/" + name }
}

/// A store in a folder of its own, with what tests do most.
struct TestStore {
  let folder: TemporaryFolder
  let store: RunStore

  init() throws {
    folder = try TemporaryFolder()
    store = try RunStore(path: folder.file(), access: .readWrite)
  }

  /// Begins an experiment of one run.
  func beginRun(_ description: RunDescription = Samples.run()) throws -> Int64 {
    try store.begin(Samples.experiment(), runs: [description], threads: 2, host: "here", version: "1.0").runs[0]
  }

  /// Begins a run and gives it rounds; those whose number `checkpointEvery` divides have a checkpoint.
  func run(rounds: ClosedRange<Int>, checkpointEvery: Int = 1) throws -> Int64 {
    let id = try beginRun()
    for round in rounds {
      let checkpoint = round % checkpointEvery == 0 ? Samples.checkpoint(round) : nil
      try store.append(Samples.round(round), checkpoint: checkpoint, keeping: .all, toRun: id)
    }
    return id
  }

  /// The one number that `sql` selects.
  func number(_ sql: String) throws -> Int? { try store.select(sql).first?.first.flatMap { $0 }.flatMap { Int($0) } }
}

/// Records whose values all differ.
enum Samples {
  static func evaluation(client: Int, accuracy: Double?, loss: Double = 1) -> EvaluationRecord {
    EvaluationRecord(
      subject: .client, client: client, model: .personal, normSource: .own, phase: .afterAggregation, split: .test,
      samples: 20, subsetHash: "ab", loss: loss, accuracy: accuracy)
  }

  static func experiment(_ name: String = "digits") -> ExperimentRecord {
    ExperimentRecord(
      name: name, scenario: "name: \(name)\n", scenarioHash: RunStore.sha256(of: "name: \(name)\n"),
      baseDirectory: "/data/ä b")
  }

  static func run(arm: String = "fedbn", seed: UInt64 = 7, clients: Int = 3) -> RunDescription {
    RunDescription(
      arm: arm, strategy: "fedavg", norm: "fedbn", seed: seed, roundsPlanned: 40,
      clients: (0..<clients).map {
        ClientRecord(
          client: $0, domain: "domain \($0)", trainSamples: 100 + $0, testSamples: 20 + $0, labelHistogram: [$0, 3, 5],
          name: "site \($0)", group: "g", validationSamples: 5 + $0, shiftLevels: [0.25, nil])
      },
      normLayers: [
        NormLayerRecord(
          layer: "norm2", kind: "batch_norm", affine: "local", statistics: "local", valuesSent: 0, valuesKept: 64),
        NormLayerRecord(
          layer: "norm1", kind: "group_norm", affine: "averaged", statistics: "none", valuesSent: 32, valuesKept: 0),
      ], classNames: ["no", "yes", "?"], hashes: DataHashes(data: "d0", split: "s0"))
  }

  static func round(_ round: Int, clients: Int = 3) -> RoundRecord {
    var record = RoundRecord(round: round, cohortSize: clients, reported: clients - 1, seconds: 1.5 + Double(round))
    record.bytesUp = 1000 + round
    record.bytesDown = 2000 + round
    record.flops = 1 << 40 + round
    record.simulatedSeconds = 60.25 + Double(round)
    record.trainLoss = 1 / Double(round + 3)
    record.trainAccuracy = 1 - 1 / Double(round + 2)
    record.measures = ["learning_rate": 0.1 / Double(round + 1)]
    for client in 0..<clients {
      let value = 1 / (1 + Double(client) + 0.1 * Double(round))
      record.participations.append(
        ParticipationRecord(
          client: client, samples: 100 + client, steps: 4, skippedBatches: client, trainLoss: value,
          trainAccuracy: value / 2,
          updateNorm: value / 3, updateCosine: -value / 4, bytesUp: 300, bytesDown: 400,
          outcome: client == 0 ? .untrained : .reported, staleness: client + 1, turn: round + 1,
          baseVersion: max(0, round - 1), lag: client == 0 ? nil : client, startedAt: 60 * Double(round) + value,
          arrivedAt: client == 0 ? nil : 60 * Double(round + 1) - value,
          measures: client == 0 ? [:] : ["learning_rate": value / 11]))
      var evaluation = EvaluationRecord(
        subject: .client, client: client, model: .personal, normSource: .own, phase: .afterAggregation, split: .test,
        samples: 20 + client, subsetHash: "ab\(client)", loss: value * 2, accuracy: value / 5,
        measures: ["macro_f1": value / 7, "roc_auc": client == 1 ? nil : value, "recall[\"é\"]": 1])
      evaluation.counts["confusion"] = [[0, 1, Double(client + 1)]]
      record.evaluations.append(evaluation)
      for layer in ["norm1", "norm2"] {
        record.normDrift.append(
          NormDriftRecord(
            client: client, layer: layer, meanShift: value, varianceLogRatio: value / 6, kl: value / 7, w2: value / 8,
            affineDistance: value / 9, effectiveMomentum: value / 10))
      }
    }
    record.layerDrift = [
      LayerDriftRecord(layer: "norm1", betweenShare: 0.25, meanKL: 0.125, maxKL: 0.5),
      LayerDriftRecord(layer: "norm2", betweenShare: 0.75, meanKL: 0.375, maxKL: 1.5),
    ]
    return record
  }

  static func checkpoint(_ round: Int) -> CheckpointRecord {
    CheckpointRecord(round: round, state: (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 3 + round) })
  }
}

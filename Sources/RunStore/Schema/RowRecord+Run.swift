internal import Foundation
internal import GRDB
internal import Records

extension ExperimentRecord: RowRecord {
  static let table = "experiments"
  static let key: [String] = []
  static let columns = ["name", "scenario", "scenario_hash", "base_directory"]

  var values: [(any DatabaseValueConvertible)?] { [name, scenario, scenarioHash, baseDirectory] }

  init(_ row: RowValues) throws {
    self.init(
      name: try row.required(0), scenario: try row.required(1), scenarioHash: try row.required(2),
      baseDirectory: try row.required(3))
  }
}

extension ClientRecord: RowRecord {
  static let table = "clients"
  static let key = ["client"]
  static let columns = [
    "client", "domain", "train_samples", "test_samples", "label_histogram", "name", "group_name", "validation_samples",
    "shift_levels",
  ]

  var values: [(any DatabaseValueConvertible)?] {
    let histogram = "[" + labelHistogram.map(String.init).joined(separator: ",") + "]"
    return [
      client, domain, trainSamples, testSamples, histogram, name, group, validationSamples, shiftLevelsText,
    ]
  }

  init(_ row: RowValues) throws {
    let histogram: String = try row.required(4)
    guard let labelHistogram = try? JSONDecoder().decode([Int].self, from: Data(histogram.utf8)),
      labelHistogram.allSatisfy((0...RowValues.largestCount).contains)
    else {
      throw row.damage(4)
    }
    let levels: String = try row.required(8)
    guard let shiftLevels = try? JSONDecoder().decode([Double?].self, from: Data(levels.utf8)) else {
      throw row.damage(8)
    }
    self.init(
      client: try row.required(0), domain: try row.required(1), trainSamples: try row.required(2),
      testSamples: try row.required(3), labelHistogram: labelHistogram, name: try row.required(5),
      group: try row.required(6), validationSamples: try row.required(7), shiftLevels: shiftLevels)
  }
}

extension NormLayerRecord: RowRecord {
  static let table = "norm_layers"
  static let key = ["layer"]
  static let columns = ["layer", "kind", "affine", "statistics", "values_sent", "values_kept"]

  var values: [(any DatabaseValueConvertible)?] { [layer, kind, affine, statistics, valuesSent, valuesKept] }

  init(_ row: RowValues) throws {
    self.init(
      layer: try row.required(0), kind: try row.required(1), affine: try row.required(2),
      statistics: try row.required(3),
      valuesSent: try row.required(4), valuesKept: try row.required(5))
  }
}

extension StoredRun {
  /// Selects runs with the columns that `init(_:)` takes; a condition may follow.
  static let selection = """
    SELECT runs.id, experiment_id, experiments.name, arm, strategy, norm, seed, status, rounds_planned, rounds_done,
      started_at, finished_at, version, threads, host, error, result_hash, process, \(Schema.instructionSets),
      data_hash, split_hash, class_names, bound, stop_reason
    FROM runs JOIN experiments ON experiments.id = experiment_id
    """

  init(_ row: RowValues) throws {
    let status: RunStatus = try row.word(7)
    let process = ProcessIdentity(try row.required(17))
    let id: Int64 = try row.required(0)
    let names: String? = try row.optional(21)
    let classNames = names.map { try? JSONDecoder().decode([String].self, from: Data($0.utf8)) }
    if let classNames, classNames == nil { throw row.damage(21) }
    self.init(
      id: id, experimentID: try row.required(1), experiment: try row.required(2),
      arm: try row.required(3),
      strategy: try row.required(4), norm: try row.required(5), seed: UInt64(bitPattern: try row.required(6)),
      status: status, roundsPlanned: try row.required(8), roundsDone: try row.required(9),
      startedAt: try row.required(10),
      finishedAt: try row.optional(11), version: try row.required(12), threads: try row.required(13),
      host: try row.required(14), error: try row.optional(15), resultHash: try row.optional(16),
      isAlive: status == .running && process?.isComputing(run: id, of: row.path) == true,
      instructionSet: try row.optional(18),
      hashes: DataHashes(data: try row.optional(19), split: try row.optional(20)), classNames: classNames ?? nil,
      bound: try row.word(22), stopReason: try row.optionalWord(23))
  }
}

extension InputRecord: RowRecord {
  static let table = "inputs"
  static let key = ["position"]
  static let columns = ["kind", "name", "sha256"]

  var values: [(any DatabaseValueConvertible)?] { [kind.rawValue, name, sha256] }

  init(_ row: RowValues) throws {
    self.init(kind: try row.word(0), name: try row.required(1), sha256: try row.required(2))
  }
}

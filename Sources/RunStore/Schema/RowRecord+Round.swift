internal import GRDB
internal import Records

extension RoundRecord: RowRecord {
  static let table = "rounds"
  static let key = ["round"]
  static let columns = [
    "round", "cohort_size", "reported", "train_loss", "train_accuracy", "bytes_up", "bytes_down", "flops", "seconds",
    "simulated_seconds", "measures",
  ]

  var values: [(any DatabaseValueConvertible)?] {
    [
      round, cohortSize, reported, trainLoss, trainAccuracy, bytesUp, bytesDown, flops, seconds, simulatedSeconds,
      measures.text,
    ]
  }

  /// Reads the round's own row, without its records.
  init(_ row: RowValues) throws {
    self.init(
      round: try row.required(0), cohortSize: try row.required(1), reported: try row.required(2),
      seconds: try row.required(8))
    trainLoss = try row.optional(3)
    trainAccuracy = try row.optional(4)
    bytesUp = try row.amount(5)
    bytesDown = try row.amount(6)
    flops = try row.amount(7)
    simulatedSeconds = try row.optional(9)
    measures = try row.measures(10)
  }
}

extension ParticipationRecord: RowRecord {
  static let table = "participations"
  static let key = ["client", "turn"]
  static let columns = [
    "client", "samples", "steps", "skipped_batches", "train_loss", "train_accuracy", "update_norm", "update_cosine",
    "bytes_up", "bytes_down", "outcome", "staleness", "turn", "base_version", "lag", "started_at", "arrived_at",
    "measures",
  ]

  var values: [(any DatabaseValueConvertible)?] {
    [
      client, samples, steps, skippedBatches, trainLoss, trainAccuracy, updateNorm, updateCosine, bytesUp, bytesDown,
      outcome.rawValue, staleness, turn, baseVersion, lag, startedAt, arrivedAt, measures.text,
    ]
  }

  init(_ row: RowValues) throws {
    self.init(
      client: try row.required(0), samples: try row.required(1), steps: try row.required(2),
      skippedBatches: try row.required(3), trainLoss: try row.optional(4), trainAccuracy: try row.optional(5),
      updateNorm: try row.optional(6), updateCosine: try row.optional(7), bytesUp: try row.amount(8),
      bytesDown: try row.amount(9), outcome: try row.word(10), staleness: try row.optional(11),
      turn: try row.required(12), baseVersion: try row.optional(13), lag: try row.optional(14),
      startedAt: try row.optional(15), arrivedAt: try row.optional(16), measures: try row.measures(17))
  }
}

extension EvaluationRecord: RowRecord {
  static let table = "evaluations"
  static let key = ["subject", "client", "model", "norm_source", "phase", "split"]
  static let columns = [
    "subject", "client", "model", "norm_source", "phase", "split", "samples", "subset_hash", "loss", "accuracy",
    "measures", "counts",
  ]

  var values: [(any DatabaseValueConvertible)?] {
    [
      subject.rawValue, client, model.rawValue, normSource.rawValue, phase.rawValue, split.rawValue, samples,
      subsetHash, loss, accuracy, measures.text, counts.text,
    ]
  }

  init(_ row: RowValues) throws {
    self.init(
      subject: try row.word(0), client: try row.client(1), model: try row.word(2), normSource: try row.word(3),
      phase: try row.word(4), split: try row.word(5), samples: try row.required(6), subsetHash: try row.required(7),
      loss: try row.number(8), accuracy: try row.optional(9), measures: try row.measures(10),
      counts: try row.counts(11))
  }
}

extension RowValues {
  /// Numbers by the names of their measures.
  func measures(_ index: Int) throws -> MeasureValues {
    let text: String = try required(index)
    guard let values = try? MeasureValues(text: text) else { throw damage(index) }
    return values
  }

  /// Rows of counts by the names of their measures.
  fileprivate func counts(_ index: Int) throws -> MeasureCounts {
    let text: String = try required(index)
    guard let counts = try? MeasureCounts(text: text),
      counts.numbers.allSatisfy({ (0...Double(Self.largestCount)).contains($0) })
    else { throw damage(index) }
    return counts
  }
}

extension NormDriftRecord: RowRecord {
  static let table = "norm_drift"
  static let key = ["client", "layer"]
  static let columns = [
    "client", "layer", "mean_shift", "variance_log_ratio", "kl", "w2", "affine_distance", "effective_momentum",
  ]

  var values: [(any DatabaseValueConvertible)?] {
    [client, layer, meanShift, varianceLogRatio, kl, w2, affineDistance, effectiveMomentum]
  }

  init(_ row: RowValues) throws {
    self.init(
      client: try row.required(0), layer: try row.required(1), meanShift: try row.optional(2),
      varianceLogRatio: try row.optional(3), kl: try row.optional(4), w2: try row.optional(5),
      affineDistance: try row.optional(6), effectiveMomentum: try row.optional(7))
  }
}

extension LayerDriftRecord: RowRecord {
  static let table = "layer_drift"
  static let key = ["layer"]
  static let columns = ["layer", "between_share", "mean_kl", "max_kl"]

  var values: [(any DatabaseValueConvertible)?] { [layer, betweenShare, meanKL, maxKL] }

  init(_ row: RowValues) throws {
    self.init(
      layer: try row.required(0), betweenShare: try row.number(1), meanKL: try row.number(2), maxKL: try row.number(3))
  }
}

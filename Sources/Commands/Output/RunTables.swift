internal import Records
internal import RunStore
internal import Tables

/// Everything that is recorded of a run up to the last round that it had when it was looked up.
struct RunTables {
  /// The number of rounds that are read at once.
  private static let piece = 1000

  let store: RunStore
  let run: StoredRun

  /// The names of the measures that the run recorded, of which those of single classes have a table of their own.
  private let recordedMeasures: [String]
  private var measures: [String] { recordedMeasures.filter { !$0.hasSuffix("]") } }

  /// Looks up what the tables of a run are to have.
  ///
  /// - Throws: `StoreError`.
  init(store: RunStore, run: StoredRun) throws {
    self.store = store
    self.run = run
    recordedMeasures = try store.measureNames(runs: [run.id])
  }

  /// All tables, the small ones first.
  var all: [RunTable] {
    [
      inputs, clients, normLayers, rounds, participations, evaluations, classMeasures, confusions, normDrift,
      layerDrift,
    ]
  }

  private var recorded: ClosedRange<Int> { 0...max(0, run.roundsDone) }

  private var inputs: RunTable {
    RunTable(name: "inputs", columns: [.words("kind"), .words("name"), .words("sha256")]) { row in
      for input in try store.inputs(runs: [run.id])[run.id]?.records ?? [] {
        try row([.text(input.kind.rawValue), .text(input.name), .text(input.sha256)])
      }
    }
  }

  private var clients: RunTable {
    RunTable(
      name: "clients",
      columns: [
        Table.Column("client"), .words("domain"), Table.Column("train_samples"), Table.Column("test_samples"),
        .words("label_histogram"), .words("name"), .words("group_name"), Table.Column("validation_samples"),
        .words("shift_levels"),
      ]
    ) { row in
      try store.forEachClient(run: run.id) {
        try row([
          .integer($0.client), .text($0.domain), .integer($0.trainSamples), .integer($0.testSamples),
          .text("[" + $0.labelHistogram.map(String.init).joined(separator: ",") + "]"), .text($0.name),
          .text($0.group), .integer($0.validationSamples), .text($0.shiftLevelsText),
        ])
      }
    }
  }

  private var normLayers: RunTable {
    RunTable(
      name: "norm_layers",
      columns: [
        .words("layer"), .words("kind"), .words("affine"), .words("statistics"), Table.Column("values_sent"),
        Table.Column("values_kept"), Table.Column("position"),
      ]
    ) { row in
      for (position, layer) in try store.normLayers(run: run.id).enumerated() {
        try row([
          .text(layer.layer), .text(layer.kind), .text(layer.affine), .text(layer.statistics),
          .integer(layer.valuesSent), .integer(layer.valuesKept), .integer(position),
        ])
      }
    }
  }

  private var rounds: RunTable {
    let keys = [
      "round", "cohort_size", "reported", "train_loss", "train_accuracy", "bytes_up", "bytes_down", "flops", "seconds",
      "simulated_seconds", "mean_accuracy", "sample_weighted_accuracy", "worst_accuracy", "bottom_decile_accuracy",
      "mean_loss", "evaluated_clients", "untested_clients",
    ]
    return RunTable(name: "rounds", columns: (keys + measures).map { Table.Column($0) }) { row in
      try forEachRound { round in
        try row(
          Self.cells(round)
            + measures.map { .number(round.measures[$0]?.mean ?? round.roundMeasures[$0] ?? nil, digits: 4) })
      }
    }
  }

  private static func cells(_ round: RoundRow) -> [Cell] {
    [
      .integer(round.round), .integer(round.cohortSize), .integer(round.reported), .number(round.trainLoss, digits: 4),
      .number(round.trainAccuracy, digits: 4), .integer(round.bytesUp), .integer(round.bytesDown),
      .integer(round.flops), .number(round.seconds, digits: 3), .number(round.simulatedSeconds, digits: 3),
      .number(round.meanAccuracy, digits: 4), .number(round.sampleWeightedAccuracy, digits: 4),
      .number(round.worstAccuracy, digits: 4), .number(round.bottomDecileAccuracy, digits: 4),
      .number(round.meanLoss, digits: 4), .integer(round.evaluatedClients), .integer(round.untestedClients),
    ]
  }

  /// Calls `body` with the rounds in ascending order.
  ///
  /// - Throws: `StoreError`; what `body` throws.
  func forEachRound(_ body: (RoundRow) throws -> Void) throws {
    // From row to row: how many rounds a run says to have is no reason to count so far.
    var from = 0
    while from <= recorded.upperBound, let first = try store.firstRound(run: run.id, in: from...recorded.upperBound) {
      let last = min(first + Self.piece - 1, recorded.upperBound)
      for round in try store.rounds(run: run.id, in: first...last, withDrift: false, measures: recordedMeasures) {
        try body(round)
      }
      from = last + 1
    }
  }

  private var participations: RunTable {
    let keys = [
      "round", "client", "samples", "steps", "skipped_batches", "train_loss", "train_accuracy", "update_norm",
      "update_cosine", "bytes_up", "bytes_down",
    ]
    return RunTable(
      name: "participations",
      columns: keys.map { Table.Column($0) } + [.words("outcome")]
        + ["staleness", "turn", "base_version", "lag", "started_at", "arrived_at"].map { Table.Column($0) }
    ) { row in
      try store.forEachParticipation(run: run.id, rounds: recorded) {
        try row([
          .integer($0.round), .integer($0.client), .integer($0.samples), .integer($0.steps),
          .integer($0.skippedBatches), .number($0.trainLoss, digits: 4), .number($0.trainAccuracy, digits: 4),
          .number($0.updateNorm, digits: 4), .number($0.updateCosine, digits: 4), .integer($0.bytesUp),
          .integer($0.bytesDown), .text($0.outcome.rawValue), .integer($0.staleness), .integer($0.turn),
          .integer($0.baseVersion), .integer($0.lag), .number($0.startedAt, digits: 1),
          .number($0.arrivedAt, digits: 1),
        ])
      }
    }
  }

  private var evaluations: RunTable {
    RunTable(
      name: "evaluations",
      columns: [
        Table.Column("round"), .words("subject"), Table.Column("client"), .words("model"), .words("norm_source"),
        .words("phase"), .words("split"), Table.Column("samples"), .words("subset_hash"), Table.Column("loss"),
        Table.Column("accuracy"),
      ] + measures.map { Table.Column($0) }
    ) { row in
      try store.forEachEvaluation(run: run.id, rounds: recorded) {
        let record = $0.record
        let cells: [Cell] = [
          .integer($0.round), .text($0.subject.rawValue), .integer($0.client), .text($0.model.rawValue),
          .text($0.normSource.rawValue), .text($0.phase.rawValue), .text($0.split.rawValue), .integer($0.samples),
          .text($0.subsetHash), .number($0.loss, digits: 4), .number($0.accuracy, digits: 4),
        ]
        try row(cells + measures.map { .number(record.measures[$0] ?? nil, digits: 4) })
      }
    }
  }

  /// The columns that say which evaluation a row is of.
  private static let evaluationKey: [Table.Column] = [
    Table.Column("round"), .words("subject"), Table.Column("client"), .words("model"), .words("norm_source"),
    .words("phase"), .words("split"),
  ]

  private static func evaluationKey(_ evaluation: InRound<EvaluationRecord>) -> [Cell] {
    [
      .integer(evaluation.round), .text(evaluation.subject.rawValue), .integer(evaluation.client),
      .text(evaluation.model.rawValue), .text(evaluation.normSource.rawValue), .text(evaluation.phase.rawValue),
      .text(evaluation.split.rawValue),
    ]
  }

  /// What measures say of single classes: a row for each class that has a value.
  private var classMeasures: RunTable {
    let columns = Self.evaluationKey + [.words("measure"), Table.Column("value")]
    return RunTable(name: "class_measures", columns: columns) { row in
      try store.forEachEvaluation(run: run.id, rounds: recorded) { evaluation in
        for (name, value) in evaluation.measures.sorted where name.hasSuffix("]") {
          try row(Self.evaluationKey(evaluation) + [.text(name), .number(value, digits: 4)])
        }
      }
    }
  }

  /// How many examples of each class were taken for which: a row for each pair that occurs.
  private var confusions: RunTable {
    let columns =
      Self.evaluationKey + [.words("true_class"), .words("predicted_class"), Table.Column("count")]
    func name(_ number: Double) -> String {
      let names = run.classNames ?? []
      return names.indices.contains(Int(number)) ? names[Int(number)] : "\(Int(number))"
    }
    return RunTable(name: "confusions", columns: columns) { row in
      try store.forEachEvaluation(run: run.id, rounds: recorded) { evaluation in
        for counted in evaluation.counts["confusion"] ?? [] where counted.count == 3 {
          try row(
            Self.evaluationKey(evaluation) + [
              .text(name(counted[0])), .text(name(counted[1])), .number(counted[2], digits: 0),
            ])
        }
      }
    }
  }

  private var normDrift: RunTable {
    RunTable(
      name: "norm_drift",
      columns: [
        Table.Column("round"), Table.Column("client"), .words("layer"), Table.Column("mean_shift"),
        Table.Column("variance_log_ratio"), Table.Column("kl"), Table.Column("w2"), Table.Column("affine_distance"),
        Table.Column("effective_momentum"),
      ]
    ) { row in
      try store.forEachNormDrift(run: run.id, rounds: recorded) {
        try row([
          .integer($0.round), .integer($0.client), .text($0.layer), .number($0.meanShift, digits: 4),
          .number($0.varianceLogRatio, digits: 4), .number($0.kl, digits: 4), .number($0.w2, digits: 4),
          .number($0.affineDistance, digits: 4), .number($0.effectiveMomentum, digits: 4),
        ])
      }
    }
  }

  private var layerDrift: RunTable {
    RunTable(
      name: "layer_drift",
      columns: [
        Table.Column("round"), .words("layer"), Table.Column("between_share"), Table.Column("mean_kl"),
        Table.Column("max_kl"),
      ]
    ) { row in
      try store.forEachLayerDrift(run: run.id, rounds: recorded) {
        try row([
          .integer($0.round), .text($0.layer), .number($0.betweenShare, digits: 4), .number($0.meanKL, digits: 4),
          .number($0.maxKL, digits: 4),
        ])
      }
    }
  }
}

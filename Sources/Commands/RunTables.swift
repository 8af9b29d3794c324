internal import Records
internal import Reports
internal import RunStore

/// Everything that is recorded of a run as tables with the database's own column names.
struct RunTables {
  let store: RunStore
  let run: Int64

  func clients() throws -> Table {
    Table(
      columns: [
        Table.Column("client"), .words("domain"), Table.Column("train_samples"), Table.Column("test_samples"),
        .words("label_histogram"),
      ],
      rows: try store.clients(run: run).map {
        [
          .integer($0.client), .text($0.domain), .integer($0.trainSamples), .integer($0.testSamples),
          .text("[" + $0.labelHistogram.map(String.init).joined(separator: ",") + "]"),
        ]
      })
  }

  func normLayers() throws -> Table {
    Table(
      columns: [
        .words("layer"), .words("kind"), .words("affine"), .words("statistics"), Table.Column("values_sent"),
        Table.Column("values_kept"),
      ],
      rows: try store.normLayers(run: run).map {
        [
          .text($0.layer), .text($0.kind), .text($0.affine), .text($0.statistics), .integer($0.valuesSent),
          .integer($0.valuesKept),
        ]
      })
  }

  func rounds() throws -> Table {
    Table(
      columns: [
        "round", "cohort_size", "reported", "train_loss", "train_accuracy", "bytes_up", "bytes_down", "flops",
        "seconds",
        "simulated_seconds", "mean_accuracy", "sample_weighted_accuracy", "worst_accuracy", "bottom_decile_accuracy",
        "mean_loss",
      ].map { Table.Column($0) },
      rows: try store.rounds(run: run).map {
        [
          .integer($0.round), .integer($0.cohortSize), .integer($0.reported), .number($0.trainLoss, digits: 4),
          .number($0.trainAccuracy, digits: 4), .integer($0.bytesUp), .integer($0.bytesDown), .integer($0.flops),
          .number($0.seconds, digits: 3), .number($0.simulatedSeconds, digits: 3), .number($0.meanAccuracy, digits: 4),
          .number($0.sampleWeightedAccuracy, digits: 4), .number($0.worstAccuracy, digits: 4),
          .number($0.bottomDecileAccuracy, digits: 4), .number($0.meanLoss, digits: 4),
        ]
      })
  }

  func participations() throws -> Table {
    Table(
      columns: [
        "round", "client", "samples", "steps", "skipped_batches", "train_loss", "train_accuracy", "update_norm",
        "update_cosine",
        "bytes_up", "bytes_down",
      ].map { Table.Column($0) } + [.words("outcome"), Table.Column("staleness")],
      rows: try store.participations(run: run).map {
        [
          .integer($0.round), .integer($0.client), .integer($0.samples), .integer($0.steps),
          .integer($0.skippedBatches),
          .number($0.trainLoss, digits: 4), .number($0.trainAccuracy, digits: 4), .number($0.updateNorm, digits: 4),
          .number($0.updateCosine, digits: 4), .integer($0.bytesUp), .integer($0.bytesDown), .text($0.outcome.rawValue),
          .integer($0.staleness),
        ]
      })
  }

  func evaluations() throws -> Table {
    Table(
      columns: [
        Table.Column("round"), .words("subject"), Table.Column("client"), .words("model"), .words("norm_source"),
        .words("phase"),
        .words("split"), Table.Column("samples"), .words("subset_hash"), Table.Column("loss"), Table.Column("accuracy"),
      ],
      rows: try store.evaluations(run: run).map {
        [
          .integer($0.round), .text($0.subject.rawValue), .integer($0.client), .text($0.model.rawValue),
          .text($0.normSource.rawValue),
          .text($0.phase.rawValue), .text($0.split.rawValue), .integer($0.samples), .text($0.subsetHash),
          .number($0.loss, digits: 4),
          .number($0.accuracy, digits: 4),
        ]
      })
  }

  func normDrift() throws -> Table {
    DriftTables.records(try store.normDrift(run: run))
  }

  func layerDrift() throws -> Table {
    DriftTables.layers(
      try store.layerDrift(run: run).map {
        ListedLayerDrift(
          round: $0.round, layer: $0.layer, betweenShare: $0.betweenShare, meanKL: $0.meanKL, maxKL: $0.maxKL)
      })
  }
}

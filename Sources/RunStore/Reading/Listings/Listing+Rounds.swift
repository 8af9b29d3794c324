internal import Records

extension Listing {
  /// The rounds of runs, each with one kind of evaluation.
  package static let rounds = Listing(
    name: "rounds",
    columns: [
      Column("round", .integer, "r.round", isRequired: true),
      Column("reported", .integer, "r.reported", audience: .programs),
      Column("train_loss", .number(digits: 4), "r.train_loss"),
      Column("train_accuracy", .fraction, "r.train_accuracy", header: "train acc"),
      Column("loss", .number(digits: 4), "s.mean_loss"),
      Column("accuracy", .fraction, "s.mean_accuracy", header: "acc"),
      Column("sample_weighted", .fraction, "s.sample_weighted_accuracy", audience: .programs),
      Column("worst_client", .fraction, "s.worst_accuracy", header: "worst"),
      Column("bottom_decile", .fraction, "s.bottom_decile_accuracy", header: "worst 10%"),
      Column("bytes_up", .bytes, "r.bytes_up", header: "MB up"),
      Column("bytes_down", .bytes, "r.bytes_down", audience: .programs),
      Column("seconds", .seconds, "r.seconds", header: "time"),
      Column("norm_source", .word, "s.norm_source", audience: .programs),
      Column("accuracy_sd", .fraction, "s.accuracy_sd", audience: .programs),
      Column("jain", .number(digits: 4), "s.jain", audience: .programs),
      Column("mean_kl", .number(digits: 4), Schema.overLayers("AVG", "mean_kl"), audience: .programs),
      Column("between_share", .fraction, Schema.overLayers("AVG", "between_share"), audience: .programs),
      Column("untested_clients", .integer, Schema.untestedClients(in: "s"), audience: .programs),
    ],
    key: [SortTerm("run"), SortTerm("round")], labels: ["round"],
    narrowings: [.rounds, .evaluations], measures: MeasureSource(values: ["r.measures"], summaries: "s.rowid")
  ) { scope, values in
    """
    FROM runs CROSS JOIN rounds r ON r.run_id = runs.id
      \(Schema.joiningSummary(scope.evaluations ?? EvaluationSelection()))
    WHERE 1
    """ + scope.ofRuns(&values) + scope.ofRounds(&values)
  }
}

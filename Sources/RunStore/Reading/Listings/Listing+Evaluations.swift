extension Listing {
  /// Every kind of evaluation of every round, over its clients.
  package static let evaluations = Listing(
    name: "evaluations",
    columns: [
      Column("round", .integer, "r.round", isRequired: true), Column("subject", .word, "e.subject", isRequired: true),
      Column("model", .word, "e.model", isRequired: true),
      Column("norm_source", .word, "e.norm_source", isRequired: true),
      Column("phase", .word, "e.phase", isRequired: true), Column("split", .word, "e.split", isRequired: true),
      Column("clients", .integer, "e.clients"),
      Column("samples", .integer, "e.samples", audience: .programs),
      Column("loss", .number(digits: 4), "e.mean_loss"),
      Column("accuracy", .fraction, "e.mean_accuracy", header: "acc"),
      Column("sample_weighted", .fraction, "e.sample_weighted_accuracy", audience: .programs),
      Column("worst_client", .fraction, "e.worst_accuracy", header: "worst"),
      Column("bottom_decile", .fraction, "e.bottom_decile_accuracy", header: "worst 10%"),
      Column("accuracy_sd", .fraction, "e.accuracy_sd", header: "sd"), Column("jain", .number(digits: 4), "e.jain"),
      Column("worst_loss", .number(digits: 4), "e.worst_loss", audience: .programs),
      Column("loss_sd", .number(digits: 4), "e.loss_sd", audience: .programs),
      Column("untested_clients", .integer, Schema.untestedClients(in: "e"), audience: .programs),
    ],
    key: ["run", "round", "subject", "model", "norm_source", "phase", "split"].map { SortTerm($0) },
    labels: ["round", "subject", "model", "norm_source", "phase", "split"], narrowings: [.rounds, .evaluations],
    measures: MeasureSource(summaries: "e.rowid")
  ) { scope, values in
    """
    FROM runs CROSS JOIN rounds r ON r.run_id = runs.id
      CROSS JOIN evaluation_summaries e ON e.run_id = r.run_id AND e.round = +r.round
    WHERE 1
    """ + scope.ofRuns(&values) + scope.ofRounds(&values) + scope.ofEvaluations(&values, areSummaries: true)
  }
}

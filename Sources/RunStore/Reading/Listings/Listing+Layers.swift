extension Listing {
  /// The drift of normalization layers over the cohort.
  package static let layers = Listing(
    name: "layers",
    columns: [
      Column("round", .integer, "r.round", isRequired: true), Column("layer", .name, "l.layer", isRequired: true),
      Column("between_share", .fraction, "l.between_share"), Column("mean_kl", .number(digits: 4), "l.mean_kl"),
      Column("max_kl", .number(digits: 4), "l.max_kl"),
    ],
    key: ["run", "round", "layer"].map { SortTerm($0) }, labels: ["round", "layer"],
    narrowings: [.rounds, .layer]
  ) { scope, values in
    """
    FROM runs CROSS JOIN rounds r ON r.run_id = runs.id
      CROSS JOIN layer_drift l ON l.run_id = r.run_id AND l.round = +r.round
    WHERE 1
    """ + scope.ofRuns(&values) + scope.ofRounds(&values) + ListingScope.equal("l.layer", scope.layer, &values)
  }
}

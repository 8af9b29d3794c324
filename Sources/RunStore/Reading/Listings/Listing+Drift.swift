extension Listing {
  /// The drift of each client's normalization layers.
  package static let drift = Listing(
    name: "drift",
    columns: [
      Column("round", .integer, "r.round", isRequired: true), Column("client", .integer, "d.client", isRequired: true),
      Column("domain", .name, domain), Column("layer", .name, "d.layer", isRequired: true),
      Column("mean_shift", .number(digits: 4), "d.mean_shift"),
      Column("variance_log_ratio", .number(digits: 4), "d.variance_log_ratio", header: "log ratio"),
      Column("kl", .number(digits: 4), "d.kl"), Column("w2", .number(digits: 4), "d.w2"),
      Column("affine_distance", .number(digits: 4), "d.affine_distance", header: "affine"),
      Column("effective_momentum", .number(digits: 4), "d.effective_momentum", header: "momentum"),
      Column("staleness", .integer, staleness, header: "stale"),
    ],
    key: ["run", "round", "client", "layer"].map { SortTerm($0) }, labels: ["round", "client", "domain", "layer"],
    narrowings: [.rounds, .client, .domain, .layer]
  ) { scope, values in
    """
    FROM runs CROSS JOIN rounds r ON r.run_id = runs.id
      CROSS JOIN norm_drift d ON d.run_id = r.run_id AND d.round = +r.round
    WHERE 1
    """ + scope.ofRuns(&values) + scope.ofRounds(&values) + scope.ofClients("d.client", &values)
      + ListingScope.equal("d.layer", scope.layer, &values) + ListingScope.equal(domain, scope.domain, &values)
  }

  // Looked up for the rows that are shown, not for all that are sorted.
  private static let domain = """
    COALESCE((SELECT c.domain FROM clients c WHERE c.run_id = d.run_id AND c.client = d.client), '')
    """
  private static let staleness = """
    (SELECT p.staleness FROM participations p WHERE p.run_id = d.run_id AND p.round = d.round AND p.client = d.client
      ORDER BY p.turn DESC LIMIT 1)
    """
}

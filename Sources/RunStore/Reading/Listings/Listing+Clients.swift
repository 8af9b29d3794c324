internal import Records

extension Listing {
  /// The clients of rounds: a row for each evaluation beside the client's part in the round, one beside each part where it
  /// has several, and one for each part without an evaluation.
  package static let clients = Listing(
    name: "clients",
    columns: [
      Column("round", .integer, "k.round", isRequired: true), Column("client", .integer, "k.client", isRequired: true),
      Column(
        "domain", .name,
        "(SELECT c.domain FROM clients c WHERE c.run_id = k.run_id AND c.client = k.client)"),
      Column("samples", .integer, "k.samples", audience: .programs), Column("steps", .integer, "k.steps"),
      Column("skipped_batches", .integer, "k.skipped_batches", header: "skipped"),
      Column("train_loss", .number(digits: 4), "k.train_loss"),
      Column("train_accuracy", .fraction, "k.train_accuracy", header: "train"),
      Column("update_norm", .number(digits: 3), "k.update_norm", header: "‖Δ‖"),
      Column("update_cosine", .number(digits: 3), "k.update_cosine", header: "cos"),
      Column("staleness", .integer, "k.staleness", header: "stale"),
      Column("subject", .word, "k.subject", audience: .programs),
      Column("model", .word, "k.model", audience: .programs),
      Column("norm_source", .word, "k.norm_source", audience: .programs),
      Column("phase", .word, "k.phase", audience: .programs),
      // What a client makes of its training examples is no value of a model.
      Column("loss", .number(digits: 4), "CASE WHEN k.split <> 'train' THEN k.loss END"),
      Column("accuracy", .fraction, "CASE WHEN k.split <> 'train' THEN k.accuracy END"),
      Column("split", .word, "k.split", audience: .programs),
      Column("turn", .integer, "k.turn", audience: .programs),
      Column("base_version", .integer, "k.base_version", audience: .programs),
      Column("lag", .integer, "k.lag", audience: .programs),
      Column("started_at", .number(digits: 1), "k.started_at", audience: .programs),
      Column("arrived_at", .number(digits: 1), "k.arrived_at", audience: .programs),
      Column(
        "name", .name, "(SELECT c.name FROM clients c WHERE c.run_id = k.run_id AND c.client = k.client)",
        audience: .programs),
    ],
    key: ["run", "round", "client", "turn", "subject", "model", "norm_source", "phase", "split"].map { SortTerm($0) },
    labels: ["round", "client"], narrowings: [.rounds, .client, .domain, .evaluations],
    measures: MeasureSource(values: ["k.measures", "k.part_measures"])
  ) { scope, values in
    // The conditions stand in both halves, so that each of them looks up keys.
    let runs = scope.ofRuns(&values)
    let rounds = scope.ofRounds(&values)
    let kind = scope.ofEvaluations(&values)
    // The client comes behind the subject in the key.
    let client = scope.clients == nil ? " AND e.client >= 0" : scope.ofClients("e.client", &values)
    var firstSource = ""
    if let selection = scope.evaluations, selection.normSource == nil {
      firstSource = " AND e.norm_source = s.norm_source"
    }
    let summary = firstSource.isEmpty ? "" : Schema.joiningSummary(scope.evaluations ?? EvaluationSelection())
    let subjects = "e.subject IN ('client', 'unseen')"
    let columns = """
      p.samples, p.steps, p.skipped_batches, p.train_loss, p.train_accuracy, p.update_norm, p.update_cosine, p.staleness,
      p.turn, p.base_version, p.lag, p.started_at, p.arrived_at, p.measures AS part_measures
      """
    var halves = """
      SELECT r.run_id, r.round, e.client, \(columns), e.subject, e.model, e.norm_source, e.phase, e.split,
        e.loss, e.accuracy, CASE WHEN e.split <> 'train' THEN e.measures END AS measures
      FROM runs CROSS JOIN rounds r ON r.run_id = runs.id \(summary)
        CROSS JOIN evaluations e ON e.run_id = r.run_id AND e.round = +r.round
        LEFT JOIN participations p ON p.run_id = e.run_id AND p.round = e.round AND p.client = e.client
      WHERE \(subjects)\(client)\(runs)\(rounds)\(kind)\(firstSource)
      """
    // Clients that never train take part in nothing.
    if scope.evaluations?.subject != .unseen {
      let part = scope.ofClients("p.client", &values)
      halves += """

        UNION ALL
        SELECT r.run_id, r.round, p.client, \(columns), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM runs CROSS JOIN rounds r ON r.run_id = runs.id \(summary)
          CROSS JOIN participations p ON p.run_id = r.run_id AND p.round = +r.round
        WHERE NOT EXISTS (SELECT 1 FROM evaluations e WHERE e.run_id = p.run_id AND e.round = p.round
          AND \(subjects) AND e.client = p.client\(kind)\(firstSource))\(part)\(runs)\(rounds)
        """
    }
    let domain = ListingScope.equal(
      "(SELECT c.domain FROM clients c WHERE c.run_id = k.run_id AND c.client = k.client)", scope.domain, &values)
    return "FROM (\(halves)) k CROSS JOIN runs ON runs.id = k.run_id WHERE 1\(domain)"
  }
}

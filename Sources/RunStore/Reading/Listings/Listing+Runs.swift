internal import Records

extension Listing {
  /// The runs of a database, the newest first.
  package static let runs = Listing(
    name: "runs",
    columns: [
      Column("run", .integer, "runs.id", isRequired: true), Column("experiment", .name, "x.name", isRequired: true),
      Column("arm", .name, "runs.arm", isRequired: true),
      Column("strategy", .name, "runs.strategy", audience: .programs),
      Column("norm", .name, "runs.norm", audience: .programs),
      Column("seed", .seed, "runs.seed", isRequired: true), Column("status", .word, "runs.status", isRequired: true),
      Column("rounds_done", .integer, "runs.rounds_done", isRequired: true),
      Column("rounds_planned", .integer, "runs.rounds_planned", isRequired: true),
      Column("accuracy", .fraction, last("e.mean_accuracy"), header: "acc"),
      Column("started_at", .date, "substr(runs.started_at, 1, 19) || 'Z'"),
      // Of the rounds alone: from begin to end a run may have been interrupted for days.
      Column("seconds", .seconds, "(SELECT ROUND(SUM(r.seconds), 3) FROM rounds r WHERE r.run_id = runs.id)"),
      // In the order of their key, which is that of the alphabet.
      Column(
        "tags", .name, "(SELECT group_concat(t.tag, ' ') FROM run_tags t WHERE t.run_id = runs.id)", audience: .programs
      ),
      Column("error", .name, "runs.error", audience: .programs),
      Column("note", .name, "(SELECT n.note FROM run_notes n WHERE n.run_id = runs.id)", audience: .programs),
      Column("untested_clients", .integer, last("e.untested_clients"), audience: .programs),
      Column("experiment_id", .integer, "runs.experiment_id", audience: .programs, isRequired: true),
      Column("instruction_set", .name, Schema.instructionSets, audience: .programs),
      Column("data_hash", .name, "runs.data_hash", audience: .programs),
      Column("split_hash", .name, "runs.split_hash", audience: .programs),
      Column("stop_reason", .name, "runs.stop_reason", audience: .programs),
      Column("bound", .word, "runs.bound", audience: .programs),
    ],
    key: [SortTerm("run", descending: true)], labels: ["run"],
    narrowings: [], measures: MeasureSource(summaries: last("e.rowid"))
  ) { scope, values in
    "FROM runs CROSS JOIN experiments x ON x.id = runs.experiment_id WHERE 1" + scope.ofRuns(&values)
  }

  /// A value of the summary of the last round that has one of the usual kind.
  private static func last(_ value: String) -> String {
    """
    (SELECT \(value) FROM evaluation_summaries e WHERE e.run_id = runs.id AND e.subject = 'client' \
    AND e.model = 'personal' AND e.phase = 'after-aggregation' AND e.split = 'test' \
    ORDER BY e.round DESC, \(Schema.bySource) LIMIT 1)
    """
  }
}

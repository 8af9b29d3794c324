internal import GRDB

extension Schema {
  /// Counts the clients without test examples in every summary, and makes the rest of it of the others.
  ///
  /// All summaries are made anew, in one pass over the evaluations; also for a database that had none before.
  static func countUntestedClients(_ database: Database) throws {
    for view in ["round_summary", "arm_summary", "client_history"] {
      try database.execute(sql: "DROP VIEW IF EXISTS \(view)")
    }
    try database.execute(
      sql: """
        ALTER TABLE evaluation_summaries ADD COLUMN untested_clients INTEGER NOT NULL DEFAULT 0;
        DELETE FROM evaluation_summaries;
        """)
    try EvaluationSummary.fill(database)
    try database.execute(sql: summaryViews)
    try database.execute(sql: clientView)
  }
}

package import RunStore

extension RunStore {
  /// Makes the database one of before evaluations were summarized.
  package func forgetSummaries() throws {
    for view in ["round_summary", "arm_summary", "client_history"] { try execute("DROP VIEW \(view)") }
    try execute("DROP TABLE evaluation_summaries")
    try execute(
      """
      DELETE FROM grdb_migrations WHERE identifier IN ('create views', 'summarize evaluations',
        'count clients without test examples', 'tell turns of clients apart')
      """)
  }
}

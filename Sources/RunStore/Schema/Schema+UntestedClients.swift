extension Schema {
  /// Counts the clients without test examples in every summary, which are all made anew by a later migration.
  static let untestedClients = """
    DROP VIEW IF EXISTS round_summary;
    DROP VIEW IF EXISTS arm_summary;
    DROP VIEW IF EXISTS client_history;

    ALTER TABLE evaluation_summaries ADD COLUMN untested_clients INTEGER NOT NULL DEFAULT 0;
    DELETE FROM evaluation_summaries;
    """
}

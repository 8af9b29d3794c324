package import RunStore

extension RunStore {
  /// Makes the database one of before measures were recorded.
  package func forgetMeasures() throws {
    for view in [
      "round_measures", "participation_measures", "evaluation_measures", "measure_summaries", "confusions",
      "round_summary", "arm_summary", "client_history",
    ] { try execute("DROP VIEW \(view)") }
    for table in ["rounds", "participations", "evaluations"] {
      try execute("ALTER TABLE \(table) DROP COLUMN measures")
    }
    try execute("DROP TABLE summary_measures")
    try execute("ALTER TABLE evaluations DROP COLUMN counts")
    try execute(
      "DELETE FROM grdb_migrations WHERE identifier IN ('record measures', 'keep measures of summaries by name')")
  }

  /// Makes the database one of before bounds were told from federations.
  package func forgetBounds() throws {
    try execute("ALTER TABLE runs DROP COLUMN bound")
    try execute("DELETE FROM grdb_migrations WHERE identifier = 'tell bounds from federations'")
  }

  /// Makes the database one of before it was recorded why runs ended.
  package func forgetStopReasons() throws {
    try execute("ALTER TABLE runs DROP COLUMN stop_reason")
    try execute("DELETE FROM grdb_migrations WHERE identifier = 'say why runs ended'")
  }

  /// Makes the database one of before evaluations on validation examples and names of data.
  package func forgetSplits() throws {
    try forgetBounds()
    try forgetStopReasons()
    try forgetMeasures()
    for column in ["data_hash", "split_hash", "class_names"] { try execute("ALTER TABLE runs DROP COLUMN \(column)") }
    for column in ["name", "group_name", "validation_samples", "shift_levels"] {
      try execute("ALTER TABLE clients DROP COLUMN \(column)")
    }
    try execute(
      """
      CREATE TABLE kept (
        run_id INTEGER NOT NULL, round INTEGER NOT NULL, subject TEXT NOT NULL, client INTEGER NOT NULL,
        model TEXT NOT NULL, norm_source TEXT NOT NULL, phase TEXT NOT NULL,
        split TEXT NOT NULL CHECK (split IN ('test', 'train')), samples INTEGER NOT NULL, subset_hash TEXT NOT NULL,
        loss REAL, accuracy REAL,
        PRIMARY KEY (run_id, round, subject, client, model, norm_source, phase),
        FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
      ) WITHOUT ROWID
      """)
    try execute("INSERT INTO kept SELECT * FROM evaluations")
    try execute("DROP TABLE evaluations")
    try execute("ALTER TABLE kept RENAME TO evaluations")
    let measures = """
      clients INTEGER NOT NULL, samples INTEGER NOT NULL, mean_accuracy REAL, sample_weighted_accuracy REAL,
      worst_accuracy REAL, bottom_decile_accuracy REAL, accuracy_sd REAL, mean_loss REAL, sample_weighted_loss REAL,
      worst_loss REAL, bottom_decile_loss REAL, loss_sd REAL, jain REAL
      """
    try execute("DROP TABLE evaluation_summaries")
    try execute(
      """
      CREATE TABLE evaluation_summaries (
        run_id INTEGER NOT NULL, round INTEGER NOT NULL, subject TEXT NOT NULL, model TEXT NOT NULL,
        norm_source TEXT NOT NULL, phase TEXT NOT NULL, \(measures), untested_clients INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (run_id, round, subject, model, norm_source, phase),
        FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
      ) WITHOUT ROWID
      """)
    try execute("DELETE FROM grdb_migrations WHERE identifier = 'tell splits apart'")
  }

  /// Makes the database one of before evaluations were summarized.
  package func forgetSummaries() throws {
    try forgetSplits()
    try execute("DROP TABLE evaluation_summaries")
    try execute(
      """
      DELETE FROM grdb_migrations WHERE identifier IN ('create views', 'summarize evaluations',
        'count clients without test examples', 'tell turns of clients apart')
      """)
  }
}

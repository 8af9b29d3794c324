internal import GRDB

extension Schema {
  /// Makes room for evaluations on validation examples beside those on test examples, for hashes of data and split, and for
  /// the names of clients, groups and classes. Summaries and views are made anew by the last migration that they rest on.
  static func tellSplitsApart(_ database: Database) throws {
    try database.execute(sql: splits)
  }

  private static let splits = """
    DROP VIEW IF EXISTS round_summary;
    DROP VIEW IF EXISTS arm_summary;
    DROP VIEW IF EXISTS client_history;

    ALTER TABLE runs ADD COLUMN data_hash TEXT;
    ALTER TABLE runs ADD COLUMN split_hash TEXT;
    ALTER TABLE runs ADD COLUMN class_names TEXT;

    ALTER TABLE clients ADD COLUMN name TEXT NOT NULL DEFAULT '';
    ALTER TABLE clients ADD COLUMN group_name TEXT NOT NULL DEFAULT '';
    ALTER TABLE clients ADD COLUMN validation_samples INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE clients ADD COLUMN shift_levels TEXT NOT NULL DEFAULT '[]';

    CREATE TABLE evaluations_of_splits (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      subject TEXT NOT NULL CHECK (subject IN ('client', 'union', 'unseen')),
      client INTEGER NOT NULL CHECK (client >= -1),
      model TEXT NOT NULL CHECK (model IN ('personal', 'global')),
      norm_source TEXT NOT NULL CHECK (norm_source IN
        ('own', 'global', 'average', 'pooled', 'nearest', 'recalibrated', 'batch', 'initial')),
      phase TEXT NOT NULL CHECK (phase IN ('after-aggregation', 'after-training')),
      split TEXT NOT NULL CHECK (split IN ('test', 'validation', 'train')),
      samples INTEGER NOT NULL,
      subset_hash TEXT NOT NULL,
      loss REAL,
      accuracy REAL,
      PRIMARY KEY (run_id, round, subject, client, model, norm_source, phase, split),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    ) WITHOUT ROWID;

    INSERT INTO evaluations_of_splits
    SELECT run_id, round, subject, client, model, norm_source, phase, split, samples, subset_hash, loss, accuracy
    FROM evaluations ORDER BY run_id, round, subject, client, model, norm_source, phase;

    DROP TABLE evaluations;
    ALTER TABLE evaluations_of_splits RENAME TO evaluations;

    DROP TABLE evaluation_summaries;
    CREATE TABLE evaluation_summaries (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      subject TEXT NOT NULL,
      model TEXT NOT NULL,
      norm_source TEXT NOT NULL,
      phase TEXT NOT NULL,
      split TEXT NOT NULL CHECK (split IN ('test', 'validation')),
      clients INTEGER NOT NULL,
      samples INTEGER NOT NULL,
      mean_accuracy REAL,
      sample_weighted_accuracy REAL,
      worst_accuracy REAL,
      bottom_decile_accuracy REAL,
      accuracy_sd REAL,
      mean_loss REAL,
      sample_weighted_loss REAL,
      worst_loss REAL,
      bottom_decile_loss REAL,
      loss_sd REAL,
      jain REAL,
      untested_clients INTEGER NOT NULL,
      PRIMARY KEY (run_id, round, subject, model, norm_source, phase, split),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    ) WITHOUT ROWID;
    """
}

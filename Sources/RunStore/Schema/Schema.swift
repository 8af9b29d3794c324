internal import GRDB

/// The tables, indexes and views of a database, as migrations.
///
/// A migration is never edited once it was released: what changes the schema is a new one at the end, with a new name.
///
/// Values: dates are ISO 8601 UTC text with milliseconds, seeds the signed 64-bit pattern of the unsigned number,
/// accuracies fractions. SQLite has neither NaN nor, in a REAL column, −0: a value that is not a number is kept as
/// NULL and read back as NaN where a record needs a number, as nil elsewhere, and −0 becomes 0.
enum Schema {
  /// Marks a database as Covey's in its header: "COVY".
  static let applicationID: Int32 = 0x434F_5659

  /// All migrations in their order.
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("create tables") { database in
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      try database.execute(sql: runTables)
      try database.execute(sql: roundTables)
    }
    // Views are made by the last migration that they rest on.
    migrator.registerMigration("create views") { _ in }
    // Runs recorded before have NULL there.
    migrator.registerMigration("add effective momentum") { database in
      try database.execute(sql: "ALTER TABLE norm_drift ADD COLUMN effective_momentum REAL")
    }
    // Nothing that is there changes, so that there is no need to look at every foreign key of a large database.
    migrator.registerMigration("summarize evaluations", foreignKeyChecks: .immediate) { database in
      // What is in them is made by the last migration that they rest on.
      try database.execute(sql: evaluationSummaries)
    }
    migrator.registerMigration("add tags and notes", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: annotationTables)
    }
    migrator.registerMigration("count clients without test examples", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: untestedClients)
    }
    // Runs recorded before have no rows there.
    migrator.registerMigration("record inputs and instruction sets", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: inputTable)
      try database.execute(sql: instructionSetTable)
    }
    // Those of runs recorded before have no times.
    migrator.registerMigration("time participations", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: timedParticipations)
    }
    migrator.registerMigration("tell turns of clients apart") { _ in }
    migrator.registerMigration("record inputs of any kind", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: inputsOfAnyKind)
    }
    // Runs recorded before have neither names nor hashes, and no validation examples.
    migrator.registerMigration("tell splits apart", foreignKeyChecks: .immediate) { database in
      try tellSplitsApart(database)
    }
    // Runs recorded before have no measures but loss and accuracy.
    migrator.registerMigration("record measures", foreignKeyChecks: .immediate) { database in
      try recordMeasures(database)
    }
    // Runs recorded before are taken for federations: what they are stands in their scenario, which SQL can't read.
    migrator.registerMigration("tell bounds from federations", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: boundColumn)
    }
    migrator.registerMigration("say why runs ended", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: stopReasons)
    }
    // Checkpoints recorded before are in one piece.
    migrator.registerMigration("keep checkpoints in pieces", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: checkpointPieces)
    }
    migrator.registerMigration("give summaries row ids") { _ in }
    migrator.registerMigration("keep measures of summaries by name", foreignKeyChecks: .immediate) { database in
      try keepMeasuresOfSummaries(database)
    }
    return migrator
  }()

  private static let runTables = """
    CREATE TABLE experiments (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      scenario TEXT NOT NULL,
      scenario_hash TEXT NOT NULL,
      base_directory TEXT NOT NULL,
      created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    );
    CREATE INDEX experiments_by_name ON experiments (name);

    CREATE TABLE runs (
      id INTEGER PRIMARY KEY,
      experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
      arm TEXT NOT NULL,
      strategy TEXT NOT NULL,
      norm TEXT NOT NULL,
      seed INTEGER NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('running', 'interrupted', 'failed', 'finished')),
      rounds_planned INTEGER NOT NULL CHECK (rounds_planned >= 0),
      rounds_done INTEGER NOT NULL CHECK (rounds_done >= 0),
      started_at TEXT NOT NULL,
      finished_at TEXT,
      version TEXT NOT NULL,
      threads INTEGER NOT NULL,
      host TEXT NOT NULL,
      process TEXT NOT NULL,
      error TEXT,
      result_hash TEXT,
      UNIQUE (experiment_id, arm, seed)
    );
    CREATE INDEX runs_by_status ON runs (status);

    CREATE TABLE clients (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      client INTEGER NOT NULL CHECK (client >= 0),
      domain TEXT NOT NULL,
      train_samples INTEGER NOT NULL,
      test_samples INTEGER NOT NULL,
      label_histogram TEXT NOT NULL,
      PRIMARY KEY (run_id, client)
    ) WITHOUT ROWID;

    CREATE TABLE norm_layers (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      layer TEXT NOT NULL,
      position INTEGER NOT NULL,
      kind TEXT NOT NULL,
      affine TEXT NOT NULL,
      statistics TEXT NOT NULL,
      values_sent INTEGER NOT NULL,
      values_kept INTEGER NOT NULL,
      PRIMARY KEY (run_id, layer)
    ) WITHOUT ROWID;
    """

  /// Everything that belongs to a round goes with it when the round is deleted.
  ///
  /// `checkpoints` has row ids because its rows are larger than a page. There is no index by client or layer: a query
  /// by client looks up the full key in each round, which costs nothing on disk and a microsecond a round.
  private static let roundTables = """
    CREATE TABLE rounds (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      round INTEGER NOT NULL CHECK (round >= 0),
      cohort_size INTEGER NOT NULL,
      reported INTEGER NOT NULL,
      train_loss REAL,
      train_accuracy REAL,
      bytes_up INTEGER NOT NULL,
      bytes_down INTEGER NOT NULL,
      flops INTEGER NOT NULL,
      seconds REAL NOT NULL,
      simulated_seconds REAL,
      PRIMARY KEY (run_id, round)
    ) WITHOUT ROWID;

    CREATE TABLE participations (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      client INTEGER NOT NULL CHECK (client >= 0),
      samples INTEGER NOT NULL,
      steps INTEGER NOT NULL,
      skipped_batches INTEGER NOT NULL,
      train_loss REAL,
      train_accuracy REAL,
      update_norm REAL,
      update_cosine REAL,
      bytes_up INTEGER NOT NULL,
      bytes_down INTEGER NOT NULL,
      outcome TEXT NOT NULL,
      staleness INTEGER,
      PRIMARY KEY (run_id, round, client),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    ) WITHOUT ROWID;

    CREATE TABLE evaluations (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      subject TEXT NOT NULL CHECK (subject IN ('client', 'union', 'unseen')),
      client INTEGER NOT NULL CHECK (client >= -1),
      model TEXT NOT NULL CHECK (model IN ('personal', 'global')),
      norm_source TEXT NOT NULL CHECK (norm_source IN
        ('own', 'global', 'average', 'pooled', 'nearest', 'recalibrated', 'batch', 'initial')),
      phase TEXT NOT NULL CHECK (phase IN ('after-aggregation', 'after-training')),
      split TEXT NOT NULL CHECK (split IN ('test', 'train')),
      samples INTEGER NOT NULL,
      subset_hash TEXT NOT NULL,
      loss REAL,
      accuracy REAL,
      PRIMARY KEY (run_id, round, subject, client, model, norm_source, phase),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    ) WITHOUT ROWID;

    CREATE TABLE norm_drift (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      client INTEGER NOT NULL CHECK (client >= 0),
      layer TEXT NOT NULL,
      mean_shift REAL,
      variance_log_ratio REAL,
      kl REAL,
      w2 REAL,
      affine_distance REAL,
      PRIMARY KEY (run_id, round, client, layer),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    ) WITHOUT ROWID;

    CREATE TABLE layer_drift (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      layer TEXT NOT NULL,
      between_share REAL,
      mean_kl REAL,
      max_kl REAL,
      PRIMARY KEY (run_id, round, layer),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    ) WITHOUT ROWID;

    CREATE TABLE checkpoints (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      sha256 TEXT NOT NULL,
      state BLOB NOT NULL,
      PRIMARY KEY (run_id, round),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    );
    """

  /// What is asked of every round and would otherwise be made of a hundred rows each time; no part of a result.
  private static let evaluationSummaries = """
    CREATE TABLE evaluation_summaries (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      subject TEXT NOT NULL,
      model TEXT NOT NULL,
      norm_source TEXT NOT NULL,
      phase TEXT NOT NULL,
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
      PRIMARY KEY (run_id, round, subject, model, norm_source, phase),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    ) WITHOUT ROWID;
    """
}

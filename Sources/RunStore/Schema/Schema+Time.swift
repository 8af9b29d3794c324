extension Schema {
  /// Makes participations anew with the times of simulated devices; a client may have several in a round, so that its
  /// turn is part of the key. Runs recorded before had one a round, and so their turns are the rounds of a client in order.
  static let timedParticipations = """
    DROP VIEW IF EXISTS client_history;

    CREATE TABLE timed_participations (
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
      turn INTEGER NOT NULL,
      base_version INTEGER,
      lag INTEGER,
      started_at REAL,
      arrived_at REAL,
      PRIMARY KEY (run_id, round, client, turn),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    ) WITHOUT ROWID;

    INSERT INTO timed_participations
    SELECT run_id, round, client, samples, steps, skipped_batches, train_loss, train_accuracy, update_norm,
      update_cosine, bytes_up, bytes_down, outcome, staleness,
      ROW_NUMBER() OVER (PARTITION BY run_id, client ORDER BY round), NULL, NULL, NULL, NULL
    FROM participations ORDER BY run_id, round, client;

    DROP TABLE participations;
    ALTER TABLE timed_participations RENAME TO participations;
    """
}

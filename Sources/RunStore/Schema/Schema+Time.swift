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

  /// A client's participation in one line.
  static let turnView = """
    DROP VIEW IF EXISTS client_history;

    CREATE VIEW client_history AS SELECT
      k.run_id, k.round, k.client, clients.domain, p.samples, p.steps, p.skipped_batches, p.train_loss,
      p.train_accuracy, p.update_norm, p.update_cosine, p.bytes_up, p.bytes_down, p.outcome, p.staleness,
      \(ofClient("loss", phase: "after-aggregation")) AS loss,
      \(ofClient("accuracy", phase: "after-aggregation")) AS accuracy,
      \(ofClient("loss", phase: "after-training")) AS loss_after_training,
      \(ofClient("accuracy", phase: "after-training")) AS accuracy_after_training,
      (SELECT AVG(d.kl) FROM norm_drift d
        WHERE d.run_id = k.run_id AND d.round = k.round AND d.client = k.client) AS mean_kl,
      p.turn, p.base_version, p.lag, p.started_at, p.arrived_at
    FROM (SELECT run_id, round, client, turn FROM participations
      UNION ALL
      SELECT e.run_id, e.round, e.client, NULL FROM evaluations e WHERE e.subject = 'client'
        AND NOT EXISTS (SELECT 1 FROM participations p
          WHERE p.run_id = e.run_id AND p.round = e.round AND p.client = e.client)
        AND NOT EXISTS (SELECT 1 FROM evaluations f
          WHERE f.run_id = e.run_id AND f.round = e.round AND f.subject = 'client' AND f.client = e.client
            AND (f.model, f.norm_source, f.phase) < (e.model, e.norm_source, e.phase))) k
    LEFT JOIN participations p ON p.run_id = k.run_id AND p.round = k.round AND p.client = k.client AND p.turn = k.turn
    LEFT JOIN clients ON clients.run_id = k.run_id AND clients.client = k.client;
    """
}

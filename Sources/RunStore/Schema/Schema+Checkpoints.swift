extension Schema {
  /// What does not fit the first value of a checkpoint; see `StoredCheckpoint`.
  static let checkpointPieces = """
    CREATE TABLE checkpoint_pieces (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      piece INTEGER NOT NULL,
      data BLOB NOT NULL,
      PRIMARY KEY (run_id, round, piece),
      FOREIGN KEY (run_id, round) REFERENCES checkpoints (run_id, round) ON DELETE CASCADE
    );
    """
}

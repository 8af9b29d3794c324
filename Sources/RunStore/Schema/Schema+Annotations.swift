extension Schema {
  /// What people say about runs; no part of a result, so that it can change at any time.
  static let annotationTables = """
    CREATE TABLE run_tags (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      tag TEXT NOT NULL,
      PRIMARY KEY (run_id, tag)
    ) WITHOUT ROWID;
    CREATE INDEX run_tags_by_tag ON run_tags (tag);

    CREATE TABLE run_notes (
      run_id INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
      note TEXT NOT NULL
    );
    """
}

extension Schema {
  /// The files that a run reads, with a hash over what they hold; no part of a result.
  static let inputTable = """
    CREATE TABLE inputs (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('data', 'init')),
      name TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      PRIMARY KEY (run_id, position)
    ) WITHOUT ROWID;
    """

  /// Makes the table of inputs anew for inputs of any kind; which kinds there are `InputRecord.Kind` says.
  static let inputsOfAnyKind = """
    CREATE TABLE inputs_of_any_kind (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      PRIMARY KEY (run_id, position)
    ) WITHOUT ROWID;

    INSERT INTO inputs_of_any_kind SELECT run_id, position, kind, name, sha256 FROM inputs ORDER BY run_id, position;

    DROP TABLE inputs;
    ALTER TABLE inputs_of_any_kind RENAME TO inputs;
    """

  /// What computed a run, from which round on; data of the machine and no part of a result.
  static let instructionSetTable = """
    CREATE TABLE instruction_sets (
      run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      from_round INTEGER NOT NULL,
      instruction_set TEXT NOT NULL,
      PRIMARY KEY (run_id, from_round)
    ) WITHOUT ROWID;
    """

  /// The instruction sets of a run in `runs` as one text, in the order of their key; NULL where none is recorded.
  static let instructionSets = """
    (SELECT group_concat(CASE WHEN i.from_round > 0 THEN 'from round ' || i.from_round || ' ' ELSE '' END \
    || i.instruction_set, '; ') FROM instruction_sets i WHERE i.run_id = runs.id)
    """
}

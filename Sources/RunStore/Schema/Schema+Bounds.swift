extension Schema {
  /// Says of each run whether it is a federation or a bound on what one can reach, as `RunConfiguration.bound`.
  ///
  /// No part of a result: it says what a run is compared as. What a bound computes differs in all that is hashed
  /// already, in who takes part and in what travels.
  static let boundColumn = """
    ALTER TABLE runs ADD COLUMN bound TEXT NOT NULL DEFAULT 'none' CHECK (bound IN ('none', 'central', 'local'));
    """
}

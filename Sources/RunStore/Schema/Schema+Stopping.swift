extension Schema {
  /// Why a finished run ended; NULL of one that is not finished, or that a version finished which did not record it.
  static let stopReasons = """
    ALTER TABLE runs ADD COLUMN stop_reason TEXT CHECK (stop_reason IN ('rounds', 'target', 'patience'));
    """
}

internal import GRDB

/// A query of the records of one table by round, and by what else is asked for.
struct RecordQuery<Record: RowRecord> {
  /// The values of the conditions' question marks.
  private(set) var arguments: StatementArguments = []
  private var conditions = ""

  /// Makes a query of all records.
  init() {}

  /// Leaves out the records that do not meet `condition`, in which columns are those of `record`.
  mutating func require(_ condition: String, _ arguments: StatementArguments) {
    conditions += " AND " + condition
    self.arguments += arguments
  }

  /// The query; its arguments are the run, the first and the last round, then `arguments`. The round is the last
  /// column.
  ///
  /// The join looks the records up round by round: with their key's first columns known, a client's records are found
  /// without an index of their own. CROSS JOIN keeps SQLite from turning the join around, and the plus sign from
  /// applying the range of rounds to the records, all of which it would then read once for each round.
  var selection: String {
    """
    SELECT \(Record.columns.map { "record.\($0)" }.joined(separator: ", ")), r.round
    FROM rounds r CROSS JOIN \(Record.table) record ON record.run_id = r.run_id AND record.round = +r.round
    WHERE r.run_id = ? AND r.round BETWEEN ? AND ?\(conditions)
    ORDER BY r.round, \(Record.key.map { "record.\($0)" }.joined(separator: ", "))
    """
  }
}

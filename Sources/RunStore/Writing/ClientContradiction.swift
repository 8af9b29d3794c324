internal import GRDB
internal import Records

/// What contradicts the clients of a run among the rows of its rounds: rows of a client that it does not have, or of other
/// numbers of examples than the client has. Runs whose clients are not recorded contradict nothing.
struct ClientContradiction {
  /// What is wrong with rows, in words that follow their number and table.
  enum Kind: String {
    /// The run has no such client.
    case unknown = "are of clients that the run does not have"
    /// A client took part with another number of examples than it has.
    case samples = "have another number of training examples than their clients"
    /// A client was evaluated on more examples than it has.
    case evaluated = "are of more examples than their clients have"
  }

  /// The run.
  let run: Int64
  /// What is wrong, in words.
  let text: String

  /// The tables that are looked at, with what a row `r` is like that contradicts its client `c`, which is missing where
  /// `c.client` is NULL; in SQL.
  private static let conditions: [(table: String, kind: Kind, condition: String)] = [
    (ParticipationRecord.table, .unknown, "c.client IS NULL"),
    (EvaluationRecord.table, .unknown, "r.client >= 0 AND c.client IS NULL"),
    (NormDriftRecord.table, .unknown, "c.client IS NULL"),
    (
      // Under `bound: central` the first client trains on the examples of all.
      ParticipationRecord.table, .samples,
      """
      r.samples <> c.train_samples AND NOT (r.client = 0 AND r.samples >=
        (SELECT TOTAL(k.train_samples) FROM clients k WHERE k.run_id = r.run_id))
      """
    ),
    (
      EvaluationRecord.table, .evaluated,
      """
      r.client >= 0 AND r.samples > CASE r.split WHEN 'test' THEN c.test_samples
        WHEN 'validation' THEN c.validation_samples ELSE c.train_samples END
      """
    ),
  ]

  /// What contradicts, of all runs.
  ///
  /// - Complexity: A pass over the tables for each kind, with a look-up by key for each row.
  static func all(_ database: Database, path: String) throws -> [ClientContradiction] {
    try conditions.flatMap { table, kind, condition in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT r.run_id, COUNT(*), MIN(r.round) FROM \(table) r
          LEFT JOIN clients c ON c.run_id = r.run_id AND c.client = r.client
          WHERE \(condition) AND EXISTS (SELECT 1 FROM clients k WHERE k.run_id = r.run_id) GROUP BY r.run_id
          """)
      return try rows.map { row in
        let values = RowValues(row: row, path: path)
        let (count, round): (Int, Int) = (try values.required(1), try values.required(2))
        return ClientContradiction(
          run: try values.required(0),
          text: "\(count) rows of '\(table)' \(kind.rawValue), the first of them in round \(round)")
      }
    }
  }
}

extension RunStore {
  /// Looks for rounds that contradict the clients of their runs.
  func checkClients(_ database: Database, _ check: inout StoreCheck) throws {
    for contradiction in try ClientContradiction.all(database, path: path) {
      check.complain(contradiction.text, run: contradiction.run)
    }
  }

  /// Makes sure that nothing in a round contradicts the clients of its run, which are read with its first round.
  ///
  /// - Throws: `StoreError.rejected` with what does.
  func refuseContradictions(in round: RoundRecord, of run: Int64, _ database: Database) throws {
    let known = recordedClients.withLock { $0[run] }
    let clients = try known ?? RecordedClients(of: run, database, path: path)
    if known == nil { recordedClients.withLock { $0[run] = clients } }
    try clients.refuse(round, of: run, path: path)
  }
}

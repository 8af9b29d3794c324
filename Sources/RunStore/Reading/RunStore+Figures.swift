internal import GRDB
package import Records

/// What a figure asks of the record: some rounds and clients, looked up by their keys, and means over runs; never all
/// rows of a long run.
extension RunStore {
  /// The rounds of a run of which drift over the cohort is recorded, ascending.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func driftRounds(run id: Int64) throws(StoreError) -> [Int] {
    try reading { try Self.all(Self.driftRoundsQuery, [id], $0, self.path) { try $0.required(0) } }
  }

  static let driftRoundsQuery = """
    SELECT r.round FROM rounds r
    WHERE r.run_id = ? AND EXISTS (SELECT 1 FROM layer_drift d WHERE d.run_id = r.run_id AND d.round = r.round)
    ORDER BY r.round
    """

  /// Drift over the cohort as means over runs, by round and layer; only of what some of the runs have recorded.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func layerDriftMeans(runs: [Int64], rounds: [Int]) throws(StoreError) -> [LayerDriftMean] {
    try reading { database in
      try Self.all(
        Self.layerDriftMeansQuery, [Self.list(runs), Self.list(rounds.map(Int64.init))], database, self.path
      ) { row in
        LayerDriftMean(
          round: try row.required(0), layer: try row.required(1), betweenShare: try row.optional(2),
          meanKL: try row.optional(3))
      }
    }
  }

  static let layerDriftMeansQuery = """
    SELECT d.round, d.layer, CASE WHEN COUNT(d.between_share) = COUNT(*) THEN AVG(d.between_share) END,
      CASE WHEN COUNT(d.mean_kl) = COUNT(*) THEN AVG(d.mean_kl) END
    FROM json_each(?) chosen CROSS JOIN json_each(?) k
    CROSS JOIN layer_drift d ON d.run_id = chosen.value AND d.round = k.value
    GROUP BY d.round, d.layer
    """

  /// The evaluations of some clients in some rounds.
  ///
  /// - Parameter selection: What is looked at; without a norm source nothing is found.
  /// - Throws: `StoreError` when the database cannot be read.
  package func evaluations(
    run id: Int64, rounds: [Int], clients: [Int], of selection: EvaluationSelection
  ) throws(StoreError) -> [InRound<EvaluationRecord>] {
    try reading { database in
      let arguments: StatementArguments = [
        Self.list(rounds.map(Int64.init)), Self.list(clients.map(Int64.init)), id, selection.subject.rawValue,
        selection.model.rawValue,
        selection.normSource?.rawValue, selection.phase.rawValue,
      ]
      return try Self.all(Self.chosenEvaluationsQuery(selection.split), arguments, database, self.path) { row in
        InRound(round: try row.required(EvaluationRecord.columns.count), record: try EvaluationRecord(row))
      }
    }
  }

  static func chosenEvaluationsQuery(_ split: JudgedSplit) -> String {
    """
    SELECT \(EvaluationRecord.columns.map { "e.\($0)" }.joined(separator: ", ")), e.round
    FROM json_each(?) k CROSS JOIN json_each(?) chosen
    CROSS JOIN evaluations e ON e.run_id = ? AND e.round = k.value AND e.subject = ? AND e.client = chosen.value
      AND e.model = ? AND e.norm_source = ? AND e.phase = ? AND \(Schema.isJudged("e", by: split))
    ORDER BY e.round, e.client
    """
  }

  /// The last evaluation of each client that has one of a kind in any round, by client.
  ///
  /// - Parameter selection: What is looked at; without a norm source nothing is found.
  /// - Throws: `StoreError` when the database cannot be read.
  package func lastEvaluations(
    run id: Int64, of selection: EvaluationSelection
  ) throws(StoreError) -> [EvaluationRecord] {
    try reading { database in
      let arguments: StatementArguments = [
        selection.subject.rawValue, selection.model.rawValue, selection.normSource?.rawValue, selection.phase.rawValue,
        id,
      ]
      return try Self.all(Self.lastEvaluationsQuery(selection.split), arguments, database, self.path) {
        try EvaluationRecord($0)
      }
    }
  }

  // SQLite takes the other values of a group from the row that has the largest round.
  static func lastEvaluationsQuery(_ split: JudgedSplit) -> String {
    """
    SELECT \(EvaluationRecord.columns.map { "e.\($0)" }.joined(separator: ", ")), MAX(e.round)
    FROM rounds r CROSS JOIN evaluations e ON e.run_id = r.run_id AND e.round = +r.round AND e.subject = ?
      AND e.model = ? AND e.norm_source = ? AND e.phase = ? AND \(Schema.isJudged("e", by: split))
    WHERE r.run_id = ? GROUP BY e.client ORDER BY e.client
    """
  }

  /// The clients' drift in some rounds, by round, client and layer.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func normDrift(run id: Int64, rounds: [Int]) throws(StoreError) -> [InRound<NormDriftRecord>] {
    try reading { database in
      try Self.all(Self.chosenDriftQuery, [Self.list(rounds.map(Int64.init)), id], database, self.path) { row in
        InRound(round: try row.required(NormDriftRecord.columns.count), record: try NormDriftRecord(row))
      }
    }
  }

  static let chosenDriftQuery = """
    SELECT \(NormDriftRecord.columns.map { "d.\($0)" }.joined(separator: ", ")), d.round
    FROM json_each(?) k CROSS JOIN norm_drift d ON d.run_id = ? AND d.round = k.value
    ORDER BY d.round, d.client, d.layer
    """

  /// Numbers as JSON, for `json_each`.
  static func list(_ numbers: [Int64]) -> String {
    "[" + numbers.map(String.init).joined(separator: ",") + "]"
  }

  /// The queries of figures by name, for checks of how SQLite goes about them.
  static let figureQueries = [
    "figures: rounds with drift": driftRoundsQuery, "figures: drift over runs": layerDriftMeansQuery,
    "figures: evaluations of clients": chosenEvaluationsQuery(.test),
    "figures: last evaluations": lastEvaluationsQuery(.test),
    "figures: drift of clients": chosenDriftQuery,
  ]
}

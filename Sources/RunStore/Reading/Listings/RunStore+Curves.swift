internal import GRDB
internal import Records

/// A number in a round; nil where a round is known and the number is not.
package struct RoundValue<Owner: Sendable & Hashable>: Sendable {
  /// Whose it is: a client's number, a layer's name, a run's number.
  package let owner: Owner
  /// The round.
  package let round: Int
  /// The number.
  package let value: Double?
}

extension RunStore {
  /// The mean of a drift measure over each client's layers, by round and client.
  ///
  /// - Parameters:
  ///   - measure: A column of `norm_drift`, or `staleness`.
  ///   - scope: One run, and which rounds, clients, domain and layer of it.
  /// - Throws: `StoreError`.
  /// - Complexity: One pass over the rows of the scope in the order of their key, without sorting.
  package func driftByClient(_ measure: String, _ scope: ListingScope) throws(StoreError) -> [RoundValue<Int>] {
    try reading { database in
      let statement = Self.driftByClient(measure, scope)
      return try Self.all(statement.sql, statement.arguments, database, self.path) { row in
        RoundValue(owner: try row.required(0), round: try row.required(1), value: try row.optional(2))
      }
    }
  }

  /// The mean of a drift measure over the clients of each layer, by round and layer.
  ///
  /// - Parameters:
  ///   - measure: A column of `norm_drift`.
  ///   - scope: One run, and which rounds, clients, domain and layer of it.
  /// - Throws: `StoreError`.
  package func driftByLayer(_ measure: String, _ scope: ListingScope) throws(StoreError) -> [RoundValue<String>] {
    try reading { database in
      let statement = Self.driftByLayer(measure, scope)
      return try Self.all(statement.sql, statement.arguments, database, self.path) { row in
        RoundValue(owner: try row.required(0), round: try row.required(1), value: try row.optional(2))
      }
    }
  }

  /// The mean accuracies of runs over their rounds in a few pieces of equal length, the first and the last round among
  /// them; of the usual kind of evaluation.
  ///
  /// - Parameters:
  ///   - runs: The runs' numbers.
  ///   - pieces: How many.
  /// - Returns: By run and piece, which is the `round` of a value.
  /// - Throws: `StoreError`.
  package func accuracyCurves(_ runs: [Int64], pieces: Int) throws(StoreError) -> [RoundValue<Int64>] {
    try reading { database in
      let all = "[" + runs.map(String.init).joined(separator: ",") + "]"
      return try Self.all(Self.accuracyCurves, [all, pieces], database, self.path) { row in
        RoundValue(owner: try row.required(0), round: try row.required(1), value: try row.optional(2))
      }
    }
  }

  static let accuracyCurves = """
    WITH chosen AS MATERIALIZED (
      SELECT runs.id, runs.rounds_done, (SELECT e.norm_source FROM evaluation_summaries e WHERE e.run_id = runs.id
        AND e.subject = 'client' AND e.model = 'personal' AND e.phase = 'after-aggregation' AND e.split = 'test'
        ORDER BY e.round DESC, \(Schema.bySource) LIMIT 1) AS norm_source
      FROM json_each(?1) j CROSS JOIN runs ON runs.id = j.value)
    SELECT e.run_id, e.round * ?2 / (chosen.rounds_done + 1), AVG(e.mean_accuracy)
    FROM chosen CROSS JOIN evaluation_summaries e ON e.run_id = chosen.id AND e.norm_source = chosen.norm_source
    WHERE e.subject = 'client' AND e.model = 'personal' AND e.phase = 'after-aggregation' AND e.split = 'test'
    GROUP BY 1, 2
    """

  static func driftByClient(_ measure: String, _ scope: ListingScope) -> ListingQuery.Statement {
    var values = BoundValues()
    if measure == "staleness" {
      let sql = """
        SELECT p.client, p.round, p.staleness FROM runs CROSS JOIN rounds r ON r.run_id = runs.id
          CROSS JOIN participations p ON p.run_id = r.run_id AND p.round = +r.round
        WHERE 1
        """ + scope.ofRuns(&values) + scope.ofRounds(&values) + scope.ofClients("p.client", &values)
        + scope.ofDomain("p", &values)
      return ListingQuery.Statement(sql: sql, arguments: StatementArguments(values.values))
    }
    let sql = """
      SELECT d.client, d.round, \(mean(measure)) \(driftSource(scope, &values))
      GROUP BY r.round, d.client
      """
    return ListingQuery.Statement(sql: sql, arguments: StatementArguments(values.values))
  }

  static func driftByLayer(_ measure: String, _ scope: ListingScope) -> ListingQuery.Statement {
    var values = BoundValues()
    let sql = """
      SELECT d.layer, d.round, \(mean(measure)) \(driftSource(scope, &values)) GROUP BY r.round, d.layer
      """
    return ListingQuery.Statement(sql: sql, arguments: StatementArguments(values.values))
  }

  /// The mean of what is finite.
  private static func mean(_ measure: String) -> String {
    precondition(NormDriftRecord.columns.contains(measure), "no measure '\(measure)'")
    let largest = Double.greatestFiniteMagnitude
    return "AVG(CASE WHEN d.\(measure) BETWEEN -\(largest) AND \(largest) THEN d.\(measure) END)"
  }

  /// The rows `d` of one run, round by round, in the order of their key.
  private static func driftSource(_ scope: ListingScope, _ values: inout BoundValues) -> String {
    precondition(scope.runs?.count == 1, "the drift of one run at a time")
    return """
      FROM runs CROSS JOIN rounds r ON r.run_id = runs.id
        CROSS JOIN norm_drift d ON d.run_id = r.run_id AND d.round = +r.round
      WHERE 1
      """ + scope.ofRuns(&values) + scope.ofRounds(&values) + scope.ofClients("d.client", &values)
        + ListingScope.equal("d.layer", scope.layer, &values) + scope.ofDomain("d", &values)
  }
}

extension ListingScope {
  /// The condition that rows of an alias are of clients of the domain asked for, after an AND; "" where none is.
  fileprivate func ofDomain(_ alias: String, _ values: inout BoundValues) -> String {
    guard let domain else { return "" }
    let id = values.bind(runs?.first ?? 0)
    return
      " AND +\(alias).client IN (SELECT c.client FROM clients c WHERE c.run_id = \(id) AND c.domain = \(values.bind(domain)))"
  }
}

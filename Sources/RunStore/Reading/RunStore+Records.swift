internal import GRDB
package import Records

extension RunStore {
  /// The run's clients by number; none where the population was not recorded.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func clients(run id: Int64) throws(StoreError) -> [ClientRecord] {
    try reading(run: id) { database in
      try Self.all(
        "SELECT \(ClientRecord.columnList) FROM clients WHERE run_id = ? ORDER BY client", [id], database, self.path,
        ClientRecord.init)
    }
  }

  /// The domains of the run's clients by number, "" where a client has none of its own.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func domains(run id: Int64) throws(StoreError) -> [Int: String] {
    try reading(run: id) { database in
      let rows = try Self.all(
        "SELECT client, domain FROM clients WHERE run_id = ? ORDER BY client", [id], database, self.path
      ) { (try $0.required(0) as Int, try $0.required(1) as String) }
      // The key is unique, but in a damaged index.
      return Dictionary(rows) { first, _ in first }
    }
  }

  /// What the run's norm policy does to each layer, in the order of the network.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func normLayers(run id: Int64) throws(StoreError) -> [NormLayerRecord] {
    try reading(run: id) { database in
      try Self.all(
        "SELECT \(NormLayerRecord.columnList) FROM norm_layers WHERE run_id = ? ORDER BY position", [id], database,
        self.path, NormLayerRecord.init)
    }
  }

  /// Who trained, by round and client.
  ///
  /// - Parameters:
  ///   - rounds: The rounds to look at; nil for all.
  ///   - client: One client; nil for all.
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func participations(
    run id: Int64, rounds: ClosedRange<Int>? = nil, client: Int? = nil
  ) throws(StoreError) -> [InRound<ParticipationRecord>] {
    try reading(run: id) { try self.records(run: id, rounds, Self.participationQuery(client: client), $0) }
  }

  /// What was evaluated, by round, subject, client, model, norm source, phase and split, words in alphabetical order.
  ///
  /// - Parameters:
  ///   - rounds: The rounds to look at; nil for all.
  ///   - client: One client, also one that is `unseen`; −1 for what is not of one client; nil for all.
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func evaluations(
    run id: Int64, rounds: ClosedRange<Int>? = nil, client: Int? = nil
  ) throws(StoreError) -> [InRound<EvaluationRecord>] {
    try reading(run: id) { try self.records(run: id, rounds, Self.evaluationQuery(client: client), $0) }
  }

  /// The evaluations of one round that a selection means, by client.
  ///
  /// - Parameter detail: What of them is read; the rest is empty.
  /// - Returns: None where the round has none of that kind.
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func evaluations(
    run id: Int64, round: Int, of selection: EvaluationSelection, detail: EvaluationDetail = .all
  ) throws(StoreError) -> [EvaluationRecord] {
    try reading(run: id) { database in
      let arguments: StatementArguments = [id, round]
      let sql = Self.selectedEvaluations(selection, detail)
      return try Self.all(sql, arguments, database, self.path, EvaluationRecord.init)
    }
  }

  /// The evaluations `v` of a round that a selection means; its arguments are the run and the round.
  static func selectedEvaluations(_ selection: EvaluationSelection, _ detail: EvaluationDetail = .all) -> String {
    let left = detail.leftOut
    return """
      SELECT \(EvaluationRecord.columns.map { left.contains($0) ? "'{}'" : "v.\($0)" }.joined(separator: ", ")) FROM rounds r
        \(Schema.joiningSummary(selection))
        JOIN evaluations v ON v.run_id = s.run_id AND v.round = s.round AND v.subject = s.subject AND v.model = s.model
          AND v.norm_source = s.norm_source AND v.phase = s.phase AND \(Schema.isJudged("v", by: selection.split))
      WHERE r.run_id = ? AND r.round = ? ORDER BY v.client
      """
  }

  /// The kinds of evaluations that the run has in any round, each with its norm source, words in alphabetical order;
  /// none where nothing was evaluated.
  ///
  /// No single round has them all: there are rows of after training only of who trained, if anyone did.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func evaluationKinds(run id: Int64) throws(StoreError) -> [EvaluationSelection] {
    try reading(run: id) { database in
      try Self.all(Self.kindSelection, [id], database, self.path) { row in
        EvaluationSelection(
          subject: try row.word(0), model: try row.word(1), phase: try row.word(3), normSource: try row.word(2),
          split: try row.word(4))
      }
    }
  }

  static let kindSelection = """
    SELECT DISTINCT subject, model, norm_source, phase, split FROM evaluation_summaries WHERE run_id = ?
    ORDER BY subject, model, norm_source, phase, split
    """

  /// The last round of a run that has an evaluation of any kind; nil where there is none.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func lastEvaluatedRound(run id: Int64) throws(StoreError) -> Int? {
    try reading(run: id) { database in
      try Self.all(Self.lastEvaluatedSelection, [id], database, self.path) { try $0.optional(0) as Int? }.first ?? nil
    }
  }

  static let lastEvaluatedSelection = "SELECT MAX(round) FROM evaluations WHERE run_id = ?"

  /// Drift of the clients' normalization layers, by round, client and layer, layers in alphabetical order.
  ///
  /// - Parameters:
  ///   - rounds: The rounds to look at; nil for all.
  ///   - client: One client; nil for all.
  ///   - layer: One layer; nil for all.
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func normDrift(
    run id: Int64, rounds: ClosedRange<Int>? = nil, client: Int? = nil, layer: String? = nil
  ) throws(StoreError) -> [InRound<NormDriftRecord>] {
    try reading(run: id) { try self.records(run: id, rounds, Self.normDriftQuery(client: client, layer: layer), $0) }
  }

  /// Drift of the normalization layers over the cohort, by round and layer, layers in alphabetical order.
  ///
  /// - Parameters:
  ///   - rounds: The rounds to look at; nil for all.
  ///   - layer: One layer; nil for all.
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func layerDrift(
    run id: Int64, rounds: ClosedRange<Int>? = nil, layer: String? = nil
  ) throws(StoreError) -> [InRound<LayerDriftRecord>] {
    try reading(run: id) { try self.records(run: id, rounds, Self.layerDriftQuery(layer: layer), $0) }
  }

  static func participationQuery(client: Int? = nil) -> RecordQuery<ParticipationRecord> {
    var query = RecordQuery<ParticipationRecord>()
    if let client { query.require("record.client = ?", [client]) }
    return query
  }

  static func evaluationQuery(client: Int? = nil) -> RecordQuery<EvaluationRecord> {
    var query = RecordQuery<EvaluationRecord>()
    // The subject comes before the client in the key.
    if let client { query.require("record.subject IN ('client', 'union', 'unseen') AND record.client = ?", [client]) }
    return query
  }

  static func normDriftQuery(client: Int? = nil, layer: String? = nil) -> RecordQuery<NormDriftRecord> {
    var query = RecordQuery<NormDriftRecord>()
    if let client { query.require("record.client = ?", [client]) }
    if let layer { query.require("record.layer = ?", [layer]) }
    return query
  }

  static func layerDriftQuery(layer: String? = nil) -> RecordQuery<LayerDriftRecord> {
    var query = RecordQuery<LayerDriftRecord>()
    if let layer { query.require("record.layer = ?", [layer]) }
    return query
  }

  /// The records that `query` selects from a run.
  func records<Record: RowRecord>(
    run id: Int64, _ rounds: ClosedRange<Int>?, _ query: RecordQuery<Record>, _ database: Database
  ) throws -> [InRound<Record>] {
    let range = rounds ?? 0...Int.max
    let arguments: StatementArguments = [id, range.lowerBound, range.upperBound]
    return try Self.all(query.selection, arguments + query.arguments, database, path) { row in
      InRound(round: try row.required(Record.columns.count), record: try Record(row))
    }
  }
}

/// What is read of evaluations: measures and counts take ten times as long as loss and accuracy.
package enum EvaluationDetail: Sendable {
  /// Everything.
  case all
  /// Everything but counts.
  case measures
  /// Neither measures nor counts.
  case plain

  /// The columns that are not read.
  fileprivate var leftOut: [String] {
    switch self {
    case .all: []
    case .measures: ["counts"]
    case .plain: ["counts", "measures"]
    }
  }
}

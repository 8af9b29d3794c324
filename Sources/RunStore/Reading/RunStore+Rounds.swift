internal import GRDB
package import Records

extension RunStore {
  /// The rounds of a run in ascending order, each in one line.
  ///
  /// - Parameters:
  ///   - range: The rounds to look at; nil for all.
  ///   - count: How many of them at most, the last ones; nil for all.
  ///   - selection: The evaluations that are looked at.
  ///   - withDrift: Whether rows say how far the layers drift; without, they are read in half the time.
  ///   - measures: The names of measures whose summaries rows have.
  /// - Throws: `StoreError`, of which `unknownRun`.
  /// - Complexity: A look-up by key for each round, however many clients were evaluated.
  package func rounds(
    run id: Int64, in range: ClosedRange<Int>? = nil, last count: Int? = nil,
    of selection: EvaluationSelection = EvaluationSelection(), withDrift: Bool = true, measures: [String] = []
  ) throws(StoreError) -> [RoundRow] {
    try reading(run: id) { database in
      let range = range ?? 0...Int.max
      let arguments: StatementArguments = [id, range.lowerBound, range.upperBound, count ?? -1]
      let sql = Self.roundSelection(selection, withDrift: withDrift, measureCount: measures.count)
      return try Self.all(sql, arguments + StatementArguments(measures), database, self.path) { row in
        try RoundRow(row, measures: measures)
      }.reversed()
    }
  }

  /// The first round of a run that is recorded in a range; nil where none is.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func firstRound(run id: Int64, in range: ClosedRange<Int>) throws(StoreError) -> Int? {
    try reading(run: id) { database in
      try Self.all(
        "SELECT round FROM rounds WHERE run_id = ? AND round BETWEEN ? AND ? ORDER BY round LIMIT 1",
        [id, range.lowerBound, range.upperBound], database, self.path
      ) { try $0.required(0) as Int }.first
    }
  }

  /// Everything a round recorded; evaluations, drift and participations are in the order of their keys.
  ///
  /// - Returns: nil when the run has no such round.
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func round(_ round: Int, run id: Int64) throws(StoreError) -> RoundRecord? {
    try reading(run: id) { database in
      let selection = "SELECT \(RoundRecord.columnList) FROM rounds WHERE run_id = ? AND round = ?"
      let found = try Self.all(selection, [id, round], database, self.path) { try RoundRecord($0) }
      guard var record = found.first else { return nil }
      let rounds = round...round
      record.participations = try self.records(run: id, rounds, Self.participationQuery(), database).map(\.record)
      record.evaluations = try self.records(run: id, rounds, Self.evaluationQuery(), database).map(\.record)
      record.normDrift = try self.records(run: id, rounds, Self.normDriftQuery(), database).map(\.record)
      record.layerDrift = try self.records(run: id, rounds, Self.layerDriftQuery(), database).map(\.record)
      return record
    }
  }

  /// The rows that `sql` selects.
  static func all<Value>(
    _ sql: String, _ arguments: StatementArguments, _ database: Database, _ path: String,
    _ value: (RowValues) throws -> Value
  ) throws -> [Value] {
    let rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: arguments)
    var values: [Value] = []
    while let row = try rows.next() { values.append(try value(RowValues(row: row, path: path))) }
    return values
  }

  /// The rounds of a run, the last first; its arguments are the run, the first and the last round, how many, and the names of
  /// measures.
  static func roundSelection(
    _ selection: EvaluationSelection, withDrift: Bool = true, measureCount: Int = 0
  ) -> String {
    // What most people look at is a view.
    let rounds = selection == EvaluationSelection() ? "round_summary" : "(\(Schema.roundSummary(selection)))"
    let selected = """
      SELECT \(RoundRecord.columnList), evaluated_clients, norm_source, mean_accuracy, sample_weighted_accuracy,
        worst_accuracy, bottom_decile_accuracy, mean_loss, \(withDrift ? "mean_kl, between_share" : "NULL, NULL"), accuracy_sd,
        jain, sample_weighted_loss, worst_loss, bottom_decile_loss, loss_sd, untested_clients, run_id
      FROM \(rounds) WHERE run_id = ? AND round BETWEEN ? AND ? ORDER BY round DESC LIMIT ?
      """
    if measureCount == 0 { return selected }
    let measures = (0..<measureCount).map { "m\($0)" }
    let columns = measures.flatMap { measure in SummaryMeasure.valueColumns.map { "\(measure).\($0)" } }
    let joins = measures.map { measure in
      """
      LEFT JOIN summary_measures \(measure) ON \(measure).run_id = x.run_id AND \(measure).round = x.round
        AND \(measure).subject = '\(selection.subject.rawValue)' AND \(measure).model = '\(selection.model.rawValue)'
        AND \(measure).norm_source = x.norm_source AND \(measure).phase = '\(selection.phase.rawValue)'
        AND \(measure).split = '\(selection.split.rawValue)' AND \(measure).measure = ?
      """
    }
    return """
      SELECT x.*, \(columns.joined(separator: ", ")) FROM (\(selected)) x
      \(joins.joined(separator: "\n")) ORDER BY x.round DESC
      """
  }
}

extension RoundRow {
  /// Reads a row of `RunStore.roundSelection`.
  fileprivate init(_ row: RowValues, measures names: [String]) throws {
    let record = try RoundRecord(row)
    self.init(
      round: record.round, cohortSize: record.cohortSize, reported: record.reported, seconds: record.seconds)
    trainLoss = record.trainLoss
    trainAccuracy = record.trainAccuracy
    bytesUp = record.bytesUp
    bytesDown = record.bytesDown
    flops = record.flops
    simulatedSeconds = record.simulatedSeconds
    roundMeasures = record.measures
    let first = RoundRecord.columns.count
    evaluatedClients = try row.required(first)
    normSource = try row.optionalWord(first + 1)
    meanAccuracy = try row.optional(first + 2)
    sampleWeightedAccuracy = try row.optional(first + 3)
    worstAccuracy = try row.optional(first + 4)
    bottomDecileAccuracy = try row.optional(first + 5)
    meanLoss = try row.optional(first + 6)
    meanKL = try row.optional(first + 7)
    betweenShare = try row.optional(first + 8)
    accuracySD = try row.optional(first + 9)
    jain = try row.optional(first + 10)
    sampleWeightedLoss = try row.optional(first + 11)
    worstLoss = try row.optional(first + 12)
    bottomDecileLoss = try row.optional(first + 13)
    lossSD = try row.optional(first + 14)
    untestedClients = try row.required(first + 15)
    for (number, name) in names.enumerated() {
      let place = first + 17 + number * SummaryMeasure.valueColumns.count
      if try row.optional(place, as: Int.self) != nil { measures[name] = try MeasureSummary(row, from: place) }
    }
  }
}

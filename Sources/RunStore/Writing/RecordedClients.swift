internal import GRDB
internal import Records

/// How many examples the recorded clients of a run have, kept while it is computed.
struct RecordedClients: Sendable {
  private var counts: [Int: (train: Int, test: Int, validation: Int)] = [:]
  /// Training examples of all of them.
  private var trainSum = 0.0

  /// Reads the clients of a run.
  init(of run: Int64, _ database: Database, path: String) throws {
    let rows = try Row.fetchCursor(
      database, sql: "SELECT client, train_samples, test_samples, validation_samples FROM clients WHERE run_id = ?",
      arguments: [run])
    while let row = try rows.next() {
      let values = RowValues(row: row, path: path)
      let (train, test): (Int, Int) = (try values.required(1), try values.required(2))
      counts[try values.required(0)] = (train, test, try values.required(3))
      trainSum += Double(train)
    }
  }

  /// Makes sure that nothing in a round contradicts them.
  ///
  /// - Throws: `StoreError.rejected` with what does.
  func refuse(_ round: RoundRecord, of run: Int64, path: String) throws {
    if counts.isEmpty { return }
    func refuse(_ count: Int, _ table: String, _ kind: ClientContradiction.Kind) throws {
      if count == 0 { return }
      throw StoreError.rejected(
        path: path, reason: "run \(run), round \(round.round): \(count) rows of '\(table)' \(kind.rawValue)")
    }
    var (unknown, wrong) = (0, 0)
    for row in round.participations {
      guard let client = counts[row.client] else {
        unknown += 1
        continue
      }
      // Under `bound: central` the first client trains on the examples of all.
      let hasAll = row.client == 0 && Double(row.samples) >= trainSum
      if row.samples != client.train, !hasAll { wrong += 1 }
    }
    try refuse(unknown, ParticipationRecord.table, .unknown)
    try refuse(wrong, ParticipationRecord.table, .samples)
    (unknown, wrong) = (0, 0)
    for row in round.evaluations where row.client >= 0 {
      guard let client = counts[row.client] else {
        unknown += 1
        continue
      }
      let limit =
        switch row.split {
        case .test: client.test
        case .validation: client.validation
        case .train: client.train
        }
      if row.samples > limit { wrong += 1 }
    }
    try refuse(unknown, EvaluationRecord.table, .unknown)
    try refuse(wrong, EvaluationRecord.table, .evaluated)
    try refuse(round.normDrift.count { counts[$0.client] == nil }, NormDriftRecord.table, .unknown)
  }
}

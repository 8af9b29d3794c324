internal import GRDB
package import Records

/// What is recorded of a run, one record after another in constant memory.
///
/// What `body` throws ends the reading and is thrown on. It may not ask the store for anything else.
extension RunStore {
  /// Calls `body` with the run's clients by number.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`; what `body` throws.
  package func forEachClient(run id: Int64, _ body: (ClientRecord) throws -> Void) throws {
    let sql = "SELECT \(ClientRecord.columnList) FROM clients WHERE run_id = ? ORDER BY client"
    try forEach(sql, [id], run: id, ClientRecord.init, body)
  }

  /// Calls `body` with who trained, by round and client.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`; what `body` throws.
  package func forEachParticipation(
    run id: Int64, rounds: ClosedRange<Int>, _ body: (InRound<ParticipationRecord>) throws -> Void
  ) throws {
    try forEachRecord(Self.participationQuery(), run: id, rounds, body)
  }

  /// Calls `body` with what was evaluated, in the order of `evaluations(run:rounds:client:)`.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`; what `body` throws.
  package func forEachEvaluation(
    run id: Int64, rounds: ClosedRange<Int>, _ body: (InRound<EvaluationRecord>) throws -> Void
  ) throws {
    try forEachRecord(Self.evaluationQuery(), run: id, rounds, body)
  }

  /// Calls `body` with the drift of the clients' normalization layers, by round, client and layer.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`; what `body` throws.
  package func forEachNormDrift(
    run id: Int64, rounds: ClosedRange<Int>, _ body: (InRound<NormDriftRecord>) throws -> Void
  ) throws {
    try forEachRecord(Self.normDriftQuery(), run: id, rounds, body)
  }

  /// Calls `body` with the drift of the normalization layers over the cohort, by round and layer.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`; what `body` throws.
  package func forEachLayerDrift(
    run id: Int64, rounds: ClosedRange<Int>, _ body: (InRound<LayerDriftRecord>) throws -> Void
  ) throws {
    try forEachRecord(Self.layerDriftQuery(), run: id, rounds, body)
  }

  private func forEachRecord<Record: RowRecord>(
    _ query: RecordQuery<Record>, run id: Int64, _ rounds: ClosedRange<Int>,
    _ body: (InRound<Record>) throws -> Void
  ) throws {
    let range: StatementArguments = [id, rounds.lowerBound, rounds.upperBound]
    try forEach(
      query.selection, range + query.arguments, run: id,
      { InRound(round: try $0.required(Record.columns.count), record: try Record($0)) }, body)
  }

  private func forEach<Value>(
    _ sql: String, _ arguments: StatementArguments, run id: Int64, _ value: (RowValues) throws -> Value,
    _ body: (Value) throws -> Void
  ) throws {
    var failure: (any Error)?
    do {
      try reading(run: id) { database in
        let rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: arguments)
        while let row = try rows.next() {
          let value = try value(RowValues(row: row, path: self.path))
          do {
            try body(value)
          } catch {
            failure = error
            throw error
          }
        }
      }
    } catch {
      throw failure ?? error
    }
  }
}

internal import Crypto
internal import GRDB
internal import Records

extension RunStore {
  /// SHA-256, in hexadecimal, over what the run recorded, so that equal hashes mean equal results.
  ///
  /// Left out is what does not belong to the result: numbers of runs and experiments, dates, `seconds`, host,
  /// threads, version, process, status and error. The hash covers, in this order, each table's rows in the order of
  /// its key:
  ///
  /// 1. `runs`: arm, strategy, norm, seed, rounds_planned, rounds_done, data_hash, split_hash, class_names,
  ///    stop_reason
  /// 2. `clients`, `norm_layers`: all but run_id; of `norm_layers` position first
  /// 3. `rounds`: all but run_id and seconds
  /// 4. `participations`, `evaluations`, `norm_drift`, `layer_drift`: all but run_id
  /// 5. `checkpoints`: round and sha256 of the newest
  ///
  /// as bytes: a table is `T` and its name as a text; a row is `R` and its values; a value is `N` for NULL, `I` and 8
  /// bytes for an integer, `D` and the 8 bytes of the IEEE 754 bit pattern for a real number, or `S`, 8 bytes with
  /// the length in UTF-8, and the UTF-8 itself for a text. All 8 bytes are least significant first. In front of
  /// everything is the text `covey result 5`.
  ///
  /// - Parameter encoding: The current one, or that of hashes that an earlier version stored.
  /// - Throws: `StoreError`, of which `unknownRun`.
  /// - Complexity: One pass over the run's rows in constant memory.
  package func resultHash(run id: Int64, encoding: ResultEncoding = .current) throws(StoreError) -> String {
    try reading(run: id) { try self.resultHash(run: id, encoding: encoding, $0) }
  }

  /// The result hash that a run will have once it is recorded why it ended.
  func resultHash(run id: Int64, endedBy reason: StopReason) throws(StoreError) -> String {
    try reading(run: id) { try self.resultHash(run: id, encoding: .current, endedBy: reason, $0) }
  }

  /// The result hash of a run that there is.
  func resultHash(
    run id: Int64, encoding: ResultEncoding, endedBy reason: StopReason? = nil, _ database: Database
  ) throws -> String {
    var hasher = ResultHasher(encoding)
    for part in Self.hashedParts(encoding, endedBy: reason) {
      let selection = "SELECT \(part.columns) FROM \(part.table) WHERE \(part.condition)"
      try hasher.add(table: part.table, Row.fetchCursor(database, sql: selection, arguments: [id]), path: path)
    }
    return hasher.finished()
  }

  /// What `resultHash` reads.
  ///
  /// - Parameter reason: Why the run ended, where it is not recorded yet.
  static func hashedParts(
    _ encoding: ResultEncoding, endedBy reason: StopReason? = nil
  ) -> [(table: String, columns: String, condition: String)] {
    func part(
      _ record: (some RowRecord).Type, with added: String? = nil, without removed: String? = nil
    ) -> (table: String, columns: String, condition: String) {
      let columns =
        (added.map { [$0] } ?? [])
        + record.columns.filter { $0 != removed && !encoding.leavesOut($0, of: record.table) }
      let key = (added == "round" ? ["round"] : []) + record.key
      return (record.table, columns.joined(separator: ", "), "run_id = ? ORDER BY \(key.joined(separator: ", "))")
    }
    let run = [
      "arm", "strategy", "norm", "seed", "rounds_planned", "rounds_done", "data_hash", "split_hash", "class_names",
      "stop_reason",
    ].filter { !encoding.leavesOut($0, of: "runs") }.map { column in
      column == "stop_reason" ? reason.map { "'\($0.rawValue)' AS stop_reason" } ?? column : column
    }
    return [
      ("runs", run.joined(separator: ", "), "id = ?"),
      part(ClientRecord.self),
      part(NormLayerRecord.self, with: "position"),
      part(RoundRecord.self, without: "seconds"),
      part(ParticipationRecord.self, with: "round"),
      part(EvaluationRecord.self, with: "round"),
      part(NormDriftRecord.self, with: "round"),
      part(LayerDriftRecord.self, with: "round"),
      ("checkpoints", "round, sha256", "run_id = ? ORDER BY round DESC LIMIT 1"),
    ]
  }
}

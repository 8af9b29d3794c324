internal import Crypto
internal import GRDB
internal import Records

/// What a result hash covers, which grows with what is recorded.
public enum ResultEncoding: Int, Sendable, CaseIterable {
  /// All but what later encodings added: `covey result 1`.
  case first = 1
  /// Also `norm_drift.effective_momentum`: `covey result 2`. Hashes are stored in this encoding.
  case second = 2

  /// The columns of `table` that a later encoding added.
  func leavesOut(_ column: String, of table: String) -> Bool {
    self == .first && table == NormDriftRecord.table && column == "effective_momentum"
  }
}

extension RunStore {
  /// SHA-256, in hexadecimal, over what the run recorded, so that equal hashes mean equal results.
  ///
  /// Left out is what does not belong to the result: numbers of runs and experiments, dates, `seconds`, host,
  /// threads, version, process, status and error. The hash covers, in this order, each table's rows in the order of
  /// its key:
  ///
  /// 1. `runs`: arm, strategy, norm, seed, rounds_planned, rounds_done
  /// 2. `clients`, `norm_layers`: all but run_id; of `norm_layers` position first
  /// 3. `rounds`: all but run_id and seconds
  /// 4. `participations`, `evaluations`, `norm_drift`, `layer_drift`: all but run_id
  /// 5. `checkpoints`: round and sha256 of the newest
  ///
  /// as bytes: a table is `T` and its name as a text; a row is `R` and its values; a value is `N` for NULL, `I` and 8
  /// bytes for an integer, `D` and the 8 bytes of the IEEE 754 bit pattern for a real number, or `S`, 8 bytes with
  /// the length in UTF-8, and the UTF-8 itself for a text. All 8 bytes are least significant first. In front of
  /// everything is the text `covey result 2`.
  ///
  /// - Parameter encoding: The current one, or that of hashes that an earlier version stored.
  /// - Throws: `StoreError`, of which `unknownRun`.
  /// - Complexity: One pass over the run's rows in constant memory.
  public func resultHash(run id: Int64, encoding: ResultEncoding = .second) throws(StoreError) -> String {
    try reading(run: id) { try self.resultHash(run: id, encoding: encoding, $0) }
  }

  /// The result hash of a run that there is.
  func resultHash(run id: Int64, encoding: ResultEncoding, _ database: Database) throws -> String {
    var hasher = ResultHasher(encoding)
    for part in Self.hashedParts(encoding) {
      let selection = "SELECT \(part.columns) FROM \(part.table) WHERE \(part.condition)"
      try hasher.add(table: part.table, Row.fetchCursor(database, sql: selection, arguments: [id]), path: path)
    }
    return hasher.finished()
  }

  /// What `resultHash` reads.
  static func hashedParts(_ encoding: ResultEncoding) -> [(table: String, columns: String, condition: String)] {
    func part(
      _ record: (some RowRecord).Type, with added: String? = nil, without removed: String? = nil
    ) -> (table: String, columns: String, condition: String) {
      let columns =
        (added.map { [$0] } ?? [])
        + record.columns.filter { $0 != removed && !encoding.leavesOut($0, of: record.table) }
      let key = (added == "round" ? ["round"] : []) + record.key
      return (record.table, columns.joined(separator: ", "), "run_id = ? ORDER BY \(key.joined(separator: ", "))")
    }
    return [
      ("runs", "arm, strategy, norm, seed, rounds_planned, rounds_done", "id = ?"),
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

/// Encodes rows and hashes them piece by piece.
private struct ResultHasher {
  private static let pieceSize = 1 << 16
  private var hash = SHA256()
  private var bytes: [UInt8] = []

  init(_ encoding: ResultEncoding) {
    bytes.reserveCapacity(Self.pieceSize + 4096)
    add(text: "covey result \(encoding.rawValue)")
  }

  /// Adds a table's rows.
  ///
  /// - Throws: `StoreError.damaged` for bytes, which no hashed column ever holds.
  mutating func add(table: String, _ rows: RowCursor, path: String) throws {
    add(tag: "T")
    add(text: table)
    while let row = try rows.next() {
      add(tag: "R")
      for index in 0..<row.count where !add(row.unchanged(index)) {
        throw RowValues(row: row, path: path).damage(index)
      }
      if bytes.count >= Self.pieceSize { flush() }
    }
  }

  mutating func finished() -> String {
    flush()
    return hexadecimal(hash.finalize())
  }

  /// - Returns: Whether there is an encoding of the value.
  private mutating func add(_ value: DatabaseValue) -> Bool {
    switch value.storage {
    case .null: add(tag: "N")
    case .int64(let value):
      add(tag: "I")
      add(word: UInt64(bitPattern: value))
    case .double(let value):
      add(tag: "D")
      add(word: value.bitPattern)
    case .string(let value): add(text: value)
    case .blob: return false
    }
    return true
  }

  private mutating func add(tag: Unicode.Scalar) { bytes.append(UInt8(ascii: tag)) }

  private mutating func add(word: UInt64) {
    withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func add(text: String) {
    add(tag: "S")
    add(word: UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func flush() {
    hash.update(data: bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}

internal import Crypto
internal import Foundation
internal import GRDB
internal import Records
internal import Zlib

/// How a checkpoint's state lies in the database: in pieces, since a value of SQLite has a limit, and packing takes no more
/// memory than a piece then.
///
/// `checkpoints.state` is 8 bytes with the state's length, least significant first, the highest bit set, and the first piece
/// (`BytePlanes`); further pieces are the rows of `checkpoint_pieces`. Without the bit what follows is a zlib stream of all
/// of it, as older versions wrote it.
enum StoredCheckpoint {
  /// No state is larger: a length beyond it is damage.
  static let largestState = 16 << 30
  /// Bytes of the state in a piece.
  static let pieceSize = 16 << 20
  /// Says that the state is in pieces.
  private static let isInPieces: UInt64 = 1 << 63

  /// Writes a checkpoint of a run.
  static func write(_ checkpoint: CheckpointRecord, run: Int64, sha256: String, _ database: Database) throws {
    let state = checkpoint.state
    var first = Data()
    withUnsafeBytes(of: (isInPieces | UInt64(state.count)).littleEndian) { first.append(contentsOf: $0) }
    first.append(contentsOf: piece(0, of: state))
    try database.cachedStatement(sql: "INSERT INTO checkpoints (run_id, round, sha256, state) VALUES (?, ?, ?, ?)")
      .execute(arguments: [run, checkpoint.round, sha256, first])
    let further = stride(from: pieceSize, to: state.count, by: pieceSize)
    for (number, start) in further.enumerated() {
      let insertion = try database.cachedStatement(
        sql: "INSERT INTO checkpoint_pieces (run_id, round, piece, data) VALUES (?, ?, ?, ?)")
      try insertion.execute(arguments: [run, checkpoint.round, number + 1, Data(piece(start, of: state))])
    }
  }

  /// The state of a run's checkpoint of a round that has one; nil when it is not the one that was written.
  static func read(run: Int64, round: Int, _ database: Database) throws -> [UInt8]? {
    let row = try Row.fetchOne(
      database, sql: "SELECT sha256, state FROM checkpoints WHERE run_id = ? AND round = ?", arguments: [run, round])
    guard let row, case .string(let sha256) = row.stored(0).storage, case .blob(let blob) = row.stored(1).storage,
      blob.count > 8
    else { return nil }
    let head = blob.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let length = head & ~isInPieces
    guard length <= UInt64(largestState) else { return nil }
    let state: [UInt8]?
    if head & isInPieces == 0 {
      state = try? inflated([UInt8](blob.dropFirst(8)), expecting: Int(length))
    } else {
      state = try pieces(behind: blob.dropFirst(8), length: Int(length), run: run, round: round, database)
    }
    return state.flatMap { digest(of: $0) == sha256 ? $0 : nil }
  }

  /// The pieces of a state behind one another.
  private static func pieces(
    behind first: Data, length: Int, run: Int64, round: Int, _ database: Database
  ) throws -> [UInt8]? {
    guard var state = BytePlanes.unpacked([UInt8](first), limit: length) else { return nil }
    let rows = try Row.fetchCursor(
      database, sql: "SELECT piece, data FROM checkpoint_pieces WHERE run_id = ? AND round = ? ORDER BY piece",
      arguments: [run, round])
    var number: Int64 = 0
    while let row = try rows.next() {
      number += 1
      guard case .int64(number) = row.stored(0).storage, case .blob(let data) = row.stored(1).storage,
        let piece = BytePlanes.unpacked([UInt8](data), limit: length - state.count)
      else { return nil }
      state += piece
    }
    return state.count == length ? state : nil
  }

  /// The piece of a state that begins at a byte, packed.
  private static func piece(_ start: Int, of state: [UInt8]) -> [UInt8] {
    state.withUnsafeBytes {
      BytePlanes.packed(UnsafeRawBufferPointer(rebasing: $0[start..<min(start + pieceSize, state.count)]))
    }
  }

  /// SHA-256 of a state, in hexadecimal.
  static func digest(of state: [UInt8]) -> String { hexadecimal(SHA256.hash(data: state)) }
}

/// A digest in lower-case hexadecimal.
func hexadecimal(_ digest: SHA256.Digest) -> String {
  let digits = Array("0123456789abcdef")
  return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

extension RunStore {
  /// SHA-256 of a text's UTF-8 bytes in hexadecimal, as `ExperimentRecord.scenarioHash` holds it.
  package static func sha256(of text: String) -> String { hexadecimal(SHA256.hash(data: Array(text.utf8))) }
}

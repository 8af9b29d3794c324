internal import Crypto
internal import GRDB

/// Encodes rows and hashes them piece by piece.
struct ResultHasher {
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

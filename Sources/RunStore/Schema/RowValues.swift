internal import GRDB

/// A row's values by position: the one reader of what is recorded. A value of another type than asked for, or one that
/// no run could have, is damage, not a programmer's mistake; so what is computed of values neither traps nor lies.
struct RowValues {
  /// No count of clients, rounds, steps, examples or labels is larger, and the sum of a million of them fits.
  static let largestCount = 1 << 40
  /// No number of bytes or operations is larger.
  static let largestAmount = 1 << 62

  /// The row.
  let row: Row
  /// The database's path, for messages.
  let path: String

  /// A value that is never NULL; an `Int` is a count.
  func required<Value: DatabaseValueConvertible>(_ index: Int, as type: Value.Type = Value.self) throws -> Value {
    guard let value: Value = value(row.stored(index)) else { throw damage(index) }
    return value
  }

  /// A value that may be NULL; an `Int` is a count.
  func optional<Value: DatabaseValueConvertible>(_ index: Int, as type: Value.Type = Value.self) throws -> Value? {
    let stored = row.stored(index)
    if stored.isNull { return nil }
    guard let value: Value = value(stored) else { throw damage(index) }
    return value
  }

  /// A number of bytes or operations, which may be larger than a count.
  func amount(_ index: Int) throws -> Int { try integer(index, in: 0...Self.largestAmount) }

  /// A client's number, or −1 for none.
  func client(_ index: Int) throws -> Int { try integer(index, in: -1...Self.largestCount) }

  private func integer(_ index: Int, in range: ClosedRange<Int>) throws -> Int {
    guard case .int64(let value) = row.stored(index).storage, range.contains(Int(value)) else { throw damage(index) }
    return Int(value)
  }

  /// A stored value as another type; nil where it is none of that.
  private func value<Value: DatabaseValueConvertible>(_ stored: DatabaseValue) -> Value? {
    // The types are known when this is compiled.
    if Value.self == Int.self {
      guard case .int64(let number) = stored.storage, 0...Int64(Self.largestCount) ~= number else { return nil }
    }
    // SQLite would take bytes for a text.
    if Value.self == String.self, case .blob = stored.storage { return nil }
    return Value.fromDatabaseValue(stored)
  }

  /// A number; NULL stands for one that is not a number.
  func number(_ index: Int) throws -> Double { try optional(index) ?? .nan }

  /// One of a set of words.
  func word<Word: RawRepresentable<String>>(_ index: Int, as type: Word.Type = Word.self) throws -> Word {
    guard let word = Word(rawValue: try required(index)) else { throw damage(index) }
    return word
  }

  /// One of a set of words, or NULL.
  func optionalWord<Word: RawRepresentable<String>>(_ index: Int, as type: Word.Type = Word.self) throws -> Word? {
    try optional(index, as: String.self) == nil ? nil : try word(index)
  }

  /// What to throw for a value that was never written; of a long one its beginning.
  func damage(_ index: Int) -> StoreError {
    let value = "\(Array(row.databaseValues)[index])"
    let shown = value.utf8.count > 200 ? value.prefix(100) + "…" : value[...]
    return .damaged(path: path, reason: "\(Array(row.columnNames)[index]) holds \(shown)")
  }
}

extension Row {
  /// The value of a column; a text so that comparing it takes no time that grows beyond its length.
  func stored(_ index: Int) -> DatabaseValue {
    let value = unchanged(index)
    guard case .string(let text) = value.storage, text.utf8.count > 60 else { return value }
    return StreamSafeText.of(text).databaseValue
  }

  /// The value of a column as it is stored.
  ///
  /// GRDB's subscripts look up metadata for each value of a type that is not read straight from a statement, which is a
  /// third of the time that a long list takes.
  func unchanged(_ index: Int) -> DatabaseValue { (self[index] as StoredValue).value }
}

/// Any value, NULL too, read straight from a statement.
private struct StoredValue: DatabaseValueConvertible, StatementColumnConvertible {
  let value: DatabaseValue

  init(value: DatabaseValue) { self.value = value }

  init?(sqliteStatement: SQLiteStatement, index: CInt) {
    value = DatabaseValue(sqliteStatement: sqliteStatement, index: index)
  }

  static func fromStatement(_ statement: SQLiteStatement, atUncheckedIndex index: CInt) -> StoredValue? {
    StoredValue(sqliteStatement: statement, index: index)
  }

  static func fromDatabaseValue(_ value: DatabaseValue) -> StoredValue? { StoredValue(value: value) }

  var databaseValue: DatabaseValue { value }
}

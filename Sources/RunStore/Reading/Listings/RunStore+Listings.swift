internal import GRDB

/// One value of a listed row.
package enum ListedValue: Sendable, Hashable {
  case missing
  case integer(Int64)
  case number(Double)
  case text(String)
}

extension RunStore {
  /// The rows that a question asks for.
  ///
  /// - Throws: `ConditionError` for what the listing does not have; `StoreError`.
  package func rows(_ query: ListingQuery) throws -> [[ListedValue]] {
    var rows: [[ListedValue]] = []
    try forEachRow(query) { rows.append($0) }
    return rows
  }

  /// Calls `body` with one row after another, in constant memory.
  ///
  /// - Throws: `ConditionError` for what the listing does not have; `StoreError`.
  package func forEachRow(_ query: ListingQuery, _ body: ([ListedValue]) -> Void) throws {
    let statement = try query.statement()
    try reading { database in
      let rows = try Row.fetchCursor(database, sql: statement.sql, arguments: statement.arguments)
      while let row = try rows.next() { body((0..<row.count).map { ListedValue(row.stored($0)) }) }
    }
  }

  /// How many rows a question would have without its limit and offset.
  ///
  /// - Throws: `ConditionError` for what the listing does not have; `StoreError`.
  package func count(_ query: ListingQuery) throws -> Int {
    let statement = try query.countingStatement()
    return try reading { database in
      try Int.fetchOne(database, sql: statement.sql, arguments: statement.arguments) ?? 0
    }
  }
}

extension ListedValue {
  fileprivate init(_ value: DatabaseValue) {
    switch value.storage {
    case .null: self = .missing
    case .int64(let value): self = .integer(value)
    case .double(let value): self = .number(value)
    case .string(let value): self = .text(value)
    // No listing has such a column, and a database that does is not what was written.
    case .blob: self = .missing
    }
  }
}

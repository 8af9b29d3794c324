internal import Catalogs
internal import GRDB
internal import GRDBSQLite

extension RunStore {
  /// Executes one statement that reads, and hands out its rows one by one.
  ///
  /// SQLite decides what a statement may do, so that no form of words gets around it: its authorizer, asked while the
  /// statement is compiled, refuses `load_extension`, attaching, transactions, and pragmas that set; the compiled
  /// statement says whether it writes; and the connection could not.
  ///
  /// - Parameters:
  ///   - columns: Gets the columns' names before the first row.
  ///   - row: Gets a row; returns whether to go on.
  /// - Throws: `SQLProblem`, `StoreError` when the database cannot be read, and what the closures throw.
  /// - Precondition: The store was opened with `readOnly` access.
  package func query(_ sql: String, columns: ([String]) throws -> Void, row: ([SQLValue]) throws -> Bool) throws {
    precondition(access == .readOnly, "somebody's own statement on a store that can write")
    let outcome: Result<Void, any Error> = try reading { database in
      let authorizer = ReadingAuthorizer()
      do {
        try authorizer.whileSet(on: database) {
          try database.execute(sql: "PRAGMA query_only = ON")
          authorizer.isStrict = true
          defer { authorizer.isStrict = false }
          try Self.execute(sql, database, columns, row)
        }
        return .success(())
      } catch let error as DatabaseError {
        guard let problem = Self.problem(error, refused: authorizer.refused, sql: sql, database) else { throw error }
        return .failure(problem)
      } catch {
        return .failure(error)
      }
    }
    try outcome.get()
  }

  /// Ends statements that are being executed.
  package func interrupt() { interruptConnections() }

  private static func execute(
    _ sql: String, _ database: Database, _ columns: ([String]) throws -> Void, _ row: ([SQLValue]) throws -> Bool
  ) throws {
    let statement = try database.makeStatement(sql: sql)
    if !statement.isReadonly { throw SQLProblem.notReading("changes the database") }
    if sqlite3_bind_parameter_count(statement.sqliteStatement) > 0 { throw SQLProblem.placeholders }
    try columns(statement.columnNames)
    let rows = try Row.fetchCursor(statement)
    while try rows.next() != nil {
      let values = (0..<Int32(statement.columnCount)).map { value(statement.sqliteStatement, $0) }
      if try !row(values) { return }
    }
  }

  /// A value of the row that a statement stands at; a blob is not copied.
  private static func value(_ statement: OpaquePointer, _ column: Int32) -> SQLValue {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: .real(sqlite3_column_double(statement, column))
    case SQLITE_BLOB: .blob(byteCount: Int(sqlite3_column_bytes(statement, column)))
    case SQLITE_TEXT: .text(sqlite3_column_text(statement, column).map { String(cString: $0) } ?? "")
    default: .null
    }
  }

  /// What is wrong with a statement; nil where the database is to blame.
  private static func problem(
    _ error: DatabaseError, refused: String?, sql: String, _ database: Database
  ) -> SQLProblem? {
    let message = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_MISUSE where message.hasPrefix("Multiple statements"): return .several
    case .SQLITE_INTERRUPT: return .interrupted
    case .SQLITE_AUTH: return .notReading(refused ?? "is not allowed")
    case .SQLITE_READONLY: return .notReading("changes the database")
    case .SQLITE_ERROR where message == "empty statement": return .empty
    case .SQLITE_ERROR where refused != nil: return .notReading(refused ?? "")
    case .SQLITE_ERROR, .SQLITE_RANGE, .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_MISUSE:
      return .wrong(message: message, nearest: nearest(to: message, sql: sql, database))
    default: return nil
    }
  }

  /// The table, view or column that is nearest to the unknown one that SQLite complains about.
  private static func nearest(to message: String, sql: String, _ database: Database) -> String? {
    func names(_ selection: String) -> [String] { (try? String.fetchAll(database, sql: selection)) ?? [] }
    let tables = names(
      """
      SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'grdb%'
      ORDER BY name
      """)
    if message.hasPrefix("no such table: ") {
      return nearestName(to: String(message.dropFirst("no such table: ".count)), in: tables)
    }
    guard message.hasPrefix("no such column: ") else { return nil }
    let column = String(message.dropFirst("no such column: ".count))
    let words = Set(sql.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
    let mentioned = tables.filter { words.contains($0.lowercased()) }
    let columns = (mentioned.isEmpty ? tables : mentioned).flatMap {
      names("SELECT name FROM pragma_table_xinfo('\($0.replacing("'", with: "''"))')")
    }
    // What stands in front of a point is a table's name or a name for it.
    let parts = column.split(separator: ".").map(String.init)
    guard let last = parts.last, let nearest = nearestName(to: last, in: columns) else { return nil }
    return (parts.dropLast() + [nearest]).joined(separator: ".")
  }
}

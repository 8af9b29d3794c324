internal import GRDB
internal import GRDBSQLite

/// Tells SQLite what a statement may do: read.
///
/// It takes the place of GRDB's own authorizer, which only observes, for as long as one statement of somebody else is
/// executed, on a connection that reads.
final class ReadingAuthorizer {
  /// Whether the authorizer decides; otherwise everything is allowed.
  var isStrict = false
  /// What the first statement that was refused does, as "attaches a database".
  private(set) var refused: String?

  /// Pragmas that read, whatever their argument.
  private static let readingPragmas: Set<String> = [
    "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
    "foreign_key_check", "integrity_check", "quick_check", "database_list", "compile_options", "collation_list",
    "function_list", "module_list", "pragma_list",
  ]
  /// Pragmas that read when they have no argument.
  private static let tellingPragmas: Set<String> = [
    "application_id", "user_version", "schema_version", "page_count", "page_size", "freelist_count", "journal_mode",
    "encoding", "auto_vacuum", "cache_size", "data_version", "foreign_keys", "query_only", "busy_timeout",
  ]

  /// Runs `body` while SQLite asks this authorizer.
  func whileSet<Value>(on database: Database, _ body: () throws -> Value) throws -> Value {
    let connection = database.sqliteConnection
    let context = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_set_authorizer(
      connection,
      { context, action, first, second, _, _ in
        guard let context else { return SQLITE_DENY }
        let authorizer = Unmanaged<ReadingAuthorizer>.fromOpaque(context).takeUnretainedValue()
        return authorizer.decide(action, first.map { String(cString: $0) }, second.map { String(cString: $0) })
      }, context)
    defer { sqlite3_set_authorizer(connection, nil, nil) }
    return try body()
  }

  private func decide(_ action: Int32, _ first: String?, _ second: String?) -> Int32 {
    guard isStrict, let reason = Self.refusal(action, first ?? "", second) else { return SQLITE_OK }
    refused = refused ?? reason
    return SQLITE_DENY
  }

  /// What a statement does that it may not; nil for what it may do.
  private static func refusal(_ action: Int32, _ first: String, _ second: String?) -> String? {
    switch action {
    case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return nil
    case SQLITE_FUNCTION:
      return second?.lowercased() == "load_extension" ? "calls load_extension" : nil
    case SQLITE_PRAGMA:
      let pragma = first.lowercased()
      let isReading = readingPragmas.contains(pragma) || second == nil && tellingPragmas.contains(pragma)
      return isReading ? nil : "uses PRAGMA \(pragma)" + (second == nil ? "" : " with a value")
    case SQLITE_ATTACH: return "attaches a database"
    case SQLITE_DETACH: return "detaches a database"
    case SQLITE_TRANSACTION, SQLITE_SAVEPOINT: return "begins or ends a transaction"
    // Whether a statement writes is asked of the compiled statement: virtual tables, as json_each, ask here for what
    // looks like a new table and is none.
    default: return nil
    }
  }
}

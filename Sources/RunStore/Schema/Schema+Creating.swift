internal import GRDB

extension Schema {
  /// Makes in an empty database what all migrations would make of it.
  ///
  /// The migrator's transactions are one a migration, between which others would see something that is not whole. So
  /// they are applied to a database in memory, and what that has is made anew here.
  ///
  /// - Parameter database: An empty one, within the transaction that shall hold everything.
  static func create(in database: Database) throws {
    let model = try DatabaseQueue()
    try migrator.migrate(model)
    try model.read { model in
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      let parts = try Row.fetchAll(
        model, sql: "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
      for part in parts {
        guard let sql = String.fromDatabaseValue(part.stored(2)) else { continue }
        try database.execute(sql: sql)
      }
      for part in parts where String.fromDatabaseValue(part.stored(0)) == "table" {
        guard let table = String.fromDatabaseValue(part.stored(1)) else { continue }
        for row in try Row.fetchAll(model, sql: "SELECT * FROM \"\(table)\"") {
          let marks = [String](repeating: "?", count: row.count).joined(separator: ", ")
          try database.execute(
            sql: "INSERT INTO \"\(table)\" VALUES (\(marks))",
            arguments: StatementArguments((0..<row.count).map { row.stored($0) }))
        }
      }
    }
  }
}

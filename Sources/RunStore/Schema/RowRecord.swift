internal import GRDB

/// A record that is one row of one table.
protocol RowRecord {
  /// The table's name.
  static var table: String { get }
  /// The columns that hold the record, in the order of `values` and of `init(_:)`; those that say which run and round
  /// it belongs to are not among them, unless they are part of the record.
  static var columns: [String] { get }
  /// The columns that, behind those of the run and the round it belongs to, make the table's key.
  static var key: [String] { get }
  /// The values of `columns`.
  var values: [(any DatabaseValueConvertible)?] { get }
  /// Reads the values of `columns` from the start of a row.
  ///
  /// - Throws: `StoreError.damaged` when a value is not one that is ever written.
  init(_ row: RowValues) throws
}

extension RowRecord {
  /// The columns as SQL.
  static var columnList: String { columns.joined(separator: ", ") }

  /// Inserts `records` in their order, each with the values of the `owner` columns in front.
  static func insert(_ records: [Self], owner: KeyValuePairs<String, Int64> = [:], into database: Database) throws {
    let columns = owner.map(\.key) + Self.columns
    let marks = [String](repeating: "?", count: columns.count).joined(separator: ", ")
    let statement = try database.cachedStatement(
      sql: "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))")
    let ownerValues: [(any DatabaseValueConvertible)?] = owner.map(\.value)
    for record in records { try statement.execute(arguments: StatementArguments(ownerValues + record.values)) }
  }
}

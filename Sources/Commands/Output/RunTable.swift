internal import Tables

/// One kind of record of a run, with the database's own column names; its rows are read one after another.
struct RunTable {
  /// The name of the database's table.
  let name: String
  let columns: [Table.Column]
  /// Calls its argument with each row.
  let forEachRow: (([Cell]) throws -> Void) throws -> Void
}

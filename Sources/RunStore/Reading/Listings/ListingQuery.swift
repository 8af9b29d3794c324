internal import Algorithms
internal import GRDB

/// A question to the record: which rows of a listing, in which order, and how many.
package struct ListingQuery: Sendable {
  /// Where the rows come from.
  package let listing: Listing
  /// Which runs, rounds, clients and so on.
  package var scope: ListingScope
  /// The condition that the rows meet; nil leaves out none.
  package var condition: Condition?
  /// What the rows are sorted by; the listing's own order decides among equals.
  package var order: [SortTerm]
  /// How many rows at most; nil is all.
  package var limit: Int?
  /// How many rows are passed over.
  package var offset = 0
  /// Whether rows say which run they belong to.
  package var namesRuns: Bool
  /// Only this column, and those that tell rows apart; nil is all.
  package var metric: String?
  /// The names of the measures that rows may have, as the record has them. Those of a single class are no columns unless
  /// they are asked for.
  package var measures: [String] = []

  /// Makes a question for all rows of a scope.
  package init(
    _ listing: Listing, _ scope: ListingScope, where condition: Condition? = nil, order: [SortTerm] = [],
    limit: Int? = nil, offset: Int = 0, namesRuns: Bool = false, metric: String? = nil
  ) {
    self.listing = listing
    self.scope = scope
    self.condition = condition
    self.order = order
    self.limit = limit
    self.offset = offset
    self.namesRuns = namesRuns
    self.metric = metric
  }

  /// The columns of the rows.
  ///
  /// - Throws: `ConditionError.unknownColumn` when there is no such `metric`.
  package func columns() throws(ConditionError) -> [Listing.Column] {
    guard let metric else { return shown }
    let labels = listing.labels + Listing.identity.map(\.key)
    let measures = shown.filter { !labels.contains($0.key) }
    let column = try Listing.column(metric, in: measures, others: classColumns, option: "--metric")
    return shown.filter { labels.contains($0.key) } + [column]
  }

  /// The columns of a row.
  private var shown: [Listing.Column] {
    let own =
      namesRuns
      ? Listing.identity.filter { column in !listing.columns.contains { $0.key == column.key } }
        + listing.columns : listing.columns
    return own + measureColumns.filter { !$0.key.hasSuffix("]") }
  }

  /// The columns of measures of a single class, which are shown when somebody asks for one.
  private var classColumns: [Listing.Column] { measureColumns.filter { $0.key.hasSuffix("]") } }

  private var measureColumns: [Listing.Column] {
    let keys = Set(listing.columns.map(\.key))
    return measures.filter { !keys.contains($0) }.compactMap(listing.column(ofMeasure:))
  }

  /// A statement with `?1`, `?2` … for its arguments.
  struct Statement {
    var sql: String
    var arguments: StatementArguments
  }

  /// The one statement that selects the rows.
  ///
  /// - Throws: `ConditionError` for a condition, an order or a metric that names what is not there.
  func statement() throws(ConditionError) -> Statement {
    var values = BoundValues()
    let columns = try columns()
    var sql = "SELECT \(columns.map(\.sql).joined(separator: ", "))\n" + (try selection(&values))
    var terms: [String] = []
    for term in (order + listing.key).uniqued(on: \.column) {
      let column = try Listing.column(term.column, in: shown, others: listing.known + classColumns, option: "--sort")
      // What is missing comes last either way.
      let nulls = column.isRequired || term.isDescending ? "" : " NULLS LAST"
      terms.append(column.comparable + (term.isDescending ? " DESC" : "") + nulls)
    }
    sql += "\nORDER BY \(terms.joined(separator: ", "))"
    if limit != nil || offset > 0 {
      sql += "\nLIMIT \(values.bind(limit ?? -1)) OFFSET \(values.bind(offset))"
    }
    return Statement(sql: sql, arguments: StatementArguments(values.values))
  }

  /// The statement that counts the rows, whatever the limit and the offset.
  ///
  /// - Throws: `ConditionError` for a condition that names what is not there.
  func countingStatement() throws(ConditionError) -> Statement {
    var values = BoundValues()
    let sql = "SELECT COUNT(*)\n" + (try selection(&values))
    return Statement(sql: sql, arguments: StatementArguments(values.values))
  }

  private func selection(_ values: inout BoundValues) throws(ConditionError) -> String {
    let source = listing.source(scope, &values)
    guard let condition else { return source }
    return source + "\n  AND " + (try condition.sql(shown, others: listing.known + classColumns, &values))
  }
}

internal import ArgumentParser
internal import RunStore

/// Which rows of a table a command shows, in which order, and how many.
struct ListingOptions: ParsableArguments {
  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only rows that meet a condition, as \"accuracy < 50% and domain = ink\".", valueName: "condition"))
  var condition: String?

  @Option(help: ArgumentHelp("Sort by columns, as accuracy:desc,round.", valueName: "columns"))
  var sort: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("At most so many rows (default: 200 in a table, all in JSON and CSV).", valueName: "n"))
  var limit: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Pass over so many rows.", valueName: "n"))
  var offset: Int?

  /// Whether anything was asked for.
  var isGiven: Bool { condition != nil || sort != nil || limit != nil || offset != nil }

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("'--limit \(limit)' is not allowed (allowed: a whole number ≥ 1)") }
    if let offset, offset < 0 {
      throw ValidationError("'--offset \(offset)' is not allowed (allowed: a whole number ≥ 0)")
    }
  }

  /// The question for a listing's rows.
  ///
  /// - Throws: `ConditionError` for a condition or an order that can't be read.
  func query(
    _ listing: Listing, _ scope: ListingScope, namesRuns: Bool = false, metric: String? = nil, measures: [String] = []
  ) throws(ConditionError) -> ListingQuery {
    var query = ListingQuery(listing, scope, namesRuns: namesRuns, metric: metric)
    if let condition { query.condition = try Condition(condition) }
    if let sort { query.order = try SortTerm.terms(sort) }
    query.measures = measures
    query.limit = limit
    query.offset = offset ?? 0
    return query
  }
}

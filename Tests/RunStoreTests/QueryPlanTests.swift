import Foundation
import Records
import TestSupport
import Testing

@testable import RunStore

struct QueryPlanTests {
  /// What may be read from one end to the other: lists of numbers that the query itself brings, and rows that it has
  /// put together by keys.
  private static let small: Set<String> = ["j", "json_each", "chosen", "k", "x", "CONSTANT", "arm_summary"]

  /// The steps that SQLite would take, such as "SEARCH rounds USING PRIMARY KEY (run_id=? AND round>? AND round<?)".
  private func plan(_ query: String, _ store: RunStore) throws -> [String] {
    let filled = query.replacing(/\?[0-9]*/, with: "1")
    return try store.select("EXPLAIN QUERY PLAN " + filled).compactMap { $0[3] }
  }

  /// Checks that a query looks up keys wherever there may be many rows.
  private func expectKeys(
    _ query: String, _ store: RunStore, _ name: String, besides allowed: Set<String> = [],
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let steps = try plan(query, store)
    #expect(!steps.isEmpty, sourceLocation: location)
    for step in steps where step.hasPrefix("SCAN") {
      let table = String(step.split(separator: " ")[1])
      #expect(Self.small.union(allowed).contains(table), "\(name): \(steps)", sourceLocation: location)
    }
    for step in steps { #expect(!step.contains("AUTOMATIC"), "\(name): \(steps)", sourceLocation: location) }
  }

  @Test(arguments: RunStore.queries.keys.sorted())
  func noQueryReadsAWholeTable(name: String) throws {
    let test = try TestStore()
    try expectKeys(try #require(RunStore.queries[name]), test.store, name, besides: ["experiments"])
  }

  /// Each filter alone and any two together, for one run and for several.
  @Test(arguments: Listing.all.map(\.name)) func noListingReadsAWholeTable(name: String) throws {
    let test = try TestStore()
    let listing = try #require(Listing.all.first { $0.name == name })
    typealias Change = (name: String, apply: (inout ListingQuery) throws -> Void)
    var changes: [Change] = [("nothing", { _ in })]
    for narrowing in Listing.Narrowing.allCases where listing.narrowings.contains(narrowing) {
      switch narrowing {
      case .rounds:
        changes.append(("rounds", { $0.scope.rounds = 10...20 }))
        changes.append(("last", { $0.scope.lastRounds = 5 }))
      case .client:
        changes.append(("client", { $0.scope.clients = [2] }))
        changes.append(("clients", { $0.scope.clients = [2, 3] }))
      case .domain: changes.append(("domain", { $0.scope.domain = "ink" }))
      case .layer: changes.append(("layer", { $0.scope.layer = "bn1" }))
      case .evaluations:
        changes.append(("kind", { $0.scope.evaluations = EvaluationSelection(subject: .unseen) }))
        changes.append(("source", { $0.scope.evaluations = EvaluationSelection(normSource: .batch) }))
      }
    }
    let column = try #require(listing.columns.last?.key)
    changes.append(("where", { $0.condition = try Condition("\(column) is not null or run > 3") }))
    changes.append(("sort", { $0.order = [SortTerm(column, descending: true)] }))
    changes.append(("page", { ($0.limit, $0.offset) = (10, 20) }))
    changes.append(("arm", { $0.scope.arms = ["fedbn", "fedavg"] }))
    changes.append(("seed", { $0.scope.seeds = [1] }))
    changes.append(("status", { $0.scope.statuses = [.finished] }))
    // A list of all runs has to read them all.
    let isOfRuns = listing.name == "runs"
    for runs in isOfRuns ? [nil, [1], [1, 2]] : [[1], [1, 2]] as [[Int64]?] {
      for (index, first) in changes.enumerated() {
        for second in changes[index...] {
          var query = ListingQuery(listing, ListingScope(runs: runs), namesRuns: true)
          try first.apply(&query)
          try second.apply(&query)
          let words = "\(name) by \(first.name) and \(second.name)"
          try expectKeys(try query.statement().sql, test.store, words, besides: isOfRuns && runs == nil ? ["runs"] : [])
          try expectKeys(
            try query.countingStatement().sql, test.store, words, besides: isOfRuns && runs == nil ? ["runs"] : [])
        }
      }
    }
  }

  @Test func rowsInTheirOwnOrderAreNotSorted() throws {
    let test = try TestStore()
    for listing in Listing.all where listing.name != "clients" {
      for runs in [[1], [1, 2, 3]] as [[Int64]] {
        let steps = try plan(ListingQuery(listing, ListingScope(runs: runs)).statement().sql, test.store)
        // The norm source that counts is looked up in each round, among a few.
        let sorts = steps.filter { $0.contains("TEMP B-TREE") }
        // Of a run that is done for its accuracy and for the clients that are not in it.
        let allowed = ["rounds": 1, "runs": 2][listing.name] ?? 0
        #expect(sorts.count <= allowed, "\(listing.name): \(steps)")
      }
    }
  }

  /// The file of the queries that the documentation shows.
  private static let queries = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Docs/queries.txt").path

  @Test func documentedSQLLooksUpKeys() throws {
    let test = try TestStore()
    try GeneratedDatabase().write(to: test.store)
    var count = 0
    for query in try DocumentedQuery.all(inFile: Self.queries) where query.arguments == nil {
      let isOfAllRuns = !query.text.contains("WHERE")
      try expectKeys(query.text, test.store, query.text, besides: isOfAllRuns ? ["runs", "experiments"] : [])
      #expect(try !test.store.select(query.text).isEmpty, "\(query.text)")
      count += 1
    }
    #expect(count > 5)
  }

  @Test func aClientIsFoundByKeyInEachRound() throws {
    let test = try TestStore()
    for name in ["participations of a client", "drift of a client"] {
      let steps = try plan(#require(RunStore.queries[name]), test.store)
      #expect(steps.contains { $0.hasSuffix("USING PRIMARY KEY (run_id=? AND round=? AND client=?)") }, "\(steps)")
      #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
    }
    let evaluations = try plan(#require(RunStore.queries["evaluations of a client"]), test.store)
    #expect(
      evaluations.contains { $0.hasSuffix("(run_id=? AND round=? AND subject=? AND client=?)") }, "\(evaluations)")
  }
}

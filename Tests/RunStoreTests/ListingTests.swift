import Foundation
import Records
import TestSupport
import Testing

@testable import RunStore

/// The listings against a filter and an order in memory.
struct ListingTests {
  private static func generated() throws -> TestStore {
    let test = try TestStore()
    try GeneratedDatabase(runs: 8, rounds: 3, clients: 5, layers: 3).write(to: test.store)
    return test
  }

  /// All runs' rows of a listing.
  private func everything(_ listing: Listing) -> ListingQuery {
    ListingQuery(listing, ListingScope(runs: listing.name == "runs" ? nil : Array(1...8)), namesRuns: true)
  }

  /// What a condition means, in memory; nil is SQL's unknown.
  private func holds(_ condition: Condition, _ row: [String: ListedValue]) -> Bool? {
    switch condition {
    case .both(let a, let b):
      let (x, y) = (holds(a, row), holds(b, row))
      return x == false || y == false ? false : x == nil || y == nil ? nil : true
    case .either(let a, let b):
      let (x, y) = (holds(a, row), holds(b, row))
      return x == true || y == true ? true : x == nil || y == nil ? nil : false
    case .not(let a): return holds(a, row).map { !$0 }
    case .isNull(let column): return row[column] == .missing
    case .comparison(let column, let comparison, let value):
      return order(row[column], value).map { order in
        switch comparison {
        case .less: order < 0
        case .atMost: order <= 0
        case .greater: order > 0
        case .atLeast: order >= 0
        case .equal: order == 0
        case .unequal: order != 0
        }
      }
    case .isOneOf(let column, let values):
      let orders = values.map { order(row[column], $0) }
      return orders.contains(0) ? true : orders.contains(nil) ? nil : false
    case .isBetween(let column, let lower, let upper):
      guard let low = order(row[column], lower), let high = order(row[column], upper) else { return nil }
      return low >= 0 && high <= 0
    case .isLike(let column, let pattern):
      guard case .text(let text)? = row[column] else { return nil }
      return text.lowercased().hasPrefix(pattern.lowercased().dropLast())
    }
  }

  /// −1, 0 or 1; nil where there is nothing to compare.
  private func order(_ value: ListedValue?, _ text: String) -> Int? {
    switch value {
    case nil, .missing: nil
    case .text(let own): own == text ? 0 : Array(own.utf8).lexicographicallyPrecedes(Array(text.utf8)) ? -1 : 1
    case .integer(let own): Double(text).map { Double(own) < $0 ? -1 : Double(own) == $0 ? 0 : 1 }
    case .number(let own): Double(text).map { own < $0 ? -1 : own == $0 ? 0 : 1 }
    }
  }

  private func literal(_ value: ListedValue) -> String? {
    switch value {
    case .missing: nil
    case .integer(let value): String(value)
    case .number(let value): "\(value)"
    case .text(let text): "'" + text.replacing("'", with: "''") + "'"
    }
  }

  private func keyed(_ rows: [[ListedValue]], _ query: ListingQuery) throws -> [[String: ListedValue]] {
    let keys = try query.columns().map(\.key)
    return rows.map { Dictionary(uniqueKeysWithValues: zip(keys, $0)) }
  }

  @Test(arguments: Listing.all.map(\.name)) func conditionsMeanTheSameInMemory(name: String) throws {
    let test = try Self.generated()
    let listing = try #require(Listing.all.first { $0.name == name })
    var query = everything(listing)
    let all = try keyed(try test.store.rows(query), query)
    #expect(all.count >= (name == "runs" ? 8 : 8 * 4))
    var checked = 0
    for column in try query.columns() {
      let values = all.compactMap { literal($0[column.key] ?? .missing) }
      guard let first = values.first else { continue }
      let middle = values[values.count / 2]
      var texts = ["<", "<=", ">", ">=", "=", "!="].map { "\(column.key) \($0) \(middle)" }
      texts += [
        "\(column.key) is null", "\(column.key) is not null", "\(column.key) in (\(first), \(middle))",
        "\(column.key) not in (\(middle))", "\(column.key) between \(first) and \(middle)",
        "not (\(column.key) < \(middle) or run = 3)", "\(column.key) = \(middle) and not run = 2 or arm like 'fedb%'",
      ]
      // Nothing begins with nothing alone.
      if column.kind.isText, first != "''" { texts.append("\(column.key) like '\(first.dropFirst().prefix(2))%'") }
      for text in texts {
        let condition = try Condition(text)
        query.condition = condition
        let found = try keyed(try test.store.rows(query), query)
        let expected = all.filter { holds(condition, $0) == true }
        #expect(found == expected, "\(text): \(found.count) rows instead of \(expected.count)")
        #expect(try test.store.count(query) == expected.count)
        checked += found.isEmpty || found.count == all.count ? 0 : 1
      }
    }
    #expect(checked > 20, "conditions that keep some rows")
  }

  @Test(arguments: Listing.all.map(\.name)) func pagesCoverAllRowsOnceInAStableOrder(name: String) throws {
    let test = try Self.generated()
    let listing = try #require(Listing.all.first { $0.name == name })
    var query = everything(listing)
    let natural = try test.store.rows(query)
    #expect(Set(natural.map { "\($0)" }).count == natural.count)
    let columns = try query.columns()
    for column in columns {
      for descending in [false, true] {
        query = everything(listing)
        query.order = [SortTerm(column.key, descending: descending)]
        let sorted = try test.store.rows(query)
        let place = try #require(columns.firstIndex { $0.key == column.key })
        // A stable sort of the natural order: what is missing comes last.
        let expected = natural.enumerated().sorted { a, b in
          let (x, y) = (a.element[place], b.element[place])
          if x == y { return a.offset < b.offset }
          guard let right = literal(y).map({ unquoted($0) }), let order = order(x, right) else { return y == .missing }
          return order == 0 ? a.offset < b.offset : (order < 0) != descending
        }.map(\.element)
        if name == "runs" {
          // The newest run is first among equals, too.
          #expect(sorted == expected, "\(column.key)")
        } else {
          #expect(sorted == expected, "\(column.key) \(descending)")
        }
        var pages: [[ListedValue]] = []
        query.limit = 7
        while true {
          query.offset = pages.count
          let page = try test.store.rows(query)
          pages += page
          if page.count < 7 { break }
        }
        #expect(pages == sorted, "\(column.key)")
      }
    }
  }

  private func unquoted(_ text: String) -> String {
    text.hasPrefix("'") ? String(text.dropFirst().dropLast()).replacing("''", with: "'") : text
  }

  @Test func scopesNarrow() throws {
    let test = try Self.generated()
    func rows(_ listing: Listing, _ change: (inout ListingScope) -> Void) throws -> [[String: ListedValue]] {
      var scope = ListingScope(runs: listing.name == "runs" ? nil : [1, 2, 8])
      change(&scope)
      let query = ListingQuery(listing, scope, namesRuns: true)
      return try keyed(try test.store.rows(query), query)
    }
    #expect(Set(try rows(.rounds) { _ in }.map { $0["run"] }) == [.integer(1), .integer(2), .integer(8)])
    #expect(try rows(.rounds) { $0.runs = [] }.isEmpty)
    #expect(try rows(.rounds) { $0.rounds = 1...2 }.count == 6)
    #expect(try rows(.rounds) { $0.lastRounds = 1 }.map { $0["round"] } == [.integer(3), .integer(3), .integer(3)])
    #expect(
      try rows(.layers) {
        $0.lastRounds = 2
        $0.rounds = 0...2
        $0.layer = "bn2"
      }.compactMap { $0["round"] } == [1, 2, 1, 2, 1, 2].map { ListedValue.integer($0) })
    #expect(try rows(.drift) { $0.clients = [1] }.allSatisfy { $0["client"] == .integer(1) })
    #expect(try rows(.drift) { $0.clients = [3, 1] }.count == 3 * 3 * 2 * 3)
    #expect(try rows(.drift) { $0.domain = "ink" }.allSatisfy { $0["domain"] == .text("ink") })
    #expect(try rows(.drift) { $0.layer = "bn1" }.count == 3 * (5 + 5 + 4))
    #expect(try rows(.clients) { $0.domain = "street" }.count == 3 * 4)
    #expect(try rows(.clients) { $0.evaluations = EvaluationSelection(subject: .unseen) }.count == 4)
    // Parts without an evaluation of the kind are rows, too.
    #expect(try rows(.clients) { $0.evaluations = EvaluationSelection(normSource: .batch) }.count == 3 * (5 + 5 + 4))
    #expect(try rows(.evaluations) { $0.evaluations = EvaluationSelection(subject: .unseen) }.count == 4)
    #expect(try rows(.runs) { $0.arms = ["fedbn"] }.count == 3)
    #expect(
      try rows(.runs) {
        $0.seeds = [2]
        $0.statuses = [.finished]
      }.count == 2)
    #expect(try rows(.runs) { $0.statuses = [.failed] }.map { $0["error"] } == [.text("the loss is not a number")])
  }

  @Test func oneColumnComesWithWhatTellsRowsApart() throws {
    func keys(_ query: ListingQuery) throws -> [String] { try query.columns().map(\.key) }
    let scope = ListingScope(runs: [1])
    #expect(try keys(ListingQuery(.clients, scope, metric: "accuracy")) == ["round", "client", "accuracy"])
    #expect(try keys(ListingQuery(.drift, scope, metric: "kl")) == ["round", "client", "domain", "layer", "kl"])
    #expect(
      try keys(ListingQuery(.rounds, scope, namesRuns: true, metric: "loss")) == [
        "run", "arm", "seed", "round", "loss",
      ])
    let error = #expect(throws: ConditionError.self) { try keys(ListingQuery(.layers, scope, metric: "mean_k")) }
    #expect(
      error?.description == "'--metric' names no column 'mean_k'; did you mean 'mean_kl'? (allowed: between_share, "
        + "mean_kl, max_kl)")
    #expect(throws: ConditionError.self) {
      try ListingQuery(.layers, scope, order: [SortTerm("run_id")]).statement()
    }
  }

  @Test func largeSeedsAreComparedAsTheyAreWritten() throws {
    let test = try TestStore()
    _ = try test.store.begin(
      Samples.experiment(), runs: [1, UInt64.max, 1 << 63, 7].map { Samples.run(seed: $0) }, threads: 1, host: "",
      version: "")
    var query = ListingQuery(.runs, ListingScope(), order: [SortTerm("seed")])
    func seeds() throws -> [UInt64] {
      try test.store.rows(query).map { row in
        if case .integer(let seed) = row[5] { UInt64(bitPattern: seed) } else { 0 }
      }
    }
    #expect(try seeds() == [1, 7, 1 << 63, UInt64.max])
    query.condition = try Condition("seed > 7")
    #expect(try seeds() == [1 << 63, UInt64.max])
    query.condition = try Condition("seed in (7, 18446744073709551615)")
    #expect(try seeds() == [7, UInt64.max])
  }

  @Test func driftIsAveragedAsItsRowsAre() throws {
    let test = try Self.generated()
    for (scope, client, layer) in [
      (ListingScope(runs: [2]), nil, nil), (ListingScope(runs: [2]), 3, nil), (ListingScope(runs: [2]), nil, "bn1"),
    ] as [(ListingScope, Int?, String?)] {
      var scope = scope
      scope.clients = client.map { [$0] }
      scope.layer = layer
      scope.rounds = 1...2
      let rows = try test.store.normDrift(run: 2, rounds: 1...2, client: client, layer: layer)
      let byClient = Dictionary(grouping: rows) { [$0.round, $0.client] }.mapValues { rows in
        rows.compactMap(\.record.kl)
      }
      let means = try test.store.driftByClient("kl", scope)
      #expect(means.count == byClient.count && !means.isEmpty)
      for mean in means {
        let values = try #require(byClient[[mean.round, mean.owner]])
        let expected = values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        #expect(abs((mean.value ?? -1) - (expected ?? -1)) < 1e-12)
      }
      let byLayer = Dictionary(grouping: rows) { "\($0.round) \($0.layer)" }.mapValues { rows in
        rows.compactMap(\.record.w2)
      }
      let layers = try test.store.driftByLayer("w2", scope)
      #expect(layers.count == byLayer.count)
      for mean in layers {
        let values = try #require(byLayer["\(mean.round) \(mean.owner)"])
        let expected = values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        #expect(abs((mean.value ?? -1) - (expected ?? -1)) < 1e-12)
      }
    }
    let parts = try test.store.participations(run: 2)
    let stale = try test.store.driftByClient("staleness", ListingScope(runs: [2]))
    #expect(stale.map(\.value) == parts.map { $0.staleness.map(Double.init) })
    try test.store.execute("UPDATE norm_drift SET kl = 9e999 WHERE run_id = 2 AND layer = 'bn1'")
    let finite = try test.store.driftByClient("kl", ListingScope(runs: [2]))
    #expect(finite.allSatisfy { $0.value?.isFinite == true }, "what is infinite is left out")
  }

  @Test func curvesHaveAFewPieces() throws {
    let test = try Self.generated()
    let points = try test.store.accuracyCurves([1, 8], pieces: 2)
    #expect(points.map(\.owner) == [1, 1, 8, 8] && points.map(\.round) == [0, 1, 0, 1])
    let rows = try test.store.rounds(run: 8).compactMap(\.meanAccuracy)
    #expect(abs((points[3].value ?? 0) - (rows[2] + rows[3]) / 2) < 1e-12)
  }
}

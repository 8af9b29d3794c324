import Foundation
import RunStore
import Testing

struct QueryPlanTests {
  /// Tables that hold something for each run or round.
  private static let bigTables = [
    "rounds", "participations", "evaluations", "norm_drift", "layer_drift", "checkpoints", "clients", "norm_layers",
    "runs", "evaluation_summaries",
  ]

  /// The steps that SQLite would take, such as "SEARCH rounds USING PRIMARY KEY (run_id=? AND round>? AND round<?)".
  private func plan(_ query: String, _ store: RunStore) throws -> [String] {
    try store.select("EXPLAIN QUERY PLAN " + query.replacingOccurrences(of: "?", with: "1")).compactMap { $0[3] }
  }

  @Test(arguments: RunStore.queries.keys.sorted())
  func noQueryReadsAWholeTable(name: String) throws {
    let test = try TestStore()
    let query = try #require(RunStore.queries[name])
    let steps = try plan(query, test.store)
    #expect(!steps.isEmpty)
    for step in steps where step.hasPrefix("SCAN") {
      let table = step.split(separator: " ")[1]
      #expect(!Self.bigTables.contains(String(table)), "\(name): \(steps)")
    }
    for step in steps { #expect(!step.contains("AUTOMATIC"), "\(name): \(steps)") }
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

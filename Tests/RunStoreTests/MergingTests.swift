import Foundation
import Records
import RunStore
import Testing

struct MergingTests {
  /// Two experiments: `digits` with two finished runs and one that was interrupted, and `cifar` with one.
  private func source() throws -> TestStore {
    let test = try TestStore()
    var description = Samples.run()
    description.roundsPlanned = 2
    func begin(_ name: String, seeds: [UInt64]) throws -> [Int64] {
      try test.store.begin(
        Samples.experiment(name),
        runs: seeds.map { seed in
          description.seed = seed
          return description
        }, threads: 1, host: "there", version: "1"
      ).runs
    }
    for id in try begin("digits", seeds: [1, .max, 3]) + begin("cifar", seeds: [1]) {
      for round in 0...(id == 3 ? 1 : 2) {
        try test.store.append(
          Samples.round(round), checkpoint: Samples.checkpoint(round), keeping: .last(1), toRun: id)
      }
      try test.store.finish(run: id, status: id == 3 ? .interrupted : .finished, error: nil)
    }
    try test.store.add(tags: ["paper"], toRuns: [1, 4])
    try test.store.setNote("a note", ofRuns: [2])
    return test
  }

  private func outcomes(_ result: MergeResult) -> [String] {
    result.runs.map { "\($0.source) \($0.name) \($0.outcome.rawValue) \($0.run ?? 0)" }
  }

  /// Each table with a `run_id` as its rows of a run without it.
  private func contents(_ store: RunStore, run: Int64) throws -> [String: [[String?]]] {
    var result: [String: [[String?]]] = [:]
    for table in try tablesOfRuns(store) {
      let columns = try store.select("SELECT name FROM pragma_table_info('\(table)') WHERE name != 'run_id'")
      let list = columns.compactMap { $0[0] }.joined(separator: ", ")
      result[table] = try store.select("SELECT \(list) FROM \(table) WHERE run_id = \(run) ORDER BY \(list)")
    }
    return result
  }

  private func tablesOfRuns(_ store: RunStore) throws -> [String] {
    try store.select(
      "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'run_id'"
    ).compactMap { $0[0] }
  }

  @Test func runsComeWithEverythingUnderNewNumbers() throws {
    let (source, target) = (try source(), try TestStore())
    let own = try target.run(rounds: 0...1)
    let ownContents = try contents(target.store, run: own)
    let result = try target.store.merge(source.store.path)
    #expect(
      outcomes(result) == [
        "1 digits/fedbn/1 copied 2", "2 digits/fedbn/18446744073709551615 copied 3", "3 digits/fedbn/3 copied 4",
        "4 cifar/fedbn/1 copied 5",
      ])
    #expect(result.addedExperiments == 2 && result.joinedExperiments == 0)
    for run in 1...4 as ClosedRange<Int64> {
      let expected = try contents(source.store, run: run)
      #expect(expected.count >= 11)
      #expect(try contents(target.store, run: run + 1) == expected)
      var (copied, original) = (
        try #require(try target.store.resolve("\(run + 1)").first),
        try #require(try source.store.resolve("\(run)").first)
      )
      copied.id = original.id
      copied.experimentID = original.experimentID
      #expect(copied == original)
      original.id = 0
    }
    #expect(try target.store.resultHash(run: 2) == source.store.resultHash(run: 1))
    #expect(try target.store.tags() == [2: ["paper"], 5: ["paper"]])
    #expect(try target.store.checkpoint(run: 2, round: nil) == Samples.checkpoint(2))
    #expect(try contents(target.store, run: own) == ownContents)
    #expect(try target.store.experiment(id: 2).createdAt == source.store.experiment(id: 1).createdAt)
    try target.store.finish(run: own, status: .interrupted, error: nil)
    #expect(try target.store.check(isQuick: false).problems.isEmpty)
  }

  /// A table that a later version adds must be merged, too, or be named here with the reason why not.
  @Test func noTableIsForgotten() throws {
    let test = try TestStore()
    let all = try test.store.select("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    let merged = Set(try tablesOfRuns(test.store)).union(["experiments", "runs"])
    // The migrator's list of what it has done.
    #expect(Set(all.compactMap { $0[0] }) == merged.union(["grdb_migrations"]))
  }

  @Test func aSecondMergeCopiesNothing() throws {
    let (source, target) = (try source(), try TestStore())
    _ = try target.store.merge(source.store.path)
    let again = try target.store.merge(source.store.path)
    #expect(again.runs.allSatisfy { $0.outcome == .there && $0.run == $0.source })
    #expect(again.addedExperiments == 0 && again.joinedExperiments == 0)
    #expect(try target.store.allRuns().count == 4)
  }

  @Test func anExperimentThatIsThereIsJoined() throws {
    let (source, target) = (try source(), try TestStore())
    _ = try target.store.merge(source.store.path)
    _ = try target.store.remove(runs: [2])
    let result = try target.store.merge(source.store.path)
    #expect(result.runs.map(\.outcome) == [.there, .copied, .there, .there])
    #expect(result.addedExperiments == 0 && result.joinedExperiments == 1)
    #expect(try target.store.runs(ofExperiment: 1).map(\.seed) == [1, 3, .max])
  }

  @Test func anotherResultStays() throws {
    let (source, target) = (try source(), try TestStore())
    _ = try target.store.merge(source.store.path)
    try source.store.execute("UPDATE runs SET result_hash = 'other' WHERE id = 1")
    try source.store.execute("UPDATE runs SET rounds_done = 0 WHERE id = 3")
    let result = try target.store.merge(source.store.path)
    #expect(result.runs.map(\.outcome) == [.differs, .there, .differs, .there])
    #expect(try target.store.allRuns().count == 4)
  }

  @Test func theSameResultOfAnotherTimeIsThere() throws {
    let (source, target) = (try source(), try TestStore())
    _ = try target.store.merge(source.store.path)
    try source.store.execute("UPDATE experiments SET created_at = '2020-01-01T00:00:00.000Z'")
    let result = try target.store.merge(source.store.path)
    // The one that was interrupted has no result to compare.
    #expect(result.runs.map(\.outcome) == [.there, .there, .copied, .there])
    #expect(result.addedExperiments == 1)
  }

  @Test func runsThatAreBeingComputedStay() throws {
    let (source, target) = (try source(), try TestStore())
    _ = try source.beginRun()
    let result = try target.store.merge(source.store.path)
    #expect(result.runs.last?.outcome == .running && result.runs.count == 5)
    #expect(try target.store.allRuns().count == 4)
    #expect(result.addedExperiments == 2)
  }

  @Test func theOtherDatabaseIsOnlyRead() throws {
    let (source, target) = (try source(), try TestStore())
    let before = try source.store.select("SELECT * FROM runs")
    _ = try source.store.vacuum()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: source.store.path))
    _ = try target.store.merge(source.store.path)
    #expect(try Data(contentsOf: URL(fileURLWithPath: source.store.path)) == bytes)
    #expect(try source.store.select("SELECT * FROM runs") == before)
  }

  @Test func aFailureCopiesNothing() throws {
    let (source, target) = (try source(), try TestStore())
    try target.store.execute(
      "CREATE TRIGGER stop BEFORE INSERT ON run_notes BEGIN SELECT RAISE(ABORT, 'stopped'); END")
    #expect(throws: StoreError.self) { try target.store.merge(source.store.path) }
    #expect(try target.store.allRuns().isEmpty)
    #expect(try target.number("SELECT COUNT(*) FROM experiments") == 0)
    try target.store.execute("DROP TRIGGER stop")
    #expect(try target.store.merge(source.store.path).runs.count == 4)
  }

  @Test func anOlderDatabaseIsMergedFromACopy() throws {
    let (source, target) = (try source(), try TestStore())
    for sql in ["DROP TABLE run_tags", "DROP TABLE run_notes"] { try source.store.execute(sql) }
    try source.store.execute("DELETE FROM grdb_migrations WHERE identifier = 'add tags and notes'")
    let result = try target.store.merge(source.store.path)
    #expect(result.runs.count == 4 && result.runs.allSatisfy { $0.outcome == .copied })
    #expect(try source.store.select("SELECT name FROM sqlite_master WHERE name = 'run_tags'").isEmpty)
    #expect(try target.store.resultHash(run: 1) == source.store.resultHash(run: 1))
  }

  @Test func whatCannotBeMergedIsSaid() throws {
    let test = try source()
    func message(_ other: String) -> String? {
      #expect(throws: StoreError.self) { try test.store.merge(other) }?.description
    }
    let path = test.store.path
    #expect(message(path) == "cannot merge database '\(path)' into itself")
    let link = test.folder.file("link.sqlite")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    #expect(message(link) == "cannot merge database '\(link)' into itself")
    #expect(
      message(test.folder.file("no.sqlite"))
        == "no database '\(test.folder.file("no.sqlite"))': the file does not exist")
    try Data("text".utf8).write(to: URL(fileURLWithPath: test.folder.file("text")))
    #expect(
      message(test.folder.file("text"))
        == "cannot open database '\(test.folder.file("text"))': it is not an SQLite database")
    #expect(try test.store.allRuns().count == 4)
  }
}

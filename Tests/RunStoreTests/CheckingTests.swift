import Foundation
import Records
import RunStore
import Testing

struct CheckingTests {
  /// Run 1, finished after its three rounds of three planned; run 2, interrupted.
  private func store() throws -> TestStore {
    let test = try TestStore()
    var description = Samples.run()
    description.roundsPlanned = 2
    let finished = try test.beginRun(description)
    for round in 0...2 {
      try test.store.append(
        Samples.round(round), checkpoint: Samples.checkpoint(round), keeping: .all, toRun: finished)
    }
    try test.store.finish(run: finished, status: .finished, error: nil)
    let interrupted = try test.run(rounds: 0...1)
    try test.store.finish(run: interrupted, status: .interrupted, error: nil)
    return test
  }

  private func problems(_ test: TestStore, isQuick: Bool = false) throws -> [String] {
    try test.store.check(isQuick: isQuick).problems.map { ($0.run.map { "run \($0): " } ?? "") + $0.text }
  }

  @Test func aSoundDatabaseHasNoProblems() throws {
    let test = try store()
    let check = try test.store.check(isQuick: false)
    #expect(check.problems.isEmpty)
    #expect(check.runs == 2 && check.rounds == 5 && check.checkpoints == 5 && check.hashes == 1)
    let quick = try test.store.check(isQuick: true)
    #expect(quick.problems.isEmpty && quick.checkpoints == 0 && quick.hashes == 0 && quick.rounds == 5)
  }

  @Test func runsThatWereCutOffAreNoProblem() throws {
    let test = try store()
    try test.store.execute("UPDATE runs SET status = 'running', process = '1:0' WHERE id = 2")
    let check = try test.store.check(isQuick: false)
    #expect(check.problems.isEmpty && check.cutOffRuns == [2])
  }

  @Test func whatOthersAddIsNoProblem() throws {
    let test = try store()
    try test.store.execute("CREATE TABLE mine (a)")
    try test.store.execute("CREATE INDEX mine_too ON rounds (seconds)")
    #expect(try problems(test).isEmpty)
  }

  @Test(arguments: [
    (
      "UPDATE evaluations SET accuracy = 0.99 WHERE run_id = 1 AND round = 2 AND client = 0",
      [
        "run 1: what is recorded does not fit its result hash: recorded ",
        "run 1: the summary of evaluations does not fit them in round 2",
      ]
    ),
    (
      "UPDATE evaluation_summaries SET jain = jain * 1.001 WHERE run_id = 2",
      ["run 2: the summary of evaluations does not fit them in 2 rounds, the first of them 0"]
    ),
    (
      "DELETE FROM evaluation_summaries WHERE run_id = 1 AND round = 1",
      ["run 1: the summary of evaluations does not fit them in round 1"]
    ),
    (
      "DELETE FROM evaluations WHERE run_id = 2 AND round = 1",
      ["run 2: the summary of evaluations does not fit them in round 1"]
    ),
    ("UPDATE runs SET result_hash = NULL WHERE id = 1", ["run 1: it is finished without a result hash"]),
    (
      "DELETE FROM rounds WHERE run_id = 2 AND round = 1",
      ["run 2: 1 rounds are said to be done, and the last one is 0"]
    ),
    (
      "UPDATE runs SET rounds_planned = 9 WHERE id = 1",
      ["run 1: it is finished after 2 of 9 rounds", "run 1: what is recorded does not fit"]
    ),
    (
      "UPDATE checkpoints SET state = x'0102' WHERE run_id = 2 AND round = 1",
      ["run 2: the checkpoint of round 1 is damaged"]
    ),
    ("DROP VIEW arm_summary", ["the view 'arm_summary' is missing"]),
    ("DROP INDEX runs_by_status", ["the index 'runs_by_status' is missing"]),
    ("ALTER TABLE run_notes ADD COLUMN author", ["the table 'run_notes' is not as this version of covey makes it"]),
  ])
  func eachProblemIsALine(sql: String, expected: [String]) throws {
    let test = try store()
    try test.store.execute(sql)
    let found = try problems(test)
    #expect(found.count == expected.count, "\(found)")
    for (line, beginning) in zip(found, expected) { #expect(line.hasPrefix(beginning), "\(found)") }
  }

  @Test func missingRoundsAndRowsWithoutARoundAreFound() throws {
    let test = try store()
    try test.store.execute("PRAGMA foreign_keys = OFF")
    try test.store.execute("DELETE FROM rounds WHERE run_id = 2 AND round = 0")
    try test.store.execute("PRAGMA foreign_keys = ON")
    let found = try problems(test)
    #expect(found.contains("3 rows of 'participations' belong to nothing in 'rounds'"), "\(found)")
    try test.store.execute("DELETE FROM rounds WHERE run_id = 1 AND round = 1")
    #expect(try problems(test).contains("run 1: rounds are missing: there are 2 up to round 2"))
  }

  @Test func pagesThatWereOverwrittenAreFound() throws {
    let folder = try TemporaryFolder()
    let path = folder.file()
    var page = 0
    do {
      let test = try store()
      _ = try test.store.vacuum()
      page = try #require(try test.number("SELECT rootpage FROM sqlite_master WHERE name = 'participations'"))
      try FileManager.default.copyItem(atPath: test.store.path, toPath: path)
    }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    // The header and the schema stay, so that the file still opens.
    for place in (page - 1) * 4096..<page * 4096 { bytes[place] ^= 0x5A }
    try bytes.write(to: URL(fileURLWithPath: path))
    let damaged = try RunStore(path: path, access: .readOnly)
    let check = try damaged.check(isQuick: false)
    #expect(!check.problems.isEmpty)
    #expect(check.problems.allSatisfy { !$0.text.contains("\n") })
  }

  @Test func aBlobWhereNoneBelongsIsDamage() throws {
    let test = try store()
    try test.store.execute("UPDATE clients SET domain = x'00' WHERE run_id = 1 AND client = 0")
    let found = try problems(test)
    #expect(found.count == 1 && found[0].hasPrefix("the database cannot be read: "), "\(found)")
  }

  /// Whatever a column holds, nobody who reads the database ends without a word, or not at all.
  @Test(arguments: ["'x'", "x'ff'", "9223372036854775807", "-1", "1e300", "NULL"])
  func anyValueInAnyColumnIsAFindingOrAnError(value: String) throws {
    let sound = try store()
    let columns = try sound.store.select(
      """
      SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'grdb_migrations'
      """)
    #expect(columns.count > 60)
    try sound.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: sound.store.path))
    let folder = try TemporaryFolder()
    var count = 0
    for column in columns {
      guard let table = column[0], let name = column[1] else { continue }
      let path = folder.file("\(table).\(name).sqlite")
      try bytes.write(to: URL(fileURLWithPath: path))
      let store = try RunStore(path: path, access: .readWrite)
      try store.execute("PRAGMA foreign_keys = OFF")
      try store.execute("PRAGMA ignore_check_constraints = ON")
      // Some columns refuse NULL.
      guard (try? store.execute("UPDATE OR IGNORE \(table) SET \(name) = \(value)")) != nil else { continue }
      count += 1
      _ = try store.check(isQuick: false)
      _ = try? store.resolve("digitz/fedbm/1")
      _ = try? store.resolve("77")
      _ = try? store.resolve("latest")
      _ = try? store.tags()
      _ = try? store.notes()
      _ = try? store.resumableRuns()
      _ = try? store.info()
      for run in (try? store.allRuns()) ?? [] {
        _ = try? store.rounds(run: run.id)
        _ = try? store.evaluations(run: run.id)
        _ = try? store.participations(run: run.id)
        _ = try? store.normDrift(run: run.id)
        _ = try? store.normLayers(run: run.id)
        _ = try? store.clients(run: run.id)
        _ = try? store.experiment(id: run.experimentID)
        _ = try? store.resultHash(run: run.id)
      }
      let target = try RunStore(path: folder.file("\(table).\(name).merged.sqlite"), access: .readWrite)
      _ = try? target.merge(path)
      _ = try? store.reopen(run: 2, threads: 1, host: "here", version: "1.0")
      _ = try? store.remove(runs: [1])
    }
    #expect(count > 40)
  }
}

import Foundation
import RunStore
import Testing

struct SQLTests {
  private let test: TestStore
  private let reader: RunStore

  init() throws {
    test = try TestStore()
    _ = try test.run(rounds: 0...3)
    reader = try RunStore(path: test.store.path, access: .readOnly)
  }

  private func rows(_ sql: String) throws -> [[SQLValue]] {
    var rows: [[SQLValue]] = []
    try reader.query(sql, columns: { _ in }) { row in
      rows.append(row)
      return true
    }
    return rows
  }

  private func problem(_ sql: String) -> String? {
    do {
      try reader.query(sql, columns: { _ in }) { _ in true }
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func valuesAreTheirOwnKind() throws {
    #expect(
      try rows("SELECT 1, -9223372036854775808, 0.5, 'ä\n', x'00ff', NULL, '' -- comment\n;") == [
        [.integer(1), .integer(.min), .real(0.5), .text("ä\n"), .blob(byteCount: 2), .null, .text("")]
      ])
    #expect(try rows("SELECT state FROM checkpoints WHERE round = 0").count == 1)
    #expect(
      try rows("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n LIMIT 3").count == 3)
    #expect(try rows("VALUES (1), (2)").count == 2)
    #expect(try rows("EXPLAIN QUERY PLAN SELECT * FROM runs").count > 0)
    #expect(try rows("SELECT * FROM round_summary WHERE run_id = 1").count == 4)
    #expect(try rows("PRAGMA table_info(runs)").count == 22)
    #expect(try rows("PRAGMA application_id") == [[.integer(0x434F_5659)]])
    #expect(try rows("SELECT name FROM pragma_table_info('run_tags')") == [[.text("run_id")], [.text("tag")]])
    #expect(try rows("SELECT value FROM json_each('[1]')") == [[.integer(1)]])
    #expect(try rows("SELECT 1 WHERE 0").isEmpty)
  }

  @Test func columnsComeFirstAndRowsUntilEnough() throws {
    var events: [String] = []
    try reader.query(
      "SELECT round AS r, run_id FROM rounds ORDER BY round", columns: { events.append($0.joined(separator: " ")) },
      row: { row in
        events.append("\(row[0])")
        return events.count < 3
      })
    #expect(events == ["r run_id", "integer(0)", "integer(1)"])
  }

  @Test(arguments: [
    ("DELETE FROM runs", "changes the database"), ("INSERT INTO run_tags VALUES (1, 'a')", "changes the database"),
    ("UPDATE runs SET arm = 'x'", "changes the database"), ("DROP TABLE runs", "changes the database"),
    ("CREATE TABLE x (a)", "changes the database"), ("CREATE TEMP TABLE x (a)", "changes the database"),
    ("WITH x AS (SELECT 1) DELETE FROM runs", "changes the database"),
    ("EXPLAIN DELETE FROM runs", "changes the database"),
    ("REPLACE INTO run_tags VALUES (1, 'a')", "changes the database"), ("ANALYZE", "changes the database"),
    ("REINDEX", "changes the database"), ("ALTER TABLE runs ADD COLUMN x", "changes the database"),
    ("ATTACH DATABASE '/tmp/x.sqlite' AS x", "attaches a database"),
    ("/* */ ATTACH ':memory:' AS x", "attaches a database"),
    ("VACUUM INTO '/tmp/covey-must-not-be-there.sqlite'", "changes the database"),
    ("DETACH main", "detaches a database"),
    ("BEGIN", "begins or ends a transaction"), ("COMMIT", "begins or ends a transaction"),
    ("SAVEPOINT a", "begins or ends a transaction"),
    ("PRAGMA query_only = OFF", "uses PRAGMA query_only with a value"),
    ("PRAGMA main.journal_mode(delete)", "uses PRAGMA journal_mode with a value"),
    ("PRAGMA writable_schema = 1", "uses PRAGMA writable_schema with a value"),
    ("PRAGMA wal_checkpoint", "uses PRAGMA wal_checkpoint"), ("PRAGMA optimize", "uses PRAGMA optimize"),
    ("SELECT load_extension('x')", "calls load_extension"),
  ])
  func whatDoesMoreThanReadIsRefused(sql: String, what: String) throws {
    let message = "the statement \(what) (allowed: what reads, as SELECT, WITH, VALUES and EXPLAIN)"
    #expect(problem(sql) == message)
    #expect(try test.store.allRuns().map(\.arm) == ["fedbn"])
    #expect(!FileManager.default.fileExists(atPath: "/tmp/covey-must-not-be-there.sqlite"))
  }

  @Test(arguments: [
    ("", "there is no statement"), ("  -- nothing\n;", "there is no statement"),
    ("SELECT 1; SELECT 2", "there is more than one statement (allowed: one)"),
    ("SELECT 1; DROP TABLE runs", "there is more than one statement (allowed: one)"),
    ("SELECT ?", "the statement has placeholders, for which there are no values"),
    ("SELEC 1", "near \"SELEC\": syntax error"),
    ("SELECT * FROM round_sumary", "no such table: round_sumary; did you mean 'round_summary'?"),
    ("SELECT * FROM zebra", "no such table: zebra"),
    ("SELECT acuracy FROM evaluations", "no such column: acuracy; did you mean 'accuracy'?"),
    ("SELECT e.Acuracy FROM evaluations e", "no such column: e.Acuracy; did you mean 'e.accuracy'?"),
    ("SELECT train_los FROM rounds", "no such column: train_los; did you mean 'train_loss'?"),
    ("SELECT zebra FROM rounds", "no such column: zebra"), ("SELECT foo(1)", "no such function: foo"),
    ("SELECT abs(-9223372036854775808)", "integer overflow"),
  ])
  func aWrongStatementIsSaid(sql: String, message: String) {
    #expect(problem(sql) == message)
  }

  @Test func aStatementWithoutAnEndIsInterrupted() async throws {
    let endless = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
    let store = reader
    let statement = Task.detached { () -> String in
      do {
        try store.query(endless, columns: { _ in }) { _ in true }
        return "ended"
      } catch { return "\(error)" }
    }
    let clock = Task.detached {
      // Until the statement is under way there is nothing to interrupt.
      while !Task.isCancelled {
        store.interrupt()
        try await Task.sleep(for: .milliseconds(5))
      }
    }
    #expect(await statement.value == "interrupted")
    clock.cancel()
    #expect(try rows("SELECT 1") == [[.integer(1)]])
  }
}

import Foundation
import RunStore
import TestSupport
import Testing

/// `covey sql`, `covey db` and what helps at a shell.
@Suite struct DatabaseCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TinyScenario.recorded(rounds: 1)
  }

  private func covey(_ arguments: String...) throws -> CoveyProcess.Result {
    try CoveyProcess.run(arguments, in: folder.url)
  }

  private func json(_ result: CoveyProcess.Result) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test func sqlAnswersInEachForm() throws {
    let sql = "SELECT id, arm AS name, 0.1 + 0.2 AS x, NULL AS name, x'0102' AS b FROM runs WHERE id < 3"
    #expect(
      try covey("sql", sql).output == """
        id  name      x  name  b
        ──  ──────  ───  ────  ───────
         1  fedavg  0.3  –     2 bytes
         2  fedavg  0.3  –     2 bytes

        """)
    #expect(
      try covey("sql", sql, "--format", "csv", "--limit", "1").output
        == "id,name,x,name_2,b\r\n1,fedavg,0.30000000000000004,,2 bytes\r\n")
    #expect(
      try covey("sql", sql, "--format", "json").output == """
        [
          {"id": 1, "name": "fedavg", "x": 0.30000000000000004, "name_2": null, "b": "2 bytes"},
          {"id": 2, "name": "fedavg", "x": 0.30000000000000004, "name_2": null, "b": "2 bytes"}
        ]

        """)
    #expect(try covey("sql", "SELECT 1 AS a WHERE 0", "--format", "json").output == "[]\n")
    let cut = try covey(
      "sql", "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n LIMIT 300) SELECT i FROM n")
    #expect(cut.output.split(separator: "\n").count == 203)
    #expect(cut.output.hasSuffix("\n200\n… the first 200 rows; '--limit N' shows more, '--format csv' all\n"))
  }

  @Test func aWrongStatementIsOneLine() throws {
    for (sql, message) in [
      ("SELECT * FROM rnus", "no such table: rnus; did you mean 'runs'?"),
      (
        "DELETE FROM runs",
        "the statement changes the database (allowed: what reads, as SELECT, WITH, VALUES and EXPLAIN)"
      ),
      ("-", "there is no statement"),
    ] {
      let result = try covey("sql", sql)
      #expect(result.status == 64)
      #expect(result.errors == "error: \(message)\n")
      #expect(result.output.isEmpty)
    }
    #expect(try covey("sql", "SELECT 1", "--db", "absent.sqlite").status == 66)
  }

  @Test func anEndlessStatementIsInterrupted() throws {
    let endless = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
    let process = try CoveyProcess(["sql", endless], in: folder.url)
    Thread.sleep(forTimeInterval: 1)
    #expect(process.isRunning)
    process.send(SIGINT)
    let result = try process.wait()
    #expect(result.status == 130)
    #expect(result.errors == "interrupted\n")
  }

  @Test func aDatabaseIsCheckedPackedAndMerged() throws {
    let sound = try covey("db", "check")
    #expect(sound.status == 0)
    #expect(sound.output == "covey.sqlite: no problems in 4 runs, 8 rounds, 4 results, 4 checkpoints\n")
    #expect(try json(covey("db", "check", "--quick", "--format", "json"))["sound"] as? Bool == true)
    let merged = try covey("db", "merge", "covey.sqlite", "--db", "all.sqlite")
    #expect(merged.status == 0, "\(merged.errors)")
    #expect(merged.output == "covey.sqlite: 4 runs copied as runs 1 to 4; 1 new experiment\n")
    let again = try covey("db", "merge", "covey.sqlite", "--db", "all.sqlite")
    #expect(
      again.output.hasPrefix(
        "covey.sqlite: 0 runs copied\n  1 tiny/fedavg/1 skipped: the same result is there as run 1\n"))
    let document = try json(covey("db", "merge", "covey.sqlite", "--db", "all.sqlite", "--format", "json"))
    #expect(
      (document["runs"] as? [[String: Any]])?.map { $0["outcome"] as? String } == ["there", "there", "there", "there"])
    #expect(try covey("db", "merge", "all.sqlite", "--db", "all.sqlite").status == 64)
    #expect(try covey("runs", "rm", "tiny", "--yes", "--db", "all.sqlite").status == 0)
    let packed = try json(covey("db", "vacuum", "--db", "all.sqlite", "--format", "json"))
    #expect(packed["bytes_given_back"] as? Int ?? 0 > 0)
    #expect(try json(covey("db", "info", "--db", "all.sqlite", "--format", "json"))["bytes_free"] as? Int == 0)
    #expect(try covey("db", "info").output.hasPrefix("covey.sqlite: "))
  }

  @Test func damageIsListedWithItsExitCode() throws {
    let database = folder.url.appendingPathComponent("covey.sqlite").path
    do {
      let store = try RunStore(path: database, access: .readWrite)
      try store.execute("UPDATE rounds SET train_loss = 9 WHERE run_id = 2 AND round = 1")
    }
    let damaged = try covey("db", "check")
    #expect(damaged.status == 65)
    #expect(damaged.output.hasPrefix("run 2: what is recorded does not fit its result hash: recorded "))
    #expect(damaged.output.contains("\ncovey.sqlite: 1 problem in 4 runs, "))
    #expect(damaged.errors == "error: database 'covey.sqlite' has 1 problem\n")
  }

  @Test func aWrongCommandGetsTheNearest() throws {
    for (arguments, message) in [
      (["histroy"], "error: 'covey' has no command 'histroy'; did you mean 'history'? (allowed: run, resume, "),
      (
        ["runs", "rmm", "3"], "error: 'covey runs' has no command 'rmm'; did you mean 'rm'? (allowed: rm, tag, note)\n"
      ),
      (
        ["help", "db", "chek"],
        "error: 'covey db' has no command 'chek'; did you mean 'check'? (allowed: info, check, vacuum, merge)\n"
      ),
    ] {
      let result = try CoveyProcess.run(arguments, in: folder.url)
      #expect(result.status == 64)
      #expect(result.errors.hasPrefix(message), "\(result.errors)")
    }
    #expect(try covey("help", "runs", "rm").output.hasPrefix("OVERVIEW: Removes runs"))
  }

  @Test(arguments: [
    ("ti", ["tiny"]), ("tiny/", ["tiny/fedbn", "tiny/fedavg"]), ("tiny/fedbn/", ["tiny/fedbn/2", "tiny/fedbn/1"]),
    ("lat", ["latest"]), ("tag", ["tag:paper"]), ("zebra", []),
  ])
  func namesOfRunsAreCompleted(word: String, expected: [String]) throws {
    #expect(try covey("runs", "tag", "1", "paper").status == 0)
    // What the scripts call.
    let result = try CoveyProcess.run(
      ["---completion", "history", "--", "positional@0", "2", "\(word.count)", "covey", "history", word],
      in: folder.url, environment: ["SAP_SHELL": "bash", "SAP_SHELL_VERSION": "5"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.split(separator: "\n").map(String.init) == expected)
  }

  @Test func scriptsForShellsAndTheManualAreThere() throws {
    for shell in ["bash", "zsh", "fish"] {
      let script = try covey("completions", shell)
      #expect(script.status == 0 && script.output.contains("covey"))
    }
    let manual = try covey("manual")
    #expect(manual.output.hasPrefix(".TH COVEY 1 \"\" \"covey 0.1.0\" \"\"\n.SH NAME\ncovey \\- "))
    for heading in [".SS \"covey run\"", ".SS \"covey db merge\"", ".SH ENVIRONMENT"] {
      #expect(manual.output.contains("\n\(heading)\n"))
    }
  }
}

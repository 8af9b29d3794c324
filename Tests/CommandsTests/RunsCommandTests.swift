import Foundation
import TestSupport
import Testing

@Suite struct RunsCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TinyScenario.recorded(rounds: 1)
  }

  private func covey(_ arguments: String...) throws -> CoveyProcess.Result {
    try CoveyProcess.run(arguments, in: folder.url)
  }

  @Test func tagsAndNotesAreShownAndFound() throws {
    let tagged = try covey("runs", "tag", "tiny/fedbn", "paper", "best")
    #expect(tagged.status == 0)
    #expect(
      tagged.output == """
        run  name          tags         note
        ───  ────────────  ───────────  ────
          3  tiny/fedbn/1  best, paper  –
          4  tiny/fedbn/2  best, paper  –

        """)
    #expect(try covey("runs", "tag", "4", "best", "--remove").output.contains("  4  tiny/fedbn/2  paper  –\n"))
    #expect(try covey("runs", "note", "tag:best", " too \"high\"\n").status == 0)
    let shown = try covey("runs", "note", "tag:paper", "--format", "json")
    #expect(
      shown.output == """
        [
          {"run": 3, "name": "tiny/fedbn/1", "tags": ["best", "paper"], "note": "too \\"high\\""},
          {"run": 4, "name": "tiny/fedbn/2", "tags": ["paper"], "note": null}
        ]

        """)
    #expect(try covey("runs", "tag", "3", "--format", "csv").output.contains("\r\n3,tiny/fedbn/1,best paper,"))
    let history = try covey("compare", "tag:paper", "--format", "json")
    #expect(history.status == 0)
    let noted = try covey("history", "--where", "note like '%high%'", "--format", "json")
    let runs = try #require(try JSONSerialization.jsonObject(with: Data(noted.output.utf8)) as? [[String: Any]])
    #expect(runs.map { $0["run"] as? Int } == [3] && runs[0]["note"] as? String == "too \"high\"")
    #expect(try covey("history", "--format", "csv").output.contains(",best paper,,\"too \"\"high\"\"\",0,1,\"oneDNN "))
    let page = try covey("report", "-o", "-").output
    #expect(page.contains("<li>Run 3, fedbn seed 1: “too &quot;high&quot;”</li>"))
    #expect(try covey("runs", "note", "3", "").output.hasSuffix("best, paper  –\n"))
    let wrong = try covey("runs", "tag", "3", "Best")
    #expect(wrong.status == 64)
    #expect(
      wrong.errors
        == "error: 'Best' can't be a tag (allowed: 1 to 64 of the characters a-z, 0-9, '.', '_' and '-')\n")
    let unknown = try covey("history", "tag:bets")
    #expect(unknown.status == 66)
    #expect(unknown.errors == "error: no run has the tag 'bets'; did you mean 'best'?\n")
    let missing = try covey("runs", "tag", "1", "a", "--db", "absent.sqlite")
    #expect(missing.status == 66)
    #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("absent.sqlite").path))
  }

  @Test func verifyAndHistoryTellPrograms() throws {
    let verified = try covey("verify", "1", "2", "--quiet", "--format", "json")
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(verified.output.utf8)) as? [[String: Any]])
    #expect(rows.map { $0["outcome"] as? String } == ["same", "same"])
    #expect(
      Set(rows[0].keys) == [
        "run", "name", "outcome", "recorded", "now", "instruction_set_recorded", "instruction_set", "other_inputs",
      ])
    #expect(rows[0]["run"] as? Int == 1 && rows[0]["now"] as? String == rows[0]["recorded"] as? String)
    try #require(try covey("runs", "tag", "2", "paper", "best").status == 0)
    let history = try covey("history", "--format", "json")
    let runs = try #require(try JSONSerialization.jsonObject(with: Data(history.output.utf8)) as? [[String: Any]])
    #expect(runs.map { $0["tags"] as? [String] } == [[], [], ["best", "paper"], []])
    #expect(try covey("history").output.contains("  best, paper\n"))
    // Of the rounds alone.
    #expect(
      try covey("history", "--where", "seconds < 60 and tags like '%paper%'", "--format", "csv").output.contains(
        "\r\n2,"))
  }

  @Test func runsAreRemovedOnlyWhenThatIsMeant() throws {
    let asked = try covey("runs", "rm", "1", "tiny/fedbn")
    #expect(asked.status == 64)
    #expect(
      asked.errors == "error: 'covey runs rm' asks before it removes 3 runs with 6 rounds and 3 checkpoints; "
        + "without a terminal give '--yes'\n")
    let removed = try covey("runs", "rm", "1", "tiny/fedbn", "--yes")
    #expect(removed.status == 0)
    #expect(removed.output.hasPrefix("removed 3 runs with 6 rounds and 3 checkpoints"))
    let last = try covey("runs", "rm", "latest", "-y", "--format", "json")
    let json = try JSONSerialization.jsonObject(with: Data(last.output.utf8)) as? [String: Any]
    #expect(json?["runs"] as? [Int] == [2])
    #expect(json?["experiments"] as? [Int] == [1])
    #expect(json?["rounds"] as? Int == 2)
    #expect(json?["checkpoints"] as? Int == 1)
    #expect(try covey("history").errors == "there are no runs\n")
    #expect(try covey("runs", "rm", "latest", "-y").errors == "error: database 'covey.sqlite' has no runs\n")
  }
}

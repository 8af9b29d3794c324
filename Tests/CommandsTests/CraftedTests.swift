import Foundation
import Records
import RunStore
import TestSupport
import Testing

/// Databases with values that no run writes: every command over each of them ends with an exit code and never by a
/// signal, and what it prints holds no hidden character.
@Suite(.serialized) struct CraftedTests {
  /// A folder with a database of two runs, changed by `sql`.
  private func crafted(_ sql: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(bytes: FuzzCase.soundDatabase(), to: "covey.sqlite")
    let store = try RunStore(path: folder.url.appendingPathComponent("covey.sqlite").path, access: .readWrite)
    try store.execute("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; " + sql)
    return folder
  }

  private func endings(_ folder: TemporaryFolder, _ commands: [[String]] = FuzzCase.readers) throws -> [Int32] {
    try commands.map { arguments in
      let end = try BoundedProcess.run(arguments, in: folder.url, patience: nil, limit: 60)
      #expect(!end.wasKilled, "\(arguments) does not end")
      #expect([0, 1, 64, 65, 66, 73, 74].contains(end.status), "\(arguments): \(end.status) \(end.errors)")
      if end.status != 0 { #expect(!end.errors.isEmpty, "\(arguments)") }
      return end.status
    }
  }

  @Test(arguments: [
    // The sample, and relatives of it.
    "UPDATE rounds SET bytes_up = 9223372036854775807", "UPDATE rounds SET bytes_down = 4611686018427387904",
    "UPDATE rounds SET bytes_up = -9223372036854775808, flops = -1", "UPDATE rounds SET flops = 9223372036854775807",
    "UPDATE participations SET bytes_up = 9223372036854775807, steps = 9223372036854775807",
    "UPDATE clients SET train_samples = 9223372036854775807, test_samples = -1",
    "UPDATE clients SET label_histogram = '[9223372036854775807,9223372036854775807]'",
    "UPDATE evaluations SET samples = 9223372036854775807",
    "UPDATE evaluation_summaries SET clients = 9223372036854775807, samples = 9223372036854775807",
    "UPDATE summary_measures SET clients = 9223372036854775807, mean = 1e999",
    "UPDATE norm_layers SET values_sent = 9223372036854775807, values_kept = 9223372036854775807",
    "UPDATE runs SET rounds_done = 9223372036854775807", "UPDATE runs SET rounds_done = 1000000000000",
    "UPDATE runs SET rounds_done = -9223372036854775808, rounds_planned = -1",
    "UPDATE rounds SET round = 1099511627776 WHERE round = 3; UPDATE runs SET rounds_done = 1099511627776",
    "UPDATE rounds SET round = 9223372036854775807 WHERE round = 3",
    "UPDATE runs SET seed = -9223372036854775808", "UPDATE runs SET seed = 'seven'", "UPDATE runs SET seed = x'07'",
    "UPDATE runs SET rounds_done = 'three', rounds_planned = x'00'",
    "UPDATE rounds SET cohort_size = 'all', seconds = 1e999",
    "UPDATE rounds SET train_loss = 'low', seconds = -1e308",
    "UPDATE OR REPLACE evaluations SET client = -9223372036854775808",
    "UPDATE participations SET client = 9223372036854775807 WHERE client = 1",
    "UPDATE experiments SET name = x'FF00', created_at = 7",
    "UPDATE OR REPLACE checkpoints SET round = 9223372036854775807",
    "UPDATE grdb_migrations SET identifier = x'FF' WHERE identifier = 'create views'",
    "UPDATE runs SET process = '9223372036854775807:x', status = 'running'",
    "UPDATE runs SET started_at = '999999999-12-31T23:59:59.999Z', finished_at = '-1'",
    "UPDATE runs SET id = 9223372036854775807 WHERE id = 2", "UPDATE runs SET id = -9223372036854775808 WHERE id = 2",
  ])
  func noValueTraps(sql: String) throws {
    _ = try endings(crafted(sql))
  }

  @Test func whatNoRunCouldHaveIsNamed() throws {
    let folder = try crafted("UPDATE rounds SET bytes_up = 9223372036854775807")
    let result = try CoveyProcess.run(["compare"], in: folder.url)
    #expect(result.status == 65)
    #expect(result.errors == "error: database 'covey.sqlite' is damaged: bytes_up holds 9223372036854775807\n")
    // As large as may be: their sum is the largest number that there is.
    let large = try crafted("UPDATE rounds SET bytes_up = 4611686018427387904")
    let sum = try CoveyProcess.run(["compare", "--format", "json"], in: large.url)
    #expect(sum.status == 0, "\(sum.errors)")
  }

  @Test func roundsThatAreNotThereAreNotCounted() throws {
    let folder = try crafted("UPDATE runs SET rounds_done = 1000000000000")
    let result = try BoundedProcess.run(["export", "1", "--json", "x.json"], in: folder.url, patience: nil, limit: 60)
    #expect(result.status == 0 && !result.wasKilled, "\(result.errors)")
    let document = try Data(contentsOf: folder.url.appendingPathComponent("x.json"))
    let object = try JSONSerialization.jsonObject(with: document) as? [String: Any]
    #expect((object?["rounds"] as? [Any])?.count == 4)
  }

  @Test(arguments: [("bn1.bias", "bn1.weight"), ("bn1.weight", "__metadata__")])
  func tensorsOfOneNameAreAnError(name: String, other: String) throws {
    let folder = try crafted(
      "DELETE FROM checkpoints WHERE run_id = 1 AND round = 3; UPDATE runs SET status = 'running', process = '0:' WHERE id = 1"
    )
    let store = try RunStore(path: folder.url.appendingPathComponent("covey.sqlite").path, access: .readWrite)
    var state = Data(try store.checkpoint(run: 1, round: 2).state)
    // The name stands behind its length.
    var range = try #require(state.range(of: Data(name.utf8)))
    range = (range.lowerBound - 8)..<range.upperBound
    var length = UInt64(other.utf8.count).littleEndian
    state.replaceSubrange(range, with: Data(bytes: &length, count: 8) + Data(other.utf8))
    let made = try store.reopen(run: 1, threads: 1, host: "", version: "")
    #expect(made.checkpoint?.round == 2)
    try store.append(
      RoundRecord(round: 3, cohortSize: 5, reported: 5, seconds: 1),
      checkpoint: CheckpointRecord(round: 3, state: [UInt8](state)), keeping: .all, toRun: 1)
    try store.finish(run: 1, status: .interrupted, error: nil)
    store.close()
    let result = try CoveyProcess.run(["export", "1", "--weights", "w"], in: folder.url)
    #expect(result.status == 65)
    #expect(result.errors == "error: the checkpoint can't be used: it has two tensors of the name '\(other)'\n")
    _ = try endings(folder, [["export", "1", "--weights", "w", "--client", "1"], ["resume", "1", "--quiet"]])
  }

  @Test(arguments: ["replace(scenario, 'batch_size: 16', 'batch_size: 8')", "scenario || char(10)", "''"])
  func aChangedScenarioIsFoundAndRefused(change: String) throws {
    let folder = try crafted("UPDATE experiments SET scenario = \(change)")
    let words = "the scenario of experiment 1 (tiny) was changed after it was run: it does not fit its recorded hash"
    let check = try CoveyProcess.run(["db", "check", "--quick"], in: folder.url)
    #expect(check.status == 65 && check.output.contains(words), "\(check.output)")
    for arguments in [["resume", "2", "--quiet"], ["resume", "--quiet"], ["verify", "1", "--quiet"]] {
      let result = try CoveyProcess.run(arguments, in: folder.url)
      #expect(result.status == 65, "\(arguments): \(result.status)")
      #expect(result.errors == "error: \(words)\n", "\(arguments)")
    }
  }

  /// A name with everything that a terminal may take for something else than text.
  private static let hidden =
    "char(27) || '[31mred' || char(27) || ']0;title' || char(7) || char(155) || '2J' || char(8238) || 'dlo' || char(8203) || "
    + "char(65279) || char(13) || 'x'"

  @Test(arguments: [
    "experiments SET name", "runs SET arm", "runs SET strategy", "runs SET norm", "runs SET error",
    "runs SET started_at",
    "runs SET version", "runs SET host", "clients SET domain", "norm_layers SET layer", "norm_drift SET layer",
    "layer_drift SET layer", "experiments SET scenario",
  ])
  func nothingHiddenReachesATerminal(column: String) throws {
    let folder = try crafted("UPDATE OR REPLACE \(column) = \(Self.hidden)")
    let names = [["drift", "nothing"], ["history", "nothing/else"], ["compare", "nothing"], ["resume", "--quiet"]]
    for arguments in FuzzCase.readers + names {
      let result = try CoveyProcess.run(arguments, in: folder.url)
      let isCSV = arguments.contains("csv") || arguments.contains("--csv")
      for text in [isCSV ? "" : result.output, result.errors] {
        let hidden = text.unicodeScalars.filter {
          $0 != "\n"
            && ($0.value < 32 || (0x7F...0x9F).contains($0.value) || [0x202E, 0x200B, 0xFEFF].contains($0.value))
        }
        #expect(hidden.isEmpty, "\(column) \(arguments): \(hidden.map { String($0.value, radix: 16) })")
      }
      guard result.status == 0, arguments.contains("json"), !isCSV else { continue }
      let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8), options: .fragmentsAllowed)
      if column == "experiments SET name", arguments == ["history", "--format", "json"] {
        let name = ((object as? [[String: Any]])?.first?["experiment"]) as? String
        #expect(name?.unicodeScalars.first == "\u{1B}" && name?.contains("\u{9B}") == true, "the data are whole")
      }
    }
  }
}

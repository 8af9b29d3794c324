import Foundation
import RunStore
import TestSupport
import Testing

/// Runs go on, and are computed again, with the data and the model that they were begun with, or not at all.
@Suite struct OtherDataTests {
  /// A hash with its first twelve digits and "…", as messages have it; digits are told as `#`.
  private func masked(_ text: String) -> String { text.replacing(#/[0-9a-f]{12}…/#, with: "#…") }

  private func begun(extra: String = "", prepare: (ReadingScenario) throws -> Void = { _ in }) throws -> ReadingScenario
  {
    let scenario = try ReadingScenario(extra: extra)
    try prepare(scenario)
    let result = try scenario.covey(["run", "run.yaml", "--quiet"])
    try #require(result.status == 0, "\(result.errors)")
    return scenario
  }

  /// What `resume` and `verify` say of a scenario whose inputs are to be changed, after a look that `resume` has changed
  /// nothing.
  private func said(
    _ scenario: ReadingScenario, after change: (ReadingScenario) throws -> Void
  ) throws -> (resume: CoveyProcess.Result, verify: CoveyProcess.Result) {
    try change(scenario)
    let verify = try scenario.covey(["verify", "1", "--quiet"])
    try scenario.interrupt(after: 3)
    let before = try scenario.contents()
    let resume = try scenario.covey(["resume", "--quiet"])
    if resume.status != 0 { #expect(try scenario.contents() == before) }
    return (resume, verify)
  }

  @Test(arguments: [
    "one number", "labels only", "fewer clients", "more clients", "other features", "test examples", "packed anew",
  ])
  func otherExamplesAreRefused(change: String) throws {
    let said = try said(begun()) { scenario in
      switch change {
      case "one number": try scenario.writeClients(value: 0.5000001)
      case "labels only": try scenario.writeClients(label: 1)
      case "fewer clients": try scenario.writeClients(2)
      case "more clients": try scenario.writeClients(4)
      case "other features": try scenario.writeClients(features: 4)
      // The hash is of the file's bytes.
      case "packed anew": try scenario.writeClients(reversed: true)
      default: try scenario.writeClients(testLabel: 1)
      }
    }
    #expect(said.resume.status == 65)
    let first =
      "error: data 'data.safetensors' holds something else than when run 1 (reading/fedavg/1) was begun: SHA-256 #… then, #… now\n"
    #expect(masked(said.resume.errors).hasPrefix(first), "\(said.resume.errors)")
    #expect(said.verify.status == 65)
    if change == "other features" {
      // The scenario does not fit them, which is said behind it.
      #expect(masked(said.verify.errors).hasPrefix(first))
      #expect(said.verify.errors.contains("model.input"))
    } else {
      #expect(
        masked(said.resume.errors)
          == first + "nothing was resumed; bring the former files back, or begin anew with: covey run\n")
      #expect(said.verify.output == "reading/fedavg/1: other data, not computed again: data.safetensors\n")
      #expect(masked(said.verify.errors) == first)
    }
  }

  @Test func verifyTellsProgramsOfOtherData() throws {
    let scenario = try begun()
    try scenario.writeClients(value: 0.75)
    let result = try scenario.covey(["verify", "1", "--quiet", "--format", "json"])
    #expect(result.status == 65)
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    #expect(rows.count == 1)
    #expect(rows[0]["outcome"] as? String == "other-data")
    #expect(rows[0]["other_inputs"] as? [String] == ["data.safetensors"])
    #expect(rows[0]["now"] is NSNull)
  }

  @Test func theSameContentIsTheSame() throws {
    // The same bytes once more; then another place.
    for change in [0, 1] {
      let scenario = try begun()
      let hash = try StoredResults(scenario.url("covey.sqlite")).hashes
      var folder = scenario.folder.url
      let moved = try TemporaryFolder()
      if change == 0 {
        // Written once more.
        try scenario.writeClients()
      } else {
        folder = moved.url
        for name in ["data.safetensors", "covey.sqlite"] {
          try FileManager.default.moveItem(at: scenario.url(name), to: folder.appendingPathComponent(name))
        }
        let store = try RunStore(path: folder.appendingPathComponent("covey.sqlite").path, access: .readWrite)
        try store.execute("UPDATE experiments SET base_directory = '\(folder.path)'")
        store.close()
      }
      let verify = try CoveyProcess.run(["verify", "1", "--quiet"], in: folder)
      #expect(verify.status == 0, "\(verify.errors)")
      #expect(verify.output == "reading/fedavg/1: same result, \(hash["reading/fedavg/1"] ?? "")\n")
    }
  }

  @Test func anotherInitialModelIsRefused() throws {
    let scenario = try begun(extra: "init: start.safetensors") { try $0.writeModel() }
    let said = try said(scenario) { try $0.writeModel(weight: 0.26) }
    #expect(said.resume.status == 65)
    #expect(
      masked(said.resume.errors) == """
        error: init 'start.safetensors' holds something else than when run 1 (reading/fedavg/1) was begun: SHA-256 #… then, #… now
        nothing was resumed; bring the former files back, or begin anew with: covey run

        """)
    #expect(said.verify.status == 65)
    #expect(said.verify.output == "reading/fedavg/1: other data, not computed again: start.safetensors\n")
  }

  /// A run on a clock whose clients come and go by `there.csv`.
  private func present(_ windows: String, extra: String = "") throws -> ReadingScenario {
    try begun(
      extra: "devices: {kind: listed, seconds: [4, 2.5, 7]}\navailability: {kind: file, file: there.csv}\n" + extra
    ) { try $0.folder.write(windows, to: "there.csv") }
  }

  private static let windows = "client,from,to\n0,0,100\n1,5,60\n1,60,90\n"

  @Test func anotherAvailabilityIsRefused() throws {
    let said = try said(present(Self.windows, extra: "seeds: [1, 2]")) {
      try $0.folder.write("client,from,to\n0,0,100\n1,5,60\n1,61,90\n", to: "there.csv")
    }
    #expect(said.resume.status == 65)
    #expect(
      masked(said.resume.errors) == """
        error: availability 'there.csv' holds something else than when runs 1, 2 were begun: SHA-256 #… then, #… now
        nothing was resumed; bring the former files back, or begin anew with: covey run

        """)
    #expect(said.verify.status == 65)
    #expect(said.verify.output == "reading/fedavg/1: other data, not computed again: there.csv\n")
    #expect(
      masked(said.verify.errors)
        == "error: availability 'there.csv' holds something else than when run 1 (reading/fedavg/1) was begun: SHA-256 #… then, #… now\n"
    )
  }

  @Test func theSameWindowsAreTheSame() throws {
    let scenario = try present(Self.windows)
    // Another order, another column, windows in one, and another place.
    try scenario.folder.write(
      "\u{FEFF}to, from ,note,client\r\n90,5,x,1\r\n\r\n100,\"0\",y,0\r\n", to: "there.csv")
    #expect(try scenario.covey(["verify", "1", "--quiet"]).status == 0)
    try scenario.interrupt(after: 3)
    #expect(try scenario.covey(["resume", "--quiet"]).status == 0)
    let export = try scenario.covey(["export", "1", "--csv", "c", "--json", "-"])
    #expect(export.status == 0)
    let csv = try String(contentsOf: scenario.url("c/inputs.csv"), encoding: .utf8)
    #expect(csv.contains("\r\navailability,there.csv,"))
  }

  @Test func anAvailabilityThatCannotBeReadIsNoOtherData() throws {
    let gone = try said(present(Self.windows)) { try FileManager.default.removeItem(at: $0.url("there.csv")) }
    #expect(gone.resume.status == 66 && gone.verify.status == 66)
    #expect(gone.resume.errors.contains("availability.file"))
    // A client that the data have not is said, and that it is another file.
    let other = try said(present(Self.windows)) {
      try $0.folder.write("client,from,to\n7,0,100\n", to: "there.csv")
    }
    #expect(other.resume.status == 65)
    #expect(
      masked(other.resume.errors).hasPrefix(
        "error: availability 'there.csv' holds something else than when run 1 (reading/fedavg/1) was begun: SHA-256 #… then, #… now\n"
      ))
    #expect(other.resume.errors.contains("has windows of client 7, and the clients are 0 to 2"))
  }

  @Test func runsBegunBeforeAvailabilitiesWereRecordedGoOn() throws {
    let scenario = try present(Self.windows)
    let store = try scenario.store()
    try store.execute("DELETE FROM inputs WHERE kind = 'availability'")
    store.close()
    let verify = try scenario.covey(["verify", "1", "--quiet"])
    #expect(verify.status == 0)
    #expect(
      oneLine(verify.errors)
        == "note: the version of covey that began 1 run did not record what it read, so that other data can't be told; a result that differs may be one of other data"
    )
    try scenario.interrupt(after: 3)
    #expect(try scenario.covey(["resume", "--quiet"]).status == 0)
    let again = try scenario.store()
    defer { again.close() }
    #expect(
      try again.select("SELECT position, kind, name FROM inputs") == [
        ["0", "data", "data.safetensors"], ["1", "availability", "there.csv"],
      ])
  }

  @Test func allThatDiffersIsToldAtOnce() throws {
    let scenario = try begun(extra: "init: start.safetensors\nseeds: [1, 2]") { try $0.writeModel() }
    let said = try said(scenario) {
      try $0.writeModel(weight: 0.26)
      try $0.writeClients(value: 0.25)
    }
    #expect(
      masked(said.resume.errors) == """
        error: data 'data.safetensors' holds something else than when runs 1, 2 were begun: SHA-256 #… then, #… now
        error: init 'start.safetensors' holds something else than when runs 1, 2 were begun: SHA-256 #… then, #… now
        nothing was resumed; bring the former files back, or begin anew with: covey run

        """)
  }

  @Test func aMissingFileIsMissing() throws {
    let said = try said(begun()) { try FileManager.default.removeItem(at: $0.url("data.safetensors")) }
    #expect(said.resume.status == 66)
    #expect(said.verify.status == 66)
  }

  @Test func foldersOfImages() throws {
    func begun() throws -> ReadingScenario {
      let scenario = try ReadingScenario(idx: 4)
      let result = try scenario.covey(["run", "run.yaml", "--quiet"])
      try #require(result.status == 0, "\(result.errors)")
      return scenario
    }
    let pixel = try said(begun()) { try $0.writeImages("chalk-train", offset: 7, first: 10) }
    #expect(pixel.resume.status == 65)
    #expect(
      masked(pixel.resume.errors) == """
        error: data 'images/chalk-train-images' holds something else than when run 1 (reading/fedavg/1) was begun: SHA-256 #… then, #… now
        nothing was resumed; bring the former files back, or begin anew with: covey run

        """)
    #expect(pixel.verify.status == 65)
    let labels = try said(begun()) { try $0.writeLabels("ink-test", offset: 1) }
    #expect(labels.resume.errors.hasPrefix("error: data 'images/ink-test-labels' holds something else than"))
    #expect(labels.resume.status == 65)
    let gone = try said(begun()) {
      for content in ["images-idx3", "labels-idx1"] {
        try FileManager.default.removeItem(at: $0.url("images/ink-test-\(content)-ubyte"))
      }
    }
    #expect(
      gone.resume.errors.hasPrefix(
        "error: data 'images/ink-test-images' is not read any more, but was when run 1 (reading/fedavg/1) was begun\n"))
    #expect(gone.resume.status == 65)
    // Packed, and packed otherwise: the same.
    let packed = try begun()
    for level in ["-1", "-9"] {
      try packed.call("/bin/sh", ["-c", "cd images && gunzip -q *.gz 2>/dev/null; gzip \(level) *"])
      #expect(try packed.covey(["verify", "1", "--quiet"]).status == 0)
    }
    try packed.interrupt(after: 3)
    #expect(try packed.covey(["resume", "--quiet"]).status == 0)
  }

  @Test func generatedExamplesAreToldByTheirRecipe() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    let store = try RunStore(path: folder.url.appendingPathComponent("covey.sqlite").path, access: .readOnly)
    let recipes = try store.select("SELECT run_id, position, kind, name, length(sha256) FROM inputs")
    #expect(recipes == (1...4).map { ["\($0)", "0", "data", "synthetic-digits", "64"] })
    let inputs = try store.inputs(runs: [1, 2])
    #expect(inputs[1] == inputs[2])
    let verify = try CoveyProcess.run(["verify", "1", "--quiet"], in: folder.url)
    #expect(verify.status == 0 && verify.errors == "")
  }

  @Test func databasesOfBeforeHaveNoHashes() throws {
    let note = { (end: String) in
      "note: the version of covey that began 2 runs did not record what they read, so that other data can't be told; \(end)"
    }
    func old() throws -> ReadingScenario {
      let scenario = try begun(extra: "seeds: [1, 2]")
      let store = try scenario.store()
      for table in ["inputs", "instruction_sets"] { try store.execute("DELETE FROM \(table)") }
      store.close()
      return scenario
    }
    let scenario = try old()
    let verify = try scenario.covey(["verify", "reading", "--quiet"])
    #expect(verify.status == 0)
    #expect(oneLine(verify.errors) == note("a result that differs may be one of other data"))
    try scenario.interrupt(after: 3)
    let resume = try scenario.covey(["resume", "--quiet"])
    #expect(resume.status == 0)
    #expect(oneLine(resume.errors) == note("what they read now is recorded"))
    // Said once: from now on it is recorded.
    try scenario.interrupt(after: 3)
    #expect(try scenario.covey(["resume", "--quiet"]).errors == "")
    // Without hashes the recorded clients still speak.
    let fewer = try said(old()) { try $0.writeClients(2) }
    #expect(fewer.resume.status == 65)
    #expect(
      fewer.resume.errors.hasPrefix(
        "error: run 1 (reading/fedavg/1) has 3 clients in its record, and the data now have 2\n"))
    let other = try said(old()) { try $0.writeClients(label: 1) }
    #expect(other.resume.status == 65)
    #expect(
      other.resume.errors.hasPrefix(
        "error: run 1 (reading/fedavg/1) has other numbers of examples by label of client 0 in its record than the data now have\n"
      ))
  }

  private func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test func otherExperimentsGoOnWithoutNames() throws {
    let scenario = try begun()
    try scenario.folder.write(TinyScenario.text(rounds: 4), to: "tiny.yaml")
    #expect(try scenario.covey(["run", "tiny.yaml", "--arms", "fedavg", "--seeds", "1", "--quiet"]).status == 0)
    let said = try said(scenario) { try $0.writeClients(value: 0.25) }
    #expect(said.resume.status == 0)
    #expect(said.resume.errors.contains("error: data 'data.safetensors' holds something else than"))
    #expect(said.resume.errors.contains("experiment 1 can't be opened; its runs stay as they are\n"))
    #expect(
      try StoredResults(scenario.url("covey.sqlite")).runs.map(\.status.rawValue) == ["interrupted", "finished"])
  }

  @Test func mergedAndExportedRunsKeepTheirInputs() throws {
    let scenario = try begun()
    let copy = ["db", "merge", "covey.sqlite", "--db", "all.sqlite"]
    try scenario.folder.write(TinyScenario.text(rounds: 1), to: "tiny.yaml")
    #expect(try scenario.covey(["run", "tiny.yaml", "--quiet", "--db", "all.sqlite"]).status == 0)
    #expect(try scenario.covey(copy).status == 0)
    let store = try RunStore(path: scenario.url("all.sqlite").path, access: .readOnly)
    #expect(
      try store.select("SELECT run_id, position, kind, name, length(sha256) FROM inputs WHERE run_id = 5") == [
        ["5", "0", "data", "data.safetensors", "64"]
      ])
    #expect(try store.select("SELECT COUNT(*) FROM instruction_sets") == [["5"]])
    let export = try scenario.covey(["export", "1", "--csv", "c", "--json", "-"])
    #expect(export.status == 0)
    let csv = try String(contentsOf: scenario.url("c/inputs.csv"), encoding: .utf8)
    #expect(csv.hasPrefix("kind,name,sha256\r\ndata,data.safetensors,"))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(export.output.utf8)) as? [String: Any])
    #expect((object["inputs"] as? [[String: Any]])?.first?["name"] as? String == "data.safetensors")
    #expect((object["instruction_set"] as? String)?.hasPrefix("oneDNN ") == true)
  }

  /// The folder `04-resume-on-other-data` of inputs that once went wrong.
  @Test(.enabled(if: SharedFolders.bugs != nil, "skipped: there is no ../shared/bugs"))
  func theReportedCase() throws {
    let bug = try #require(SharedFolders.bugs).appendingPathComponent("04-resume-on-other-data")
    let folder = try TemporaryFolder()
    let text = try String(contentsOf: bug.appendingPathComponent("run.yaml"), encoding: .utf8)
    // Fewer rounds of the same: a killed run has no time to lose.
    try folder.write(text, to: "run.yaml")
    let data = folder.url.appendingPathComponent("data.safetensors")
    try FileManager.default.copyItem(at: bug.appendingPathComponent("before.safetensors"), to: data)
    let process = try CoveyProcess(["run", "run.yaml", "--quiet", "--threads", "1"], in: folder.url)
    let database = folder.url.appendingPathComponent("covey.sqlite")
    while process.isRunning, (try? StoredResults(database).runs.map(\.roundsDone).max()) ?? 0 < 3 { usleep(2_000) }
    process.send(SIGINT)
    #expect(try process.wait().status == 130)
    try FileManager.default.removeItem(at: data)
    try FileManager.default.copyItem(at: bug.appendingPathComponent("after.safetensors"), to: data)
    let resume = try CoveyProcess.run(["resume", "--quiet"], in: folder.url)
    #expect(resume.status == 65)
    #expect(resume.errors.hasPrefix("error: data 'data.safetensors' holds something else than when run 1 "))
    #expect(try StoredResults(database).runs[0].status == .interrupted)
  }
}

extension ReadingScenario {
  /// Runs another program in the folder.
  fileprivate func call(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }
}

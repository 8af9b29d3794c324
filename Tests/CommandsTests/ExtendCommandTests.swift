import Foundation
import Records
import RunStore
import TestSupport
import Testing

/// `covey extend`: an experiment with more in it is what it had been if it had been asked for at once.
@Suite struct ExtendCommandTests {
  /// A folder with `tiny.yaml`, and in `covey.sqlite` its runs with so many rounds.
  private static func recorded(rounds: Int, extra: String = "", options: [String] = []) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: rounds, extra: extra), to: "tiny.yaml")
    try covey(["run", "tiny.yaml"] + options, in: folder)
    return folder
  }

  @discardableResult
  private static func covey(_ arguments: [String], in folder: TemporaryFolder) throws -> CoveyProcess.Result {
    let hasProgress = ["run", "extend", "resume", "verify"].contains(arguments[0])
    let result = try CoveyProcess.run(arguments + (hasProgress ? ["--quiet"] : []), in: folder.url)
    try #require(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  private static func results(_ folder: TemporaryFolder, _ name: String = "covey.sqlite") throws -> StoredResults {
    try StoredResults(folder.url.appendingPathComponent(name))
  }

  /// The hashes of the scenario with these options, asked for at once.
  private static func atOnce(_ options: [String], in folder: TemporaryFolder) throws -> [String: String] {
    try covey(["run", "tiny.yaml", "--db", "once.sqlite"] + options, in: folder)
    return try results(folder, "once.sqlite").hashes
  }

  private static let sparse = "evaluation: {every: 4}\nrecord: {drift: every 4}"

  @Test(
    "more rounds give the bits of all rounds at once, on any threads, also behind rows that only a last round has",
    arguments: [("", 1), (sparse, 2), ("checkpoint: {every: 4, keep: all}\nnorm: {kind: fixbn, freeze_at: 5}", 2)])
  func rounds(extra: String, threads: Int) throws {
    let text = extra.contains("checkpoint") ? extra.replacing("checkpoint: {every: 4, keep: all}\n", with: "") : extra
    let folder = try Self.recorded(rounds: 3, extra: text)
    let before = try Self.results(folder)
    #expect(before.runs.allSatisfy { $0.stopReason == .rounds })
    try Self.covey(["extend", "tiny", "--rounds", "5", "--threads", "\(threads)"], in: folder)
    try Self.covey(["extend", "tiny", "--rounds", "9", "--threads", "2"], in: folder)
    let after = try Self.results(folder)
    #expect(try after.hashes == Self.atOnce(["--rounds", "9"], in: folder))
    #expect(after.runs.map(\.id) == before.runs.map(\.id) && Set(after.runs.map(\.experimentID)).count == 1)
    #expect(after.runs.allSatisfy { $0.roundsPlanned == 9 && $0.roundsDone == 9 && $0.stopReason == .rounds })
    // Everything else that looks at a record finds it sound.
    #expect(try Self.covey(["db", "check"], in: folder).output.contains("no problems"))
    let verified = try Self.covey(["verify", "tiny"], in: folder).output.split(separator: "\n")
    #expect(verified.count == 4 && verified.allSatisfy { $0.contains(": same result, ") })
    let nothing = try CoveyProcess.run(["extend", "tiny", "--rounds", "9"], in: folder.url)
    #expect((nothing.status, nothing.errors) == (0, "nothing to extend: all of it is there\n"))
    #expect(try Self.results(folder).hashes == after.hashes)
  }

  @Test("killed and interrupted in the middle, an extension goes on to the same bits", arguments: [SIGKILL, SIGINT])
  func killed(signal: Int32) throws {
    let folder = try Self.recorded(rounds: 5, extra: Self.sparse)
    let database = folder.url.appendingPathComponent("covey.sqlite")
    let process = try CoveyProcess(
      ["extend", "tiny", "--rounds", "60", "--seeds", "3", "--quiet"], in: folder.url)
    while process.isRunning, (try? StoredResults(database).runs.map(\.roundsDone).max()) ?? 0 < 9 { usleep(2_000) }
    process.send(signal)
    let result = try process.wait()
    #expect(result.status == (signal == SIGKILL ? 128 + SIGKILL : 130))
    let cut = try StoredResults(database)
    #expect(cut.runs.contains { $0.resultHash == nil }, "the signal came too late to test anything")
    #expect(cut.runs.allSatisfy { $0.roundsPlanned == 60 } && cut.runs.count == 6)
    try Self.covey(["resume", "--threads", "1"], in: folder)
    #expect(
      try StoredResults(database).hashes == Self.atOnce(["--rounds", "60", "--seeds", "1..3"], in: folder))
  }

  @Test("a process that dies between the record and the first round loses nothing")
  func diedBefore() throws {
    let folder = try Self.recorded(rounds: 3, extra: Self.sparse, options: ["--seeds", "1", "--arms", "fedbn"])
    let store = try RunStore(path: folder.url.appendingPathComponent("covey.sqlite").path, access: .readWrite)
    // The record as it is then: an interrupted run with its last round, but for the rows that only a last one has.
    let stored = try store.experiment(id: 1)
    var record = stored.record
    record.scenario = stored.record.scenario.replacing("rounds: 3", with: "rounds: 6")
    record.scenarioHash = RunStore.sha256(of: record.scenario)
    let run = try #require(try store.allRuns().first)
    let description = RunDescription(
      arm: run.arm, strategy: run.strategy, norm: run.norm, seed: run.seed, roundsPlanned: 6, clients: [],
      normLayers: try store.normLayers(run: 1))
    _ = try store.extend(
      stored, to: record,
      longer: [LongerRun(run: 1, description: description, keepsEvaluations: false, keepsDrift: false)], added: [],
      threads: 1, host: "", version: "")
    store.close()
    try Self.covey(["resume"], in: folder)
    #expect(
      try Self.results(folder).hashes
        == Self.atOnce(["--rounds", "6", "--seeds", "1", "--arms", "fedbn"], in: folder))
  }

  @Test("seeds and arms are runs as if they had been asked for at once, and what is finished stays")
  func seedsAndArms() throws {
    let folder = try Self.recorded(rounds: 2)
    let before = try Self.results(folder)
    let more = "- {name: silo, norm: silobn}\n- {name: early, norm: {kind: fixbn, freeze_at: 0.5}, seeds: [7]}\n"
    try folder.write(more, to: "more.yaml")
    try Self.covey(["extend", "tiny", "--seeds", "1..3,5", "--arms", "more.yaml"], in: folder)
    let after = try Self.results(folder)
    #expect(after.runs.prefix(4).map(\.startedAt) == before.runs.map(\.startedAt))
    #expect(after.runs.prefix(4).map(\.resultHash) == before.runs.map(\.resultHash))
    #expect(after.runs.count == 4 + 4 + 4 + 5 && Set(after.runs.map(\.experimentID)) == [1])
    let text =
      TinyScenario.text(rounds: 2).replacing("seeds: [1, 2]", with: "seeds: [1, 2, 3, 5]")
      + "\n  - {name: silo, norm: silobn}\n  - {name: early, norm: {kind: fixbn, freeze_at: 0.5}, seeds: [7, 1, 2, 3, 5]}\n"
    try folder.write(text, to: "tiny.yaml")
    #expect(try after.hashes == Self.atOnce([], in: folder))
    // One arm alone, which the scenario says then.
    try Self.covey(["extend", "tiny/fedbn", "--rounds", "4", "--seeds", "8"], in: folder)
    let one = try Self.results(folder)
    #expect(one.runs.filter { $0.arm == "fedbn" }.map(\.seed).sorted() == [1, 2, 3, 5, 8])
    #expect(one.runs.allSatisfy { $0.roundsDone == ($0.arm == "fedbn" ? 4 : 2) && $0.status == .finished })
    let scenario = try one.store.experiment(id: 1).record.scenario
    #expect(scenario.contains("rounds: 2\n") && scenario.contains("rounds: 4"))
    try Self.covey(["verify", "tiny"], in: folder)
    // A run that was removed does not come back by itself.
    try Self.covey(["runs", "rm", "tiny/silo/5", "--yes"], in: folder)
    try Self.covey(["extend", "tiny/fedavg", "--rounds", "3"], in: folder)
    #expect(try !Self.results(folder).runs.contains { $0.arm == "silo" && $0.seed == 5 })
    try Self.covey(["extend", "tiny/silo", "--seeds", "5"], in: folder)
    #expect(try Self.results(folder).runs.contains { $0.arm == "silo" && $0.seed == 5 })
  }

  @Test("a scenario without a list of arms gets one")
  func onlyArm() throws {
    let folder = try TemporaryFolder()
    let text = TinyScenario.text(rounds: 2)
    let only = String(text[..<(try #require(text.range(of: "arms:")).lowerBound)]) + "norm: fedbn\n"
    try folder.write(only, to: "tiny.yaml")
    try Self.covey(["run", "tiny.yaml", "--seeds", "1"], in: folder)
    try folder.write("arms:\n  - {name: plain, norm: fedavg}\n", to: "more.yaml")
    try Self.covey(["extend", "latest", "--arms", "more.yaml", "--rounds", "3"], in: folder)
    try folder.write(only + "arms:\n  - {name: fedbn}\n  - {name: plain, norm: fedavg}\n", to: "tiny.yaml")
    #expect(try Self.results(folder).hashes == Self.atOnce(["--rounds", "3", "--seeds", "1"], in: folder))
  }

  private static func refusal(_ arguments: [String], in folder: TemporaryFolder) throws -> (Int32, [String]) {
    let hashes = try results(folder).hashes
    let result = try CoveyProcess.run(["extend"] + arguments, in: folder.url)
    #expect(try results(folder).hashes == hashes, "nothing is changed")
    return (result.status, result.errors.split(separator: "\n").map(String.init))
  }

  @Test("runs whose earlier rounds would have been others are refused, with the key")
  func refused() throws {
    for (extra, reason) in [
      ("norm: {kind: fixbn, freeze_at: 0.5}", "'norm.freeze_at' is a share of the rounds"),
      ("norm: fixbn", "'norm.freeze_at' is a share of the rounds"),
    ] {
      let folder = try TemporaryFolder()
      let text = TinyScenario.text(rounds: 2, extra: extra).replacing(", norm: fedavg}", with: "}")
      try folder.write(text, to: "tiny.yaml")
      try Self.covey(["run", "tiny.yaml"], in: folder)
      let (status, lines) = try Self.refusal(["tiny", "--rounds", "4"], in: folder)
      #expect(status == 65)
      #expect(
        lines == [
          "error: runs 1, 2 of tiny can't have more rounds: \(reason), so that earlier rounds would have been others (allowed: a round)",
          "nothing was extended",
        ])
      try Self.covey(["extend", "tiny", "--seeds", "3"], in: folder)
      try Self.covey(["extend", "tiny/fedbn", "--rounds", "3"], in: folder)
    }
    let rate = "client.optimizer.learning_rate_schedule"
    for (schedule, isAllowed) in [
      ("cosine", false), ("linear", false), ("{kind: cosine, length: 5}", true),
      ("{kind: step, every: 1, factor: 0.5}", true),
      ("{kind: cosine, over: steps}", true),
    ] {
      let options = ["--set", "\(rate)=\(schedule)", "--seeds", "1", "--arms", "fedbn"]
      let folder = try Self.recorded(rounds: 2, options: options)
      if isAllowed {
        try Self.covey(["extend", "tiny", "--rounds", "4"], in: folder)
        #expect(try Self.results(folder).hashes == Self.atOnce(options + ["--rounds", "4"], in: folder), "\(schedule)")
      } else {
        let (status, lines) = try Self.refusal(["tiny", "--rounds", "4"], in: folder)
        #expect(status == 65)
        #expect(
          lines == [
            "error: run 1 (tiny/fedbn/1) can't have more rounds: '\(rate)' goes over all rounds of the run, so that earlier rounds would have been others (allowed: with a 'length')",
            "nothing was extended",
          ])
      }
    }
  }

  @Test("what can't be is said, and changes nothing")
  func mistakes() throws {
    let folder = try Self.recorded(rounds: 3)
    #expect(
      try Self.refusal(["tiny", "--rounds", "2"], in: folder)
        == (64, ["error: '--rounds 2' is less than the 3 rounds of run 1 (tiny/fedavg/1) (allowed: 3 or more)"]))
    #expect(
      try Self.refusal(["tiny/fedbn/1", "--rounds", "4"], in: folder) == (
        64,
        [
          "error: the runs of an arm get rounds and seeds together, and tiny/fedbn/2 was not named (allowed: tiny/fedbn)"
        ]
      ))
    #expect(
      try Self.refusal(["tiny"], in: folder).1.first
        == "error: nothing to extend by (allowed: --rounds, --seeds, --arms)")
    #expect(
      try Self.refusal(["tiny", "--rounds", "0"], in: folder).1.first
        == "error: '--rounds 0' is not allowed (allowed: a whole number from 1 to 1000000)")
    for (list, words) in [
      ("3..1", "'3..1' ends before it begins (allowed: 1,3,5, 1..5 or 1..3,7)"),
      ("1,,2", "not a list of numbers (allowed: 1,3,5, 1..5 or 1..3,7)"),
      ("1..", "not a list of numbers (allowed: 1,3,5, 1..5 or 1..3,7)"), ("1..99999", "more than 10000 numbers"),
    ] {
      let (status, lines) = try Self.refusal(["tiny", "--seeds", list], in: folder)
      #expect(status == 64 && lines.first == "error: The value '\(list)' is invalid for '--seeds <seeds>': \(words)")
    }
    for (text, words) in [
      ("- {name: fedbn}\n", "more.yaml:1:10: arms[2].name: another arm is called 'fedbn'"),
      ("- {name: other, norm: fedbm}\n", "more.yaml:1:23: norm: unknown norm 'fedbm'; did you mean 'fedbn'?"),
      (
        "rounds: 3\n",
        "more.yaml:1:1: rounds: is not read here: arms that are added inherit what the experiment says (allowed: arms)"
      ),
      (
        "arms: []\n", "more.yaml:1:7: arms: '[]' is not allowed (allowed: a list of arms, each a mapping with a 'name')"
      ),
      (
        "- {name: latest}\n",
        "more.yaml:1:10: arms.name: 'latest' is not allowed: it means the newest run where runs are asked for (allowed: another name)"
      ),
    ] {
      try folder.write(text, to: "more.yaml")
      let (status, lines) = try Self.refusal(["tiny", "--arms", "more.yaml"], in: folder)
      #expect(status == 65 && lines.first?.hasPrefix(words) == true, "\(lines)")
    }
    #expect(try Self.refusal(["tiny", "--arms", "none.yaml"], in: folder).0 == 66)
    try folder.write(TinyScenario.text(rounds: 2, extra: "sweep: {rounds: [1, 2]}"), to: "tiny.yaml")
    try Self.covey(["run", "tiny.yaml"], in: folder)
    #expect(
      try Self.refusal(["tiny", "--rounds", "4"], in: folder).1.first?.hasSuffix(
        "sweep.rounds: names arms by their rounds, so that they can't get others (allowed: --arms)") == true)
  }

  @Test("'stop' ends a run in the same round on any threads, after a kill too, and such a run is not extended")
  func stopped() throws {
    let folder = try TemporaryFolder()
    let stop = "stop: {measure: loss, patience: 4, min_delta: 100}\nevaluation: {every: 6}\nrecord: {drift: every 7}"
    try folder.write(TinyScenario.text(rounds: 90, extra: stop), to: "tiny.yaml")
    try Self.covey(["run", "tiny.yaml", "--threads", "1"], in: folder)
    let whole = try Self.results(folder)
    #expect(
      whole.runs.allSatisfy {
        $0.status == .finished && $0.stopReason == .patience && $0.roundsDone == 30 && $0.roundsPlanned == 90
      })
    // What a last round has is there, though neither 6 rounds nor 7 nor 2 say so.
    for table in ["evaluations", "norm_drift", "layer_drift", "checkpoints"] {
      let last = try whole.store.rows(sql: "SELECT COUNT(DISTINCT run_id) FROM \(table) WHERE round = 30")
      #expect(last == "4", "\(table)")
    }
    let database = folder.url.appendingPathComponent("cut.sqlite")
    let process = try CoveyProcess(["run", "tiny.yaml", "--db", "cut.sqlite", "--quiet"], in: folder.url)
    while process.isRunning, (try? StoredResults(database).runs.map(\.roundsDone).max()) ?? 0 < 13 { usleep(2_000) }
    process.send(SIGKILL)
    _ = try process.wait()
    #expect(try StoredResults(database).runs.contains { $0.resultHash == nil }, "the kill came too late")
    try Self.covey(["resume", "--db", "cut.sqlite", "--threads", "2"], in: folder)
    #expect(try StoredResults(database).hashes == whole.hashes)
    // Died behind the last round, before it was said that it is the last.
    let store = try RunStore(path: database.path, access: .readWrite)
    try store.execute("UPDATE runs SET status = 'running', result_hash = NULL, stop_reason = NULL, process = '1:1'")
    store.close()
    let last = try CoveyProcess.run(["resume", "--db", "cut.sqlite"], in: folder.url)
    #expect(last.status == 0 && last.errors.contains("tiny/fedbn/2: stopped at round 30 of 90: patience\n"))
    #expect(try StoredResults(database).hashes == whole.hashes)
    #expect(try Self.covey(["db", "check"], in: folder).output.contains("no problems"))
    try Self.covey(["verify", "tiny"], in: folder)
    let (status, lines) = try Self.refusal(["tiny", "--rounds", "100"], in: folder)
    #expect(
      (status, lines) == (
        65,
        [
          "error: runs 1, 2, 3, 4 of tiny can't have more rounds: ended by 'stop' after round 30 (patience)",
          "nothing was extended",
        ]
      ))
    let history = try CoveyProcess.run(["history", "tiny/fedbn/1"], in: folder.url).output
    #expect(history.contains("tiny/fedbn/1: stopped at round 30 of 90: patience"))
    try Self.covey(["extend", "tiny", "--seeds", "3"], in: folder)
    #expect(try Self.results(folder).runs.allSatisfy { $0.roundsDone == 30 && $0.stopReason == .patience })
  }

  @Test("ranges are seeds wherever there are some")
  func ranges() throws {
    let folder = try Self.recorded(rounds: 1, options: ["--seeds", "2..3,7", "--arms", "fedbn"])
    #expect(try Self.results(folder).runs.map(\.seed) == [2, 3, 7])
    let history = try CoveyProcess.run(["history", "--seed", "2..3", "--format", "csv"], in: folder.url)
    #expect(history.output.split(whereSeparator: \.isNewline).count == 1 + 2)
    let compared = try CoveyProcess.run(["compare", "--seed", "2..3", "--format", "json"], in: folder.url)
    #expect(compared.status == 0 && compared.output.contains("\"seed\": 3") && !compared.output.contains("\"seed\": 7"))
  }
}

extension RunStore {
  /// The one value that `sql` selects, as text.
  fileprivate func rows(sql: String) throws -> String? { try select(sql).first?.first ?? nil }
}

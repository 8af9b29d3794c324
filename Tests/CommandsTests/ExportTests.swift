import Foundation
import Records
import RunStore
import TestSupport
import Testing

/// What `covey export` writes, and what it leaves alone.
@Suite struct ExportTests {
  private func bytes(_ folder: TemporaryFolder, _ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.url.appendingPathComponent(path)))
  }

  /// The files below a folder, by path.
  private func files(_ folder: URL) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return all.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path, isDirectory: &isFolder)
        && !isFolder.boolValue
    }.sorted()
  }

  @Test("event files hold the record as 32-bit floats, at times that add up")
  func events() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    let result = try CoveyProcess.run(
      ["export", "tiny", "--arm", "fedbn", "--tensorboard", "logs", "--client-limit", "2", "--format", "json"],
      in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let names = ["1", "2"].map { "logs/tiny/fedbn/\($0)/events.out.tfevents.covey" }
    #expect(
      result.errors == names.map { "wrote \($0): curves of 2 of 5 clients ('--client-limit')\n" }.joined())
    let said = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]]
    #expect(said?.map { $0["path"] as? String } == names)
    #expect(said?.map { $0["run"] as? String } == ["tiny/fedbn/1", "tiny/fedbn/2"])
    #expect(said?.map { $0["kind"] as? String } == ["tensorboard", "tensorboard"])
    #expect(files(folder.url.appendingPathComponent("logs")) == names.map { String($0.dropFirst(5)) })

    let stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    let run = try #require(stored.runs.first { $0.name == "tiny/fedbn/1" })
    let events = try DecodedEvents(bytes(folder, names[0])).events
    #expect(events.map(\.step) == [0, 0, 1, 2])
    #expect(events.first?.fileVersion == "brain.Event:2")
    let start = try Date(run.startedAt, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    var time = start.timeIntervalSince1970
    #expect(events[0].wallTime == time)
    let measures = try stored.store.measureNames(runs: [run.id])
    for (event, round) in zip(events.dropFirst(), try stored.store.rounds(run: run.id, measures: measures)) {
      time += round.seconds
      #expect(event.wallTime == time)
      var expected: [String: Double?] = [
        "bytes/up": Double(round.bytesUp), "bytes/down": Double(round.bytesDown), "time/seconds": round.seconds,
        "train/loss": round.trainLoss, "train/accuracy": round.trainAccuracy, "accuracy/mean": round.meanAccuracy,
        "accuracy/sample_weighted": round.sampleWeightedAccuracy, "accuracy/worst": round.worstAccuracy,
        "accuracy/bottom_decile": round.bottomDecileAccuracy, "accuracy/sd": round.accuracySD,
        "loss/mean": round.meanLoss, "loss/sample_weighted": round.sampleWeightedLoss, "loss/worst": round.worstLoss,
        "loss/bottom_decile": round.bottomDecileLoss,
      ]
      for drift in try stored.store.layerDrift(run: run.id, rounds: round.round...round.round) {
        expected["drift/\(drift.layer)/between_share"] = drift.betweenShare
        expected["drift/\(drift.layer)/mean_kl"] = drift.meanKL
        expected["drift/\(drift.layer)/max_kl"] = drift.maxKL
      }
      let evaluations = try stored.store.evaluations(
        run: run.id, round: round.round, of: EvaluationSelection())
      for evaluation in evaluations where evaluation.client < 2 {
        expected["accuracy/client/\(evaluation.client)"] = evaluation.accuracy
        expected["loss/client/\(evaluation.client)"] = evaluation.loss
        for (name, value) in evaluation.measures.sorted where !name.hasSuffix("]") {
          expected["\(name)/client/\(evaluation.client)"] = value
        }
      }
      for (name, summary) in round.measures {
        expected["\(name)/mean"] = summary.mean
        if !name.hasSuffix("]") { expected["\(name)/worst"] = summary.worst }
      }
      let known = expected.compactMapValues { $0.map { Float($0) } }
      #expect(Dictionary(uniqueKeysWithValues: event.scalars.map { ($0.tag, $0.value) }) == known)
    }
    let before = try bytes(folder, names[0])
    #expect(
      try CoveyProcess.run(
        ["export", "tiny/fedbn/1", "--tensorboard", "logs", "--client-limit", "2"], in: folder.url
      ).status == 0)
    #expect(try bytes(folder, names[0]) == before, "the same record is the same file")
  }

  @Test("several runs are folders of CSV files and a list in JSON; one run is as ever")
  func severalRuns() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    #expect(
      try CoveyProcess.run(["export", "tiny", "--csv", "all", "--json", "all.json"], in: folder.url).status == 0)
    #expect(try CoveyProcess.run(["export", "3", "--csv", "one", "--json", "one.json"], in: folder.url).status == 0)
    let all = try #require(try JSONSerialization.jsonObject(with: Data(bytes(folder, "all.json"))) as? [[String: Any]])
    let one = try #require(try JSONSerialization.jsonObject(with: Data(bytes(folder, "one.json"))) as? [String: Any])
    #expect(all.map { $0["run"] as? String } == ["fedavg/1", "fedavg/2", "fedbn/1", "fedbn/2"].map { "tiny/\($0)" })
    #expect(NSDictionary(dictionary: all[2]) == NSDictionary(dictionary: one))
    let names = files(folder.url.appendingPathComponent("one"))
    #expect(names.count == 10)
    for name in names { #expect(try bytes(folder, "one/\(name)") == bytes(folder, "all/tiny/fedbn/1/\(name)")) }
    #expect(files(folder.url.appendingPathComponent("all")).count == 40)

    let stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    let lines = String(decoding: try bytes(folder, "one/evaluations.csv"), as: UTF8.self)
    let evaluations = try stored.store.evaluations(run: 3)
    #expect(lines.split(separator: "\r\n").count == evaluations.count + 1)
    let rows = try #require(one["evaluations"] as? [[String: Any]])
    #expect(rows.count == evaluations.count)
    // Foundation reads some numbers one place in the last digit off.
    for (row, evaluation) in zip(rows, evaluations) {
      let loss = try #require(row["loss"] as? Double)
      #expect(abs(loss - evaluation.record.loss) <= 2 * evaluation.record.loss.ulp)
    }
    #expect((one["participations"] as? [Any])?.count == (try stored.store.participations(run: 3).count))
    #expect((one["norm_drift"] as? [Any])?.count == (try stored.store.normDrift(run: 3).count))
    #expect((one["clients"] as? [Any])?.count == 5)
  }

  @Test("names that mean something to file systems get folders of their own, below the one that was named")
  func names() throws {
    let folder = try TemporaryFolder()
    let names =
      ["a/b", "a%2Fb", "..", ".", "a b", "a", "ä", "a\u{308}", "x\nf", String(repeating: "l", count: 4000)]
      + [String(repeating: "l", count: 4001), "-", "~", "C:\\x"]
    do {
      let store = try RunStore(path: folder.url.appendingPathComponent("covey.sqlite").path, access: .readWrite)
      for name in names {
        let record = ExperimentRecord(name: name, scenario: "name: x\n", scenarioHash: "0", baseDirectory: "/")
        let runs = names.prefix(4).map {
          RunDescription(
            arm: $0, strategy: "fedavg", norm: "fedavg", seed: 1, roundsPlanned: 1, clients: [], normLayers: [])
        }
        let begun = try store.begin(record, runs: runs, threads: 1, host: "here", version: "1")
        for run in begun.runs {
          try store.append(
            RoundRecord(round: 0, cohortSize: 0, reported: 0, seconds: 1), checkpoint: nil, keeping: .all,
            toRun: run)
        }
      }
    }
    let ids = (1...(names.count * 4)).map(String.init)
    let result = try CoveyProcess.run(["export"] + ids + ["--tensorboard", "logs/tb"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let written = files(folder.url.appendingPathComponent("logs"))
    #expect(written.count == names.count * 4)
    #expect(written.allSatisfy { $0.hasPrefix("tb/") && $0.split(separator: "/").count == 5 }, "\(written)")
    #expect(written.contains("tb/a%2Fb/%2E./1/events.out.tfevents.covey"))
  }

  @Test("a second run of the same name gets its number behind the seed")
  func sameNames() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    #expect(try CoveyProcess.run(["run", "tiny.yaml", "--quiet"], in: folder.url).status == 0)
    #expect(try CoveyProcess.run(["export", "1", "5", "--tensorboard", "logs"], in: folder.url).status == 0)
    #expect(
      files(folder.url.appendingPathComponent("logs")) == [
        "tiny/fedavg/1-5/events.out.tfevents.covey", "tiny/fedavg/1/events.out.tfevents.covey",
      ])
  }

  @Test("what can't be written is said, and what was there stays")
  func failures() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    try folder.write("as before", to: "old.json")
    try folder.write("", to: "file")
    let long = String(repeating: "n", count: 300)
    var cases: [(arguments: [String], status: Int32, line: String)] = [
      (["--json", "no/x.json"], 73, "error: cannot write 'no/x.json': the folder 'no' does not exist"),
      (["--json", "."], 73, "error: cannot write '.': it is a folder"),
      (["--json", ""], 73, "error: cannot write '': that is no file's name"),
      (["--json", long], 73, "error: cannot write '\(long)': file name too long"),
      (["--json", "file/x"], 73, "error: cannot write 'file/x': not a directory"),
      (["--csv", "file"], 73, "error: cannot create the folder 'file': 'file' is a file"),
      (["--tensorboard", "file/x"], 73, "error: cannot create the folder 'file/x/tiny/fedavg/1': 'file' is a file"),
    ]
    #if os(Linux)
      cases.append((["--json", "/dev/full"], 74, "error: cannot write '/dev/full': the disk is full"))
      cases.append((["--weights", "/dev/full"], 74, "error: cannot write '/dev/full': the disk is full"))
    #endif
    for (arguments, status, line) in cases {
      let result = try CoveyProcess.run(["export", "1"] + arguments, in: folder.url)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors == line + "\n")
    }
    let pipe = folder.url.appendingPathComponent("pipe").path
    try #require(mkfifo(pipe, 0o600) == 0)
    #expect(try CoveyProcess.run(["export", "1", "--json", "pipe"], in: folder.url).status == 73)

    do {
      let store = try RunStore(path: folder.url.appendingPathComponent("covey.sqlite").path, access: .readWrite)
      try store.execute("UPDATE participations SET outcome = 'vanished' WHERE run_id = 1 AND round = 2 AND client = 4")
    }
    let damaged = try CoveyProcess.run(["export", "1", "--json", "old.json"], in: folder.url)
    #expect(damaged.status == 65)
    #expect(damaged.errors == "error: database 'covey.sqlite' is damaged: outcome holds \"vanished\"\n")
    #expect(String(decoding: try bytes(folder, "old.json"), as: UTF8.self) == "as before")
    #expect(files(folder.url) == ["covey.sqlite", "file", "old.json", "pipe", "tiny.yaml"])

    let link = folder.url.appendingPathComponent("link.json")
    try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "old.json")
    #expect(try CoveyProcess.run(["export", "2", "--json", "link.json"], in: folder.url).status == 0)
    #expect(try bytes(folder, "old.json").first == UInt8(ascii: "{"), "what a link means is replaced, not the link")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == "old.json")
  }

  @Test("records can go to standard output")
  func standardOutput() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    for names in [["tiny"], ["3"]] {
      let shown = try CoveyProcess.run(["export"] + names + ["--json", "-"], in: folder.url)
      #expect(shown.status == 0 && shown.errors.isEmpty, "\(shown.errors)")
      #expect(try CoveyProcess.run(["export"] + names + ["--json", "all.json"], in: folder.url).status == 0)
      #expect(Array(shown.output.utf8) == (try bytes(folder, "all.json")))
    }
    #expect(files(folder.url) == ["all.json", "covey.sqlite", "tiny.yaml"])
    #if os(Linux)
      let full = try CoveyProcess.run(
        ["export", "1", "--json", "-"], in: folder.url, under: ["/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full"])
      #expect(full.status == 74)
      #expect(full.errors == "error: cannot write to standard output: no space left on device\n")
    #endif
  }

  @Test("options that make no sense are refused")
  func usage() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    let cases: [(arguments: [String], contains: String)] = [
      (["export", "1"], "give at least one of '--weights', '--predictions', '--csv', '--json' and '--tensorboard'"),
      (
        ["export", "1", "--tensorboard", "x", "--client-limit=-1"],
        "'--client-limit -1' is not allowed (allowed: a whole number ≥ 0)"
      ),
      (["export", "1", "--weights", "-"], "'--weights -' is not allowed (allowed: a file's name)"),
      (["export", "1", "--csv", "-"], "'--csv -' is not allowed (allowed: a folder's name)"),
      (["export", "1", "--tensorboard", "-"], "'--tensorboard -' is not allowed (allowed: a folder's name)"),
      (["export", "1", "--json", "-", "--format", "json"], "'--format json' can't be combined with '--json -'"),
      (["export", "1", "--json", "x", "--client", "1"], "'--client' and '--slot' need '--weights'"),
    ]
    for (arguments, contains) in cases {
      let result = try CoveyProcess.run(arguments, in: folder.url)
      #expect(result.status == 64)
      #expect(result.errors.contains(contains), "\(result.errors)")
    }
    #expect(files(folder.url) == ["covey.sqlite", "tiny.yaml"])
  }
}

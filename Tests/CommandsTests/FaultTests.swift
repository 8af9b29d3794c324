import Foundation
import Records
import RunStore
import TestSupport
import Testing

/// Whatever ends a run, what was recorded is kept, and resuming gives the same bits.
///
/// `COVEY_KILLS` says how many random moments are tried (default 6); `script/check-faults` sets 50.
@Suite(.serialized) struct FaultTests {
  private static let rounds = 30

  /// A folder with a scenario, and the hashes of its undisturbed runs.
  private struct Undisturbed {
    let folder: TemporaryFolder
    let hashes: [String: String]
    /// How long the undisturbed program took, which only sets when it is disturbed.
    let microseconds: Double

    init() throws {
      let folder = try TemporaryFolder()
      try folder.write(TinyScenario.text(rounds: FaultTests.rounds), to: "tiny.yaml")
      let start = ContinuousClock.now
      let result = try CoveyProcess.run(["run", "tiny.yaml", "--db", "whole.sqlite", "--quiet"], in: folder.url)
      let time = start.duration(to: .now).components
      #expect(result.status == 0, "\(result.errors)")
      self.folder = folder
      microseconds = Double(time.seconds) * 1e6 + Double(time.attoseconds) * 1e-12
      hashes = try StoredResults(folder.url.appendingPathComponent("whole.sqlite")).hashes
    }

    func database(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

    /// Sends `signal` to a program that runs the scenario, as soon as what it has recorded is as `isFarEnough` says.
    func cutOff(_ name: String, by signal: Int32, when isFarEnough: ([StoredRun]) -> Bool) throws -> CoveyProcess.Result
    {
      let process = try CoveyProcess(["run", "tiny.yaml", "--db", name, "--quiet"], in: folder.url)
      while process.isRunning, !((try? StoredResults(database(name)).runs).map(isFarEnough) ?? false) { usleep(2_000) }
      process.send(signal)
      return try process.wait()
    }

    /// Goes on until all is done, with at most so many further kills, and compares.
    ///
    /// - Parameter encoding: What of the results is compared; nil is all.
    func finish(
      _ name: String, kills: Int = 0, encoding: ResultEncoding? = nil, using random: inout SeededGenerator
    ) throws {
      let url = database(name)
      for attempt in 0...kills {
        // A kill before anything was recorded leaves nothing to resume: the user runs it anew.
        let isEmpty = try (try? StoredResults(url)).map(\.runs.isEmpty) ?? true
        let arguments = isEmpty ? ["run", "tiny.yaml"] : ["resume"]
        let process = try CoveyProcess(arguments + ["--db", name, "--quiet"], in: folder.url)
        if attempt < kills {
          usleep(UInt32(Double.random(in: 0..<microseconds, using: &random)))
          process.send(SIGKILL)
        }
        let result = try process.wait()
        let allowed: Set<Int32> = attempt < kills ? [0, 128 + SIGKILL] : [0]
        #expect(allowed.contains(result.status), "\(name): \(result.errors)")
      }
      let results = try StoredResults(url)
      if let encoding {
        let whole = try StoredResults(database("whole.sqlite"))
        #expect(try results.hashes(encoding) == whole.hashes(encoding), "\(name)")
      } else {
        #expect(results.hashes == hashes, "\(name)")
      }
      #expect(try results.store.select("PRAGMA integrity_check") == [["ok"]])
      #expect(try results.store.select("PRAGMA foreign_key_check").isEmpty)
    }
  }

  private static let kills = ProcessInfo.processInfo.environment["COVEY_KILLS"].flatMap(Int.init) ?? 6

  @Test func aRunThatIsKilledAtAnyMomentResumesToTheSameBits() throws {
    let whole = try Undisturbed()
    var random = SeededGenerator(seed: 5)
    var stages: [String: Int] = [:]
    for number in 0..<Self.kills {
      let name = "cut\(number).sqlite"
      let process = try CoveyProcess(["run", "tiny.yaml", "--db", name, "--quiet"], in: whole.folder.url)
      usleep(UInt32(Double.random(in: 0..<(1.05 * whole.microseconds), using: &random)))
      process.send(SIGKILL)
      _ = try process.wait()
      let runs = try? StoredResults(whole.database(name)).runs
      let stage =
        switch runs {
        case nil: "before the database"
        case let runs? where runs.isEmpty: "before the runs"
        case let runs? where runs.allSatisfy { $0.status == .finished }: "after the end"
        case let runs?: runs.contains { $0.roundsDone > 0 } ? "between rounds" : "before the first round"
        }
      stages[stage, default: 0] += 1
      // Every third is killed once more while it resumes.
      try whole.finish(name, kills: number % 3 == 2 ? 1 : 0, using: &random)
    }
    if Self.kills > 6 { print("killed: \(stages.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })") }
  }

  @Test(.enabled(if: Strace.works, "needs strace (Debian's package strace) and permission to trace"))
  func aRunThatIsKilledInTheMiddleOfAWriteResumesToTheSameBits() throws {
    let whole = try Undisturbed()
    var random = SeededGenerator(seed: 6)
    // Every write to a file of the database is a moment of its own: in a transaction, in a checkpoint, in a
    // checkpoint of the log, in the migration that makes the tables.
    let calls = try Strace.count(
      ["pwrite64", "fdatasync", "ftruncate"], of: ["run", "tiny.yaml", "--db", "counted.sqlite", "--quiet"],
      in: whole.folder.url)
    var killed: [String: Int] = [:]
    for (call, count) in calls.sorted(by: { $0.key < $1.key }) where count > 0 {
      for number in 0..<max(1, Self.kills / 2) {
        let place = Int.random(in: 1...count, using: &random)
        let name = "\(call)-\(number).sqlite"
        let result = try CoveyProcess.run(
          ["run", "tiny.yaml", "--db", name, "--quiet"], in: whole.folder.url,
          under: Strace.killing(at: place, of: call))
        // Which thread writes first may differ from run to run, so that the last places may not come.
        #expect([0, 128 + SIGKILL].contains(result.status), "\(call) \(place): \(result.errors)")
        killed[call, default: 0] += result.status == 0 ? 0 : 1
        try whole.finish(name, using: &random)
      }
      #expect(killed[call] ?? 0 > 0, "no kill at \(call), of \(count)")
    }
    if Self.kills > 6 { print("killed: \(killed.sorted { $0.key < $1.key }), of \(calls.sorted { $0.key < $1.key })") }
  }

  @Test(.enabled(if: Strace.works, "needs strace (Debian's package strace) and permission to trace"))
  func aKillDuringAMigrationLosesNothing() throws {
    let whole = try Undisturbed()
    var random = SeededGenerator(seed: 7)
    var killed = 0
    for number in 0..<max(3, Self.kills / 2) {
      let name = "old\(number).sqlite"
      // A run that was interrupted, in a database as it was before the last migrations.
      _ = try whole.cutOff(name, by: SIGINT) { $0.contains { $0.roundsDone >= 4 } }
      let rows = try {
        let store = try RunStore(path: whole.database(name).path, access: .readWrite)
        try store.forgetSummaries()
        return try store.select("SELECT COUNT(*) FROM rounds")[0][0].flatMap { Int($0) } ?? 0
      }()
      let place = 1 + Int.random(in: 0..<40, using: &random)
      let result = try CoveyProcess.run(
        ["resume", "--db", name, "--quiet"], in: whole.folder.url, under: Strace.killing(at: place, of: "pwrite64"))
      #expect([0, 128 + SIGKILL].contains(result.status), "\(place): \(result.errors)")
      killed += result.status == 0 ? 0 : 1
      let store = try RunStore(path: whole.database(name).path, access: .readWrite)
      let after = try store.select("SELECT COUNT(*) FROM rounds")[0][0].flatMap { Int($0) } ?? 0
      // Resuming may already have dropped the rounds behind a checkpoint, one in two, or gone on.
      #expect(after >= rows - 4)
      // Rounds of a version that recorded no measures have none.
      try whole.finish(name, encoding: .fourth, using: &random)
    }
    #expect(killed > 0)
  }

  @Test(.enabled(if: SmallDisk.works, "needs to be root and to be allowed to mount a tmpfs"))
  func onAFullDiskWhatIsRecordedIsKept() throws {
    let whole = try Undisturbed()
    let disk = try SmallDisk(kilobytes: 600)
    let path = disk.url.appendingPathComponent("covey.sqlite").path
    let result = try CoveyProcess.run(["run", "tiny.yaml", "--db", path, "--quiet"], in: whole.folder.url)
    #expect(result.status == 74)
    #expect(result.errors == "error: cannot write to database '\(path)': the disk is full\n")
    let runs = try StoredResults(URL(fileURLWithPath: path)).runs
    #expect(runs.contains { $0.roundsDone > 0 } && runs.contains { $0.resultHash == nil })
    try disk.resize(kilobytes: 20_000)
    let resumed = try CoveyProcess.run(["resume", "--db", path, "--quiet"], in: whole.folder.url)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try StoredResults(URL(fileURLWithPath: path)).hashes == whole.hashes)
  }

  @Test func theSystemsSignalsStopARunCleanly() throws {
    let whole = try Undisturbed()
    var random = SeededGenerator(seed: 9)
    for (number, signal) in [SIGINT, SIGTERM, SIGHUP].enumerated() {
      let name = "signal\(signal).sqlite"
      let result = try whole.cutOff(name, by: signal) { $0.contains { $0.roundsDone >= 2 + number } }
      #expect(result.status == 130, "signal \(signal): \(result.errors)")
      #expect(result.errors.contains("interrupted; go on with: covey resume --db \(name)\n"))
      try whole.finish(name, using: &random)
    }
  }

  @Test func aDamagedCheckpointIsToldAndNotUsed() throws {
    let whole = try Undisturbed()
    var random = SeededGenerator(seed: 10)
    _ = try whole.cutOff("cut.sqlite", by: SIGINT) { !$0.isEmpty && $0.allSatisfy { $0.roundsDone >= 5 } }
    let damaged = try #require(StoredResults(whole.database("cut.sqlite")).runs.first { $0.status == .interrupted })
    do {
      let store = try RunStore(path: whole.database("cut.sqlite").path, access: .readWrite)
      try store.execute(
        "UPDATE checkpoints SET state = zeroblob(length(state)) WHERE run_id = \(damaged.id) AND round = \(damaged.roundsDone)"
      )
    }
    let result = try CoveyProcess.run(["resume", "--db", "cut.sqlite"], in: whole.folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.contains(
        "\(damaged.name): the checkpoint of round \(damaged.roundsDone) is damaged and not used\n"))
    try whole.finish("cut.sqlite", using: &random)
  }

  @Test func nothingStaysBesideTheDatabaseHoweverBusyTheMachineIs() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 1), to: "tiny.yaml")
    // More threads than cores: some are still ending when the program does.
    for _ in 0..<5 {
      let result = try CoveyProcess.run(["run", "tiny.yaml", "--quiet", "--threads", "8"], in: folder.url)
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["covey.sqlite", "tiny.yaml"])
    }
  }

  @Test func twoProgramsWriteToOneDatabase() throws {
    let whole = try Undisturbed()
    let processes = try (0..<2).map { _ in
      try CoveyProcess(
        ["run", "tiny.yaml", "--db", "shared.sqlite", "--quiet", "--threads", "1"], in: whole.folder.url)
    }
    for process in processes {
      let result = try process.wait()
      #expect(result.status == 0, "\(result.errors)")
    }
    let results = try StoredResults(whole.database("shared.sqlite"))
    #expect(results.runs.count == 8)
    for run in results.runs { #expect(run.resultHash == whole.hashes[run.name], "\(run.name) \(run.id)") }
    #expect(try results.store.select("PRAGMA integrity_check") == [["ok"]])
  }

  @Test func ofTwoThatResumeOneRunOneGoesOn() throws {
    let whole = try Undisturbed()
    var random = SeededGenerator(seed: 11)
    _ = try whole.cutOff("cut.sqlite", by: SIGKILL) { $0.contains { $0.roundsDone >= 3 } }
    let two = try (0..<2).map { _ in
      try CoveyProcess(["resume", "--db", "cut.sqlite", "--quiet"], in: whole.folder.url)
    }
    let ends = try two.map { try $0.wait() }
    // The one that comes later finds the runs taken, or nothing to resume.
    #expect(ends.contains { $0.status == 0 })
    for end in ends where end.status != 0 {
      #expect(end.status == 64, "\(end.errors)")
      #expect(end.errors.contains(" is being computed by process "), "\(end.errors)")
    }
    try whole.finish("cut.sqlite", using: &random)
  }

  @Test func filesThatAreCutOffAreNamed() throws {
    let whole = try Undisturbed()
    let bytes = try Data(contentsOf: whole.database("whole.sqlite"))
    for length in [1, 15, 99, 1024, 5000, bytes.count / 2, bytes.count - 1] {
      let path = try whole.folder.write(bytes: Array(bytes.prefix(length)), to: "short.sqlite").path
      for command in [
        ["history"], ["resume"], ["compare"], ["drift", "latest"], ["run", "tiny.yaml", "--rounds", "1"],
      ] {
        let result = try CoveyProcess.run(command + ["--db", path], in: whole.folder.url)
        #expect([0, 65, 66, 74].contains(result.status), "\(command) \(length): \(result.status) \(result.errors)")
        if result.status != 0 { #expect(result.errors.contains("error: "), "\(command) \(length)") }
        try Data(bytes.prefix(length)).write(to: URL(fileURLWithPath: path))
      }
    }
  }

  @Test func aReaderThatGoesAwayIsNoError() throws {
    let whole = try Undisturbed()
    let program = "'\(CoveyProcess.path.path)'"
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    // With SIGPIPE ignored, as under some parents, writing fails instead of ending the program.
    shell.arguments = [
      "-c",
      "cd '\(whole.folder.url.path)' && for i in 1 2; do \(program) history --db whole.sqlite tiny/fedbn/1 --clients --rounds 0.. --format csv | head -1 > /dev/null; trap '' PIPE; done; "
        + "\(program) history --db whole.sqlite > /dev/full; echo $?",
    ]
    let (output, errors) = (Pipe(), Pipe())
    shell.standardOutput = output
    shell.standardError = errors
    try shell.run()
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let status = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(said == "error: cannot write to standard output: no space left on device\n")
    #expect(status == "74\n")
  }
}

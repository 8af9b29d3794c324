import Foundation
import RunStore
import TestSupport
import Testing

/// Same seed, same bits: whatever the threads, and after a kill.
@Suite struct DeterminismTests {
  @Test func theResultDoesNotDependOnTheNumberOfThreads() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(), to: "tiny.yaml")
    var hashes: [[String: String]] = []
    for threads in [1, 2, 3, 8] {
      let result = try CoveyProcess.run(
        ["run", "tiny.yaml", "--db", "t\(threads).sqlite", "--threads", "\(threads)", "--quiet"], in: folder.url)
      #expect(result.status == 0, "\(result.errors)")
      hashes.append(try StoredResults(folder.url.appendingPathComponent("t\(threads).sqlite")).hashes)
    }
    #expect(hashes[0].count == 4)
    #expect(Set(hashes[0].values).count == 4, "every arm and seed has a result of its own")
    for other in hashes.dropFirst() { #expect(other == hashes[0]) }
  }

  @Test func aKilledRunResumesToTheSameBits() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 40), to: "tiny.yaml")
    let whole = try CoveyProcess.run(["run", "tiny.yaml", "--db", "whole.sqlite", "--quiet"], in: folder.url)
    #expect(whole.status == 0, "\(whole.errors)")
    let process = try CoveyProcess(["run", "tiny.yaml", "--db", "cut.sqlite", "--quiet"], in: folder.url)
    let cut = folder.url.appendingPathComponent("cut.sqlite")
    // In the middle: some rounds are there, and not all.
    while process.isRunning, (try? StoredResults(cut).runs.map(\.roundsDone).max()) ?? 0 < 5 { usleep(2_000) }
    process.send(SIGKILL)
    #expect(try process.wait().status == 128 + SIGKILL)
    let before = try StoredResults(cut)
    #expect(before.runs.contains { $0.resultHash == nil }, "the kill came too late to test anything")
    let resumed = try CoveyProcess.run(["resume", "--db", "cut.sqlite", "--threads", "1", "--quiet"], in: folder.url)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(
      try StoredResults(cut).hashes == StoredResults(folder.url.appendingPathComponent("whole.sqlite")).hashes)
  }

  @Test func anInterruptedRunStopsCleanlyAndResumesToTheSameBits() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 60), to: "tiny.yaml")
    #expect(try CoveyProcess.run(["run", "tiny.yaml", "--db", "whole.sqlite", "--quiet"], in: folder.url).status == 0)
    for signal in [SIGINT, SIGTERM] {
      let database = folder.url.appendingPathComponent("cut\(signal).sqlite")
      let process = try CoveyProcess(["run", "tiny.yaml", "--db", database.path, "--quiet"], in: folder.url)
      while process.isRunning, (try? StoredResults(database).runs.map(\.roundsDone).max()) ?? 0 < 3 { usleep(2_000) }
      process.send(signal)
      let result = try process.wait()
      #expect(result.status == 130)
      #expect(result.errors.contains("interrupted; go on with: covey resume --db \(database.path)"))
      #expect(try StoredResults(database).runs.contains { $0.status == .interrupted })
      #expect(try CoveyProcess.run(["resume", "--db", database.path, "--quiet"], in: folder.url).status == 0)
      #expect(
        try StoredResults(database).hashes == StoredResults(folder.url.appendingPathComponent("whole.sqlite")).hashes)
    }
  }

  @Test func verifyComputesRecordedRunsAgain() throws {
    let folder = try TinyScenario.recorded()
    let database = folder.url.appendingPathComponent("covey.sqlite")
    let hashes = try StoredResults(database).hashes
    let result = try CoveyProcess.run(["verify", "tiny", "--quiet", "--threads", "3"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == hashes.keys.sorted().map { "\($0): same result, \(hashes[$0] ?? "")\n" }.joined())
    // A record that says something else is found out.
    let store = try RunStore(path: database.path, access: .readWrite)
    try store.execute("UPDATE runs SET result_hash = 'other' WHERE arm = 'fedbn' AND seed = 2")
    let other = try CoveyProcess.run(["verify", "tiny/fedbn/2", "--quiet"], in: folder.url)
    #expect(other.status == 1)
    #expect(other.output == "tiny/fedbn/2: differs: recorded other, now \(hashes["tiny/fedbn/2"] ?? "")\n")
    try store.execute("UPDATE runs SET result_hash = NULL, status = 'failed' WHERE arm = 'fedbn' AND seed = 2")
    let failed = try CoveyProcess.run(["verify", "tiny/fedbn/2"], in: folder.url)
    #expect(failed.status == 64)
    #expect(failed.errors == "error: run 4 has no result to compare with: it is failed\n")
  }
}

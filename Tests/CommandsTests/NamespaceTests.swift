import Foundation
import RunStore
import TestSupport
import Testing

/// A run is alive as long as the program that computes it has it locked, wherever that program runs and whatever the number
/// of its process means here.
@Suite struct NamespaceTests {
  private static let launcher = ["/usr/bin/unshare", "--pid", "--fork", "--mount-proc"]

  /// Whether this process may make a namespace of processes.
  static let works: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: launcher[0])
    process.arguments = Array(launcher.dropFirst()) + ["/bin/true"]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  private func started(in folder: TemporaryFolder, under launcher: [String] = []) throws -> CoveyProcess {
    try folder.write(TinyScenario.text(rounds: 100_000), to: "tiny.yaml")
    let process = try CoveyProcess(
      ["run", "tiny.yaml", "--arms", "fedavg", "--seeds", "1", "--quiet", "--threads", "1"], in: folder.url,
      under: launcher)
    let database = folder.url.appendingPathComponent("covey.sqlite")
    while process.isRunning, (try? StoredResults(database).runs.map(\.roundsDone).max()) ?? 0 < 3 { usleep(2_000) }
    return process
  }

  private func status(_ folder: TemporaryFolder, _ database: String, under launcher: [String]) throws -> String {
    let result = try CoveyProcess.run(["history", "--db", database], in: folder.url, under: launcher)
    #expect(result.status == 0, "\(result.errors)")
    return result.output.contains("cut off") ? "cut off" : result.output.contains("running") ? "running" : "neither"
  }

  @Test(.enabled(if: NamespaceTests.works, "skipped: no namespace of processes can be made here"))
  func aRunOfAnotherNamespaceIsNotDead() throws {
    // The run in this namespace and the others look from another one, and the other way round.
    for (there, here) in [([], Self.launcher), (Self.launcher, [])] {
      let folder = try TemporaryFolder()
      let process = try started(in: folder, under: there)
      #expect(try status(folder, "covey.sqlite", under: here) == "running")
      let check = try CoveyProcess.run(["db", "check", "--quick", "--format", "json"], in: folder.url, under: here)
      #expect(check.output.contains("\"cut_off\": []"))
      let resume = try CoveyProcess.run(["resume", "1", "--quiet"], in: folder.url, under: here)
      #expect(resume.status == 64)
      #expect(resume.errors.hasPrefix("error: run 1 is being computed by process "))
      let all = try CoveyProcess.run(["resume"], in: folder.url, under: here)
      #expect(all.status == 0)
      #expect(all.errors == "nothing to resume: no run of 'covey.sqlite' was interrupted\n")
      let removal = try CoveyProcess.run(["runs", "rm", "1", "--yes"], in: folder.url, under: here)
      #expect(removal.status == 64)
      // A copy of the database is computed by nobody, with the empty file beside it or without.
      let store = try RunStore(path: folder.url.appendingPathComponent("covey.sqlite").path, access: .readWrite)
      for copy in ["a", "b"] {
        let other = folder.url.appendingPathComponent(copy)
        try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
        try store.execute("VACUUM INTO '\(other.appendingPathComponent("covey.sqlite").path)'")
        if copy == "a" {
          try FileManager.default.copyItem(
            at: folder.url.appendingPathComponent("covey.sqlite-live"),
            to: other.appendingPathComponent("covey.sqlite-live"))
        }
        #expect(try status(folder, "\(copy)/covey.sqlite", under: here) == "cut off")
        #expect(try status(folder, "\(copy)/covey.sqlite", under: []) == "cut off")
      }
      store.close()
      // The launcher of the other namespace hands no signal on: the run is ended from within or with its namespace.
      if there.isEmpty { process.send(SIGKILL) } else { try Self.killAll(in: folder) }
      _ = try process.wait()
      #expect(try status(folder, "covey.sqlite", under: here) == "cut off")
      #expect(try status(folder, "covey.sqlite", under: []) == "cut off")
    }
  }

  /// Kills the program that has locked the runs of a folder.
  private static func killAll(in folder: TemporaryFolder) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
      guard let number = Int32(name),
        let line = try? String(contentsOfFile: "/proc/\(name)/cmdline", encoding: .utf8),
        line.contains("tiny.yaml"), !line.hasPrefix("/usr/bin/unshare"),
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/cwd")) == folder.url.path
      else { continue }
      kill(number, SIGKILL)
    }
  }

  @Test func nothingIsLeftBesideADatabase() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["covey.sqlite", "tiny.yaml"])
    // After a kill the file stays, harmless, until a run has ended.
    let killed = try TemporaryFolder()
    let process = try started(in: killed)
    process.send(SIGKILL)
    _ = try process.wait()
    let file = killed.url.appendingPathComponent("covey.sqlite-live").path
    #expect(FileManager.default.fileExists(atPath: file))
    #expect(try status(killed, "covey.sqlite", under: []) == "cut off")
    let resumed = try CoveyProcess(["resume", "--quiet"], in: killed.url)
    while resumed.isRunning, try status(killed, "covey.sqlite", under: []) != "running" { usleep(2_000) }
    resumed.send(SIGINT)
    #expect(try resumed.wait().status == 130)
    #expect(!FileManager.default.fileExists(atPath: file))
  }
}

import Foundation
import RunStore
import Synchronization
import TestSupport
import Testing

/// Programs that open and close one database in turns, and readers in the moment in which it is made.
///
/// `COVEY_TURN_SECONDS` says how long the turns go on (default 4); `script/check-repeats` repeats all of it.
@Suite(.serialized) struct TurnTests {
  private static let seconds = ProcessInfo.processInfo.environment["COVEY_TURN_SECONDS"].flatMap(Double.init) ?? 4

  /// Runs each of `commands` again and again, all beside each other, for some seconds; returns what went wrong.
  private func complaints(_ commands: [[String]], in folder: URL) -> (complaints: [String], turns: Int) {
    let complaints = Mutex<[String]>([])
    let turns = Mutex(0)
    let end = Date(timeIntervalSinceNow: Self.seconds)
    DispatchQueue.concurrentPerform(iterations: commands.count) { number in
      while Date() < end {
        do {
          let result = try CoveyProcess.run(commands[number], in: folder)
          turns.withLock { $0 += 1 }
          if result.status != 0 {
            complaints.withLock { $0.append("\(commands[number]): \(result.status) \(result.errors)") }
          }
        } catch {
          complaints.withLock { $0.append("\(error)") }
        }
      }
    }
    return (complaints.withLock { $0 }, turns.withLock { $0 })
  }

  @Test func writersAndReadersOpenAndCloseOneDatabaseInTurns() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    let (complaints, turns) = complaints(
      [["runs", "tag", "1", "a"], ["runs", "note", "2", "text"], ["history"], ["db", "info"]], in: folder.url)
    #expect(complaints == [])
    #expect(turns > 8)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["covey.sqlite", "tiny.yaml"])
  }

  @Test func runsBeginWhileOthersEnd() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    let run = ["run", "tiny.yaml", "--seeds", "1", "--arms", "fedavg", "--rounds", "1", "--quiet", "--threads", "1"]
    let (complaints, turns) = complaints([run, run, ["runs", "tag", "1", "b"]], in: folder.url)
    #expect(complaints == [])
    #expect(turns > 4)
  }

  @Test func aNewDatabaseIsThereWholeOrNotAtAll() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 1), to: "tiny.yaml")
    let run = ["run", "tiny.yaml", "--seeds", "1", "--arms", "fedavg", "--quiet", "--threads", "1"]
    for number in 0..<12 {
      let name = "new\(number).sqlite"
      let writer = try CoveyProcess(run + ["--db", name], in: folder.url)
      while writer.isRunning {
        let readers = try (0..<3).map { _ in try CoveyProcess(["history", "--db", name], in: folder.url) }
        for reader in readers {
          let result = try reader.wait()
          // There is nothing yet, or there is all of it.
          #expect([0, 66].contains(result.status), "\(result.status): \(result.errors)")
        }
      }
      let result = try writer.wait()
      #expect(result.status == 0, "\(result.errors)")
    }
  }
}

import Foundation
import RunStore
import TestSupport
import Testing

/// What is in a file and not synced is gone when the power is cut: a copy of the log that ends where the last `fdatasync`
/// found it stands for that.
@Suite(.serialized) struct PowerCutTests {
  /// Bytes of the log that were synced by the end of a trace.
  private func syncedBytes(_ trace: URL) throws -> (synced: Int, written: Int) {
    var (written, synced) = (0, 0)
    let write = /pwrite64\(\d+<[^>]*-wal>, .*, (\d+), (\d+)\) = (\d+)/
    // A call during which another thread makes one stands in two lines.
    var begun: [Substring: Substring] = [:]
    for part in try String(contentsOf: trace, encoding: .utf8).split(separator: "\n") {
      let thread = part.prefix { $0 != " " }
      if let end = part.firstRange(of: " <unfinished ...>") {
        begun[thread] = part[..<end.lowerBound]
        continue
      }
      var line = String(part)
      if let end = part.firstRange(of: " resumed>"), let beginning = begun.removeValue(forKey: thread) {
        line = String(beginning) + String(part[end.upperBound...])
      }
      if let match = line.firstMatch(of: write), let offset = Int(match.2), let count = Int(match.3) {
        written = max(written, offset + count)
      } else if line.contains(/(fdatasync|fsync)\(\d+<[^>]*-wal>\)\s+= 0/) {
        synced = written
      }
    }
    return (synced, written)
  }

  @Test(
    .enabled(if: Strace.works, "needs strace (Debian's package strace) and permission to trace"),
    arguments: ["{every: 1}", "{every: 7}"])
  func aPowerCutLosesNoCommittedRound(checkpoint: String) throws {
    let folder = try TemporaryFolder()
    let text = TinyScenario.text(rounds: 400).replacing("checkpoint: {every: 2}", with: "checkpoint: \(checkpoint)")
    try folder.write(text, to: "tiny.yaml")
    let trace = folder.url.appendingPathComponent("trace")
    // Killed where it would sync for the so-manieth time, as a power cut would.
    let result = try CoveyProcess.run(
      ["run", "tiny.yaml", "--seeds", "1", "--arms", "fedavg", "--db", "cut.sqlite", "--quiet", "--threads", "1"],
      in: folder.url,
      under: [
        "/usr/bin/strace", "-f", "-y", "-s", "0", "-o", trace.path, "-e", "trace=pwrite64,fdatasync,fsync", "-e",
        "inject=pwrite64:signal=KILL:when=400",
      ])
    #expect(result.status == 128 + SIGKILL, "\(result.status) \(result.errors)")
    let database = folder.url.appendingPathComponent("cut.sqlite")
    let log = folder.url.appendingPathComponent("cut.sqlite-wal")
    func rounds(_ bytes: Data, _ name: String) throws -> Int {
      let copy = folder.url.appendingPathComponent(name)
      try FileManager.default.copyItem(at: database, to: copy)
      try bytes.write(to: folder.url.appendingPathComponent(name + "-wal"))
      return try StoredResults(copy).runs.first?.roundsDone ?? -1
    }
    let all = try Data(contentsOf: log)
    let (synced, written) = try syncedBytes(trace)
    #expect(synced > 0 && synced <= written)
    let committed = try rounds(all, "whole.sqlite")
    let kept = try rounds(all.prefix(synced), "power.sqlite")
    #expect(committed > 2)
    // The last one may have been written and not been told yet.
    #expect(kept >= committed - 1, "\(kept) of \(committed) rounds; \(synced) of \(written) bytes are synced")
  }
}

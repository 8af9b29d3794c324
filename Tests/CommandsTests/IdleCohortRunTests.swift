import Foundation
import Tensors
import TestSupport
import Testing

/// A cohort in which nobody can train, through the program: the run goes on, and everything that shows it copes.
@Suite struct IdleCohortRunTests {
  /// Clients with so many training examples each, and four test examples.
  private func clients(_ counts: [Int], in folder: TemporaryFolder) throws {
    var tensors: [(name: String, tensor: SafetensorsTensor)] = []
    for (client, count) in counts.enumerated() {
      for (prefix, size) in [("", count), ("test_", 4)] {
        let x = (0..<(size * 4)).map { Float(($0 * 7 + client * 3) % 11) / 11 - 0.5 }
        tensors.append(("client\(client).\(prefix)x", .floats(shape: [size, 4], x)))
        tensors.append(("client\(client).\(prefix)y", .integers(shape: [size], (0..<size).map { Int64($0 % 2) })))
      }
    }
    try folder.write(bytes: encodeSafetensors(tensors, metadata: [:]), to: "clients.safetensors")
  }

  private func scenario(seeds: String = "[1, 2]", rounds: Int = 12, more: String = "") -> String {
    """
    name: dead
    seeds: \(seeds)
    rounds: \(rounds)
    data: {source: safetensors, file: clients.safetensors}
    model:
      input: [4]
      layers:
        - {dense: {name: fc1, units: 6}}
        - {batch_norm: {name: bn1}}
        - relu
        - {dense: {name: fc2, units: 2}}
    client: {batch_size: 8, optimizer: {learning_rate: 0.05}}
    cohort: {kind: uniform, count: 1}
    checkpoint: {every: 1}
    \(more)
    """
  }

  private func covey(_ words: [String], _ folder: TemporaryFolder) throws -> CoveyProcess.Result {
    let result = try CoveyProcess.run(words, in: folder.url)
    #expect(result.status == 0, "covey \(words.joined(separator: " ")): \(result.errors)")
    return result
  }

  @Test(
    "the given run ends well", .enabled(if: SharedFolders.bugs != nil, "skipped: no folder of bugs; set COVEY_BUGS"))
  func given() throws {
    let source = try #require(SharedFolders.bugs).appendingPathComponent("06-cohort-of-dead-clients")
    let folder = try TemporaryFolder()
    for name in ["dead.safetensors", "run.yaml"] {
      try FileManager.default.copyItem(
        at: source.appendingPathComponent(name), to: folder.url.appendingPathComponent(name))
    }
    _ = try covey(["run", "run.yaml", "--quiet"], folder)
    let stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    let run = try #require(stored.runs.first)
    #expect(run.status == .finished)
    let rounds = try stored.store.rounds(run: run.id)
    #expect(rounds.map(\.round) == Array(0...20))
    let idle = rounds.dropFirst().filter { $0.reported == 0 }
    #expect(!idle.isEmpty && idle.count < 20)
    #expect(idle.allSatisfy { $0.trainLoss == nil && $0.bytesUp == 0 && $0.bytesDown > 0 })
  }

  @Test("rounds without a training loss are listed, compared, reported, plotted and exported")
  func shown() throws {
    let folder = try TemporaryFolder()
    try clients([24, 1, 16, 1, 1], in: folder)
    try folder.write(
      scenario(
        more: """
          arms:
            - {name: fedavg, norm: fedavg}
            - {name: fedbn, norm: fedbn, strategy: fedavgm}
            - {name: fedtan, norm: fedtan, strategy: fedadam}
          """), to: "dead.yaml")
    _ = try covey(["run", "dead.yaml", "--quiet"], folder)
    let stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    #expect(stored.runs.map(\.status) == [.finished, .finished, .finished, .finished, .finished, .finished])
    let first = try #require(stored.runs.first)
    let rounds = try stored.store.rounds(run: first.id)
    let idle = try #require(rounds.dropFirst().first { $0.reported == 0 })
    #expect(rounds.dropFirst().contains { $0.reported > 0 })
    let before = rounds[idle.round - 1]
    #expect(
      try stored.store.evaluations(run: first.id, rounds: idle.round...idle.round).map(\.loss)
        == stored.store.evaluations(run: first.id, rounds: before.round...before.round).map(\.loss))

    let history = try covey(["history", first.name, "--format", "csv"], folder).output.split(
      whereSeparator: \.isNewline)
    let columns = history[0].split(separator: ",").map(String.init)
    let place = try #require(columns.firstIndex(of: "train_loss"))
    let row = history[1 + idle.round].split(separator: ",", omittingEmptySubsequences: false)
    let reported = try #require(columns.firstIndex(of: "reported"))
    #expect(row[place].isEmpty && row[reported] == "0")
    for words in [
      ["history", first.name], ["history", first.name, "--clients", "--rounds", "\(idle.round)"],
      ["history", first.name, "--where", "train_loss is null"], ["compare"], ["compare", "--metric", "loss"],
      ["drift", first.name], ["report", "-o", "r.html"], ["plot", "train-loss", "-o", "t.svg"], ["db", "check"],
      ["export", first.name, "--csv", "csv", "--json", "all.json"], ["export", "dead", "--tensorboard", "logs"],
      ["sql", "SELECT count(*) FROM round_summary WHERE reported = 0"], ["verify", first.name],
    ] { _ = try covey(words, folder) }
    let json = try covey(["history", first.name, "--format", "json"], folder).output
    let listed = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
    #expect(listed[idle.round]["train_loss"] is NSNull && listed[idle.round]["reported"] as? Int == 0)
  }

  @Test("the result does not depend on threads", arguments: [2, 5]) func threads(count: Int) throws {
    let folder = try TemporaryFolder()
    try clients([24, 1, 16, 1], in: folder)
    try folder.write(scenario(seeds: "[1, 2]", more: "strategy: fedavgm"), to: "dead.yaml")
    let hashes = try [1, count].map { threads in
      _ = try covey(["run", "dead.yaml", "--quiet", "--db", "\(threads).sqlite", "--threads", "\(threads)"], folder)
      return try StoredResults(folder.url.appendingPathComponent("\(threads).sqlite")).hashes
    }
    #expect(hashes[0] == hashes[1] && hashes[0].count == 2)
  }

  @Test("nobody ever can: refused before it runs, as before") func nobody() throws {
    let folder = try TemporaryFolder()
    try clients([1, 1], in: folder)
    try folder.write(scenario(seeds: "[1]"), to: "dead.yaml")
    let result = try CoveyProcess.run(["run", "dead.yaml", "--quiet"], in: folder.url)
    #expect(result.status == 65)
    #expect(result.errors.contains("no client of arm 'fedavg' ever has a batch to train on"), "\(result.errors)")
  }
}

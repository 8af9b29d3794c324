import Foundation
import Tensors
import TestSupport
import Testing

/// `covey export --slot`: what components remember, by name.
@Suite struct ExportSlotTests {
  private static let scenario = """
    name: slots
    rounds: 3
    seeds: 1
    data: {source: synthetic-patterns, shape: [4], train_per_client: 12, test_per_client: 4, domains: 2, partition: {kind: by-domain, clients_per_domain: 2}}
    model: {kind: mlp, hidden: [3]}
    client: {batch_size: 4, optimizer: {kind: sgd, learning_rate: 0.1}}
    checkpoint: {every: 1}
    arms:
      - {name: controlled, strategy: scaffold}
      - {name: pushed, strategy: fedavgm, client: {keep_optimizer: true, optimizer: {kind: adam, learning_rate: 0.01}}}
      - {name: plain, strategy: fedavg}
    """

  private func recorded() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try Self.scenario.write(to: folder.url.appendingPathComponent("s.yaml"), atomically: true, encoding: .utf8)
    let result = try CoveyProcess.run(["run", "s.yaml", "--quiet"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    return folder
  }

  /// The arrays of a written file, by name.
  private func arrays(_ folder: TemporaryFolder, _ arguments: [String], says: String) throws -> [String: [Float]] {
    let result = try CoveyProcess.run(["export"] + arguments + ["--weights", "w.safetensors"], in: folder.url)
    #expect(result.status == 0 && result.errors == "wrote w.safetensors: \(says)\n", "\(result.errors)")
    let file = try SafetensorsFile(path: folder.url.appendingPathComponent("w.safetensors").path)
    return Dictionary(
      uniqueKeysWithValues: try file.entries.keys.filter { !$0.hasSuffix(".num_batches_tracked") }.map {
        ($0, try file.floats($0))
      })
  }

  @Test("a vector is written as arrays of the weights it goes with, of the server and of a client")
  func vectors() throws {
    let folder = try recorded()
    let weights = try arrays(folder, ["slots/controlled/1"], says: "round 3, the server's state")
    let control = try arrays(
      folder, ["slots/controlled/1", "--slot", "control"], says: "round 3, slot 'control' of the server")
    let own = try (0..<4).map {
      try arrays(
        folder, ["slots/controlled/1", "--slot", "control", "--client", "\($0)"],
        says: "round 3, slot 'control' of client \($0)")
    }
    // Running statistics are not among what a strategy sees.
    let trainable = weights.filter { !$0.key.contains(".running_") }
    #expect(control.mapValues(\.count) == trainable.mapValues(\.count))
    #expect(trainable.count == 6)
    #expect(control.values.contains { $0.contains { $0 != 0 } })
    // c is the mean of all c_k.
    for (name, values) in control {
      for (place, value) in values.enumerated() {
        let mean = own.reduce(0) { $0 + ($1[name]?[place] ?? .nan) } / 4
        #expect(abs(mean - value) <= 1e-5, "\(name)[\(place)]")
      }
    }
    #expect(own[0] != own[1])
    let first = try arrays(
      folder, ["slots/controlled/1", "--slot", "control", "--round", "1"],
      says: "round 1, slot 'control' of the server")
    #expect(first != control)
  }

  @Test("an optimizer's memory has PyTorch's names, and scalars the slot's own")
  func optimizer() throws {
    let folder = try recorded()
    for slot in ["exp_avg", "exp_avg_sq"] {
      let found = try arrays(
        folder, ["slots/pushed/1", "--slot", slot, "--client", "2"], says: "round 3, slot '\(slot)' of client 2")
      #expect(found.values.contains { $0.contains { $0 != 0 } })
    }
    // 12 examples in batches of 4, in three rounds.
    #expect(
      try arrays(
        folder, ["slots/pushed/1", "--slot", "step", "--client", "2"], says: "round 3, slot 'step' of client 2")
        == ["step": [9]])
    #expect(
      try arrays(folder, ["slots/pushed/1", "--slot", "momentum"], says: "round 3, slot 'momentum' of the server")
        .count == 6)
  }

  @Test("a slot that was never made is an error that says which were")
  func missing() throws {
    let folder = try recorded()
    let cases: [(arguments: [String], message: String)] = [
      (
        ["slots/pushed/1", "--slot", "momentun"],
        "the server of run 2 has no slot 'momentun' after round 3; did you mean 'momentum'? (allowed: momentum)"
      ),
      (
        ["slots/pushed/1", "--slot", "step"],
        "the server of run 2 has no slot 'step' after round 3: clients have it ('--client N') (allowed: momentum)"
      ),
      (
        ["slots/pushed/1", "--slot", "momentum", "--client", "1"],
        "client 1 of run 2 has no slot 'momentum' after round 3: the server has it (without '--client') "
          + "(allowed: exp_avg, exp_avg_sq, step)"
      ),
      (
        ["slots/plain/1", "--slot", "control"],
        "the server of run 3 has no slot 'control' after round 3 (none was made)"
      ),
      (["slots/plain/1", "--slot", "control", "--client", "9"], "run 3 has no client 9 (allowed: 0 to 3)"),
    ]
    for (arguments, message) in cases {
      let result = try CoveyProcess.run(["export"] + arguments + ["--weights", "w.safetensors"], in: folder.url)
      #expect(result.status == 66 && result.errors == "error: \(message)\n", "\(result.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("w.safetensors").path))
  }
}

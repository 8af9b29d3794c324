import Foundation
import Tensors
import TestSupport
import Testing

/// What goes wrong is said in one line, with the right exit code, and loses nothing.
@Suite struct FailureTests {
  private static let networkText = """
    model:
      input: [4]
      layers:
        - {dense: {name: fc1, units: 6}}
        - {batch_norm: {name: bn1}}
        - relu
        - {dense: {name: fc2, units: 2}}
    """

  /// Three clients of 8 examples; `poison` is put into an example of client 1.
  private func clients(_ folder: TemporaryFolder, poison: Float? = nil) throws {
    var tensors: [(name: String, tensor: SafetensorsTensor)] = []
    for client in 0..<3 {
      var x = (0..<32).map { Float(($0 * 7 + client * 3) % 11) / 11 - 0.5 }
      if let poison, client == 1 { x[5] = poison }
      tensors.append(("client\(client).x", .floats(shape: [8, 4], x)))
      tensors.append(("client\(client).y", .integers(shape: [8], (0..<8).map { Int64($0 % 2) })))
    }
    try folder.write(bytes: encodeSafetensors(tensors, metadata: [:]), to: "clients.safetensors")
  }

  @Test func aLossThatIsNotANumberEndsItsRunAndNoOther() throws {
    let folder = try TemporaryFolder()
    try clients(folder)
    try folder.write(
      """
      name: nan
      rounds: 6
      data: {source: safetensors, file: clients.safetensors}
      \(Self.networkText)
      client: {batch_size: 4, shuffle: false}
      arms:
        - {name: good, norm: fedavg}
        - {name: bad, norm: fedbn, client: {optimizer: {learning_rate: 1.0e+30}}}
      """, to: "nan.yaml")
    let result = try CoveyProcess.run(["run", "nan.yaml", "--db", "nan.sqlite"], in: folder.url)
    #expect(result.status == 1)
    let stored = try StoredResults(folder.url.appendingPathComponent("nan.sqlite"))
    #expect(stored.runs.map(\.status) == [.finished, .failed])
    let error = try #require(stored.runs[1].error)
    #expect(error.contains(#/^round \d, client 0 \(client0\): .*'?(fc1|fc2|bn1)'?/#), "\(error)")
    #expect(result.errors.contains("nan/bad/1: failed: \(error)"))
    #expect(result.errors.contains("1 of 2 runs failed; what it recorded is kept"))
    #expect(try stored.store.rounds(run: stored.runs[1].id).map(\.round).first == 0, "what was recorded is kept")
  }

  @Test func oneClientsInfinityIsNamedWhenTheDataAreRead() throws {
    let folder = try TemporaryFolder()
    try clients(folder, poison: .infinity)
    try folder.write(
      """
      name: poisoned
      rounds: 3
      data: {source: safetensors, file: clients.safetensors}
      \(Self.networkText)
      client: {batch_size: 4, shuffle: false}
      """, to: "poisoned.yaml")
    let result = try CoveyProcess.run(["run", "poisoned.yaml", "--db", "p.sqlite", "--quiet"], in: folder.url)
    #expect(result.status == 65)
    #expect(
      result.errors.contains(
        "'client1.x' has the value inf at [1, 1] (allowed: finite numbers)\n1 error; nothing was run\n"))
    #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("p.sqlite").path))
  }

  @Test func oneClientsHugeValueIsNamedWithRoundClientAndLayer() throws {
    let folder = try TemporaryFolder()
    try clients(folder, poison: 3e38)
    try folder.write(
      """
      name: poisoned
      rounds: 3
      data: {source: safetensors, file: clients.safetensors}
      \(Self.networkText)
      client: {batch_size: 4, shuffle: false}
      evaluation: {every: 3}
      """, to: "poisoned.yaml")
    let result = try CoveyProcess.run(["run", "poisoned.yaml", "--db", "p.sqlite", "--quiet"], in: folder.url)
    #expect(result.status == 1)
    let stored = try StoredResults(folder.url.appendingPathComponent("p.sqlite"))
    #expect(
      stored.runs.first?.error
        == "round 1, client 1 (client1): a value of layer 'bn1' is infinite, not a number, or beyond ±2^20")
  }

  @Test func threeMistakesAreAllReportedWithTheirPlacesAndNothingIsRun() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      name: mistakes
      rounds: 3
      modle: mlp
      model: mlp
      client:
        batch_size: many
      norm: fedbm
      """, to: "mistakes.yaml")
    let result = try CoveyProcess.run(["run", "mistakes.yaml", "--db", "m.sqlite"], in: folder.url)
    #expect(result.status == 65)
    let lines = result.errors.split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    #expect(lines[0].hasPrefix("mistakes.yaml:3:1: modle: unknown key; did you mean 'model'?"))
    #expect(
      lines[1]
        == "mistakes.yaml:6:15: client.batch_size: 'many' is not allowed (allowed: a whole number from 1 to 65536)")
    #expect(lines[2].hasPrefix("mistakes.yaml:7:7: norm: unknown norm 'fedbm'; did you mean 'fedbn'?"))
    #expect(lines[3] == "3 errors; nothing was run")
    #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("m.sqlite").path))
  }

  @Test func badInputsHaveOneClearLineAndTheRightExitCode() throws {
    let folder = try TemporaryFolder()
    try clients(folder)
    func scenario(_ data: String, _ more: String = "") -> String {
      "name: x\nrounds: 1\n\(data)\n\(Self.networkText)\n\(more)\n"
    }
    // Two images of 8×8 are announced and one is there.
    try folder.write(
      bytes: [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 8] + [UInt8](repeating: 1, count: 64),
      to: "d-train-images-idx3-ubyte")
    try folder.write(bytes: [0, 0, 8, 1, 0, 0, 0, 2, 0, 1], to: "d-train-labels-idx1-ubyte")
    try folder.write(scenario("data: {source: idx, root: ., domains: [d]}"), to: "truncated.yaml")
    try folder.write(scenario("data: {source: idx, root: nowhere, domains: [d]}"), to: "missing.yaml")
    try folder.write(
      scenario("data: {source: safetensors, file: clients.safetensors}", "init: clients.safetensors"), to: "shapes.yaml"
    )
    try folder.write(scenario("data: {source: safetensors, file: clients.safetensors}"), to: "good.yaml")
    let cases: [(arguments: [String], status: Int32, contains: String)] = [
      (["run", "truncated.yaml"], 65, "truncated.yaml:3:27: data.root: "),
      (["run", "missing.yaml"], 66, "missing.yaml:3:27: data.root: "),
      (["run", "shapes.yaml"], 65, "shapes.yaml:11:7: init: "),
      (["run", "nofile.yaml"], 66, "nofile.yaml: no such file"),
      (["run", "good.yaml", "--db", "/proc/covey.sqlite"], 73, "error: cannot"),
      (["run", "good.yaml", "--db", "nowhere/covey.sqlite"], 73, "error: cannot create database"),
      (["run", "good.yaml", "--db", "."], 73, "it is a folder"),
      (["run", "good.yaml", "--db", "good.yaml"], 65, "it is not an SQLite database"),
      (["history", "--db", "absent.sqlite"], 66, "error: no database 'absent.sqlite': the file does not exist"),
      (["resume", "--db", "absent.sqlite"], 66, "error: no database 'absent.sqlite': the file does not exist"),
      (["run", "good.yaml", "--threads", "0"], 64, "'--threads 0' is not allowed (allowed: 1 to 1024)"),
      (["runn"], 64, "error: 'covey' has no command 'runn'; did you mean 'run'? (allowed: run, "),
      (["list", "norm"], 64, "unknown kind 'norm'; did you mean 'norms'?"),
    ]
    for example in cases {
      let result = try CoveyProcess.run(example.arguments, in: folder.url)
      #expect(result.status == example.status, "\(example.arguments): \(result.errors)")
      #expect(result.errors.contains(example.contains), "\(example.arguments): \(result.errors)")
      #expect(
        !FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("covey.sqlite").path),
        "\(example.arguments)")
    }
  }

  @Test func namesOfOneCharacterAreFiles() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 1), to: "s")
    #expect(try CoveyProcess.run(["run", "s", "--quiet", "--db", "d"], in: folder.url).status == 0)
    #expect(try CoveyProcess.run(["export", "1", "--weights", "w", "--db", "d"], in: folder.url).status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["d", "s", "w"])
  }

  @Test func aWrongRunNameGetsTheNearestOne() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    let result = try CoveyProcess.run(["history", "tiny/fedbm/1"], in: folder.url)
    #expect(result.status == 66)
    #expect(result.errors == "error: unknown run 'tiny/fedbm/1'; did you mean 'tiny/fedbn/1' or 'tiny/fedbn/2'?\n")
    let several = try CoveyProcess.run(["export", "tiny", "--weights", "x.safetensors"], in: folder.url)
    #expect(several.status == 64)
    #expect(
      several.errors
        == "error: 'tiny' names 4 runs; give one of them: tiny/fedavg/1, tiny/fedavg/2, tiny/fedbn/1, tiny/fedbn/2\n")
    let client = try CoveyProcess.run(["export", "1", "--weights", "w.safetensors", "--client", "9"], in: folder.url)
    #expect(client.status == 66)
    #expect(client.errors == "error: run 1 has no client 9 (allowed: 0 to 4)\n")
    let round = try CoveyProcess.run(["export", "1", "--weights", "w.safetensors", "--round", "7"], in: folder.url)
    #expect(round.status == 66)
    #expect(round.errors == "error: run 1 has no checkpoint of round 7 (there are: 1)\n")
  }
}

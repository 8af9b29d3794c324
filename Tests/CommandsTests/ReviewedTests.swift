import Foundation
import RunStore
import Tensors
import TestSupport
import Testing

/// Mistakes that a review found; each of these failed before it was mended.
@Suite struct ReviewedTests {
  /// Clients with so many training and test examples of four values, labels 0 and 1 in turn.
  private func clients(_ folder: TemporaryFolder, _ counts: [(train: Int, test: Int)]) throws {
    var tensors: [(name: String, tensor: SafetensorsTensor)] = []
    for (client, count) in counts.enumerated() {
      for (prefix, size) in [("", count.train), ("test_", count.test)] where size > 0 {
        let x = (0..<(4 * size)).map { Float(($0 * 7 + client) % 5) }
        tensors.append(("client\(client).\(prefix)x", .floats(shape: [size, 4], x)))
        tensors.append(("client\(client).\(prefix)y", .integers(shape: [size], (0..<size).map { Int64($0 % 2) })))
      }
    }
    try folder.write(bytes: encodeSafetensors(tensors, metadata: [:]), to: "clients.safetensors")
  }

  private let head = "name: x\nrounds: 2\ndata: {source: safetensors, file: clients.safetensors}\n"

  @Test func rowsBehindAShortTestBatchAreNotWhatAnotherPassLeft() throws {
    let folder = try TemporaryFolder()
    try clients(folder, [(8, 20), (8, 20)])
    try folder.write(
      head + """
        model:
          input: [4]
          layers: [{embedding: {count: 5, dimensions: 3}}, {lstm: 4}, flatten, {dense: 2}]
        client: {batch_size: 4}
        """, to: "tokens.yaml")
    let result = try CoveyProcess.run(["run", "tokens.yaml", "--quiet"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test func clientsWithoutTestExamplesAreSaidToHaveNoTestValue() throws {
    let folder = try TemporaryFolder()
    try clients(folder, [(8, 6), (8, 0), (8, 6)])
    try folder.write(head + "model: mlp\nclient: {batch_size: 4}\n", to: "some.yaml")
    let result = try CoveyProcess.run(["run", "some.yaml"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.contains(
        "note: 1 of 3 clients has no test examples: it has no test value and is in no mean\n"))
    let stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    #expect(try stored.store.evaluations(run: 1, rounds: 2...2).map(\.split) == [.test, .train, .test])
  }

  @Test func oneOfTwoTestFilesIsAMistake() throws {
    let folder = try TemporaryFolder()
    func idx(_ dimensions: [UInt8], _ values: [UInt8]) -> [UInt8] {
      [0, 0, 8, UInt8(dimensions.count)] + dimensions.flatMap { [0, 0, 0, $0] } + values
    }
    let image = [UInt8](repeating: 9, count: 64)
    try folder.write(bytes: idx([2, 8, 8], image + image), to: "d-train-images-idx3-ubyte")
    try folder.write(bytes: idx([2], [0, 1]), to: "d-train-labels-idx1-ubyte")
    try folder.write(bytes: idx([1, 8, 8], image), to: "d-test-images-idx3-ubyte")
    try folder.write("name: x\nrounds: 1\ndata: {source: idx, root: ., domains: [d]}\nmodel: mlp\n", to: "d.yaml")
    let result = try CoveyProcess.run(["validate", "d.yaml"], in: folder.url)
    #expect(result.status == 66)
    #expect(result.errors.contains("d-test-labels-idx1-ubyte[.gz]"))
  }

  @Test func sizesBeyondAnyMachineAreErrors() throws {
    let folder = try TemporaryFolder()
    let models = [
      "{input: [1000000, 1000000, 1000000], layers: [{conv2d: {filters: 65536, kernel: 1024}}]}",
      "{input: [28, 28, 3], layers: [{conv_transpose2d: {filters: 65536, kernel: 1024, stride: 1024}}, "
        + "{conv_transpose2d: {filters: 65536, kernel: 1024, stride: 1024}}]}",
      "{input: [28, 28, 3], layers: [flatten, {dense: 1048576}, {dense: 1048576}]}",
      "{input: [1000000], layers: [{embedding: {count: 10000000, dimensions: 65536}}]}",
    ]
    for model in models {
      try folder.write("name: x\nrounds: 1\nmodel: \(model)\n", to: "large.yaml")
      let result = try CoveyProcess.run(["validate", "large.yaml"], in: folder.url)
      #expect(result.status == 65, "\(model): \(result.errors)")
      #expect(result.errors.hasPrefix("large.yaml:3:"), "\(result.errors)")
    }
  }

  @Test func editsOfASweptKeyAreNotLost() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      TinyScenario.text() + "\nsweep: {client.optimizer.learning_rate: [0.1, 0.2], rounds: [3, 4]}\n", to: "sweep.yaml")
    let rounds = try CoveyProcess.run(["validate", "sweep.yaml", "--rounds", "1", "--format", "json"], in: folder.url)
    #expect(rounds.output.contains("\"rounds\": 1,"))
    #expect(!rounds.output.contains("rounds=3"))
    let rate = try CoveyProcess.run(
      ["validate", "sweep.yaml", "--set", "client.optimizer.learning_rate=0.9"], in: folder.url)
    #expect(rate.status == 65)
    #expect(
      rate.errors.hasPrefix(
        "--set client.optimizer.learning_rate=0.9: client.optimizer.learning_rate: has no effect: 'sweep' sets "
          + "'client.optimizer.learning_rate'\n"))
  }

  @Test func anEditThatEveryArmOverridesIsAnError() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(), to: "tiny.yaml")
    let result = try CoveyProcess.run(["validate", "tiny.yaml", "--set", "norm=pooled"], in: folder.url)
    #expect(result.status == 65)
    #expect(
      result.errors.hasPrefix(
        "--set norm=pooled: norm: has no effect: every arm sets 'norm' itself; name the arm, as --set "
          + "arms.fedavg.norm=pooled\n"))
    #expect(
      try CoveyProcess.run(["validate", "tiny.yaml", "--set", "client.batch_size=8"], in: folder.url).status == 0)
  }

  @Test func armsWithADotInTheirNameCanBeEdited() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "name: x\nrounds: 1\nmodel: mlp\narms: [{name: lr0.1, norm: fedbn}, {name: lr0, norm: fedbn}]\n", to: "dots.yaml")
    let result = try CoveyProcess.run(
      ["validate", "dots.yaml", "--set", "arms.lr0.1.norm=pooled", "--format", "json"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("\"arm\": \"lr0.1\", \"strategy\": \"fedavg\", \"norm\": \"pooled\""))
    #expect(result.output.contains("\"arm\": \"lr0\", \"strategy\": \"fedavg\", \"norm\": \"fedbn\""))
  }

  @Test func anExperimentWhoseDataAreGoneDoesNotKeepOthersFromResuming() throws {
    let folder = try TemporaryFolder()
    try clients(folder, [(8, 4), (8, 4)])
    try folder.write(head + "model: mlp\nclient: {batch_size: 4}\n", to: "gone.yaml")
    try folder.write(TinyScenario.text(), to: "tiny.yaml")
    for file in ["tiny.yaml", "gone.yaml"] {
      #expect(try CoveyProcess.run(["run", file, "--quiet"], in: folder.url).status == 0)
    }
    let database = folder.url.appendingPathComponent("covey.sqlite")
    let hashes = try StoredResults(database).hashes
    try RunStore(path: database.path, access: .readWrite).execute(
      "UPDATE runs SET status = 'interrupted', result_hash = NULL, finished_at = NULL")
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("clients.safetensors"))
    let named = try CoveyProcess.run(["resume", "x", "--quiet"], in: folder.url)
    #expect(named.status == 66)
    let result = try CoveyProcess.run(["resume", "--quiet"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("experiment 2 can't be opened; its runs stay as they are\n"))
    let after = try StoredResults(database)
    #expect(after.runs.filter { $0.experiment == "tiny" }.allSatisfy { $0.resultHash == hashes[$0.name] })
    #expect(after.runs.last?.status == .interrupted)
    #expect(after.runs.last?.roundsDone == 2, "what was recorded is kept")
  }

  @Test func historyTakesARangeBehindTheEndAndRefusesWordsForNumbers() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    let behind = try CoveyProcess.run(["history", "1", "--layers", "--last", "2", "--rounds", "30.."], in: folder.url)
    #expect(behind.status == 0, "\(behind.errors)")
    let percent = try CoveyProcess.run(
      ["history", "1", "--clients", "--where", "accuracy <= 100%", "--format", "csv"], in: folder.url)
    #expect(percent.output.split(whereSeparator: \.isNewline).count == 6)
    let word = try CoveyProcess.run(["history", "1", "--clients", "--where", "accuracy < half"], in: folder.url)
    #expect(word.status == 64)
    #expect(
      word.errors
        == "error: '--where' compares column 'accuracy' with 'half', which is no number (allowed: a number, or a "
        + "percentage as 50%)\n")
  }

  @Test func whatDoesNotExistIsNamedAsSuch() throws {
    let folder = try TinyScenario.recorded(rounds: 4, extra: "evaluation: {every: 2}")
    let cases: [(arguments: [String], status: Int32, errors: String)] = [
      (["history", "1", "--client", "9"], 66, "error: run 1 has no client 9 (allowed: 0 to 4)\n"),
      (["drift", "1", "--client", "9"], 66, "error: run 1 has no client 9 (allowed: 0 to 4)\n"),
      (["drift", "1", "--layer", "fc1"], 66, "error: run 1 has no normalization layer 'fc1' (allowed: bn1)\n"),
      (["compare", "--at", "3"], 66, "error: round 3 was not evaluated (evaluated: 0, 2, 4)\n"),
    ]
    for example in cases {
      let result = try CoveyProcess.run(example.arguments, in: folder.url)
      #expect(result.status == example.status)
      #expect(result.errors == example.errors)
    }
    let metric = try CoveyProcess.run(["history", "1", "--metric", "acc"], in: folder.url)
    #expect(metric.errors.hasPrefix("error: '--metric' names no column 'acc'; did you mean 'accuracy'?"))
    for condition in ["domain = 'ink'", "domain == ink", "domain = \"ink\""] {
      let result = try CoveyProcess.run(
        ["history", "1", "--clients", "--where", condition, "--format", "csv"], in: folder.url)
      #expect(result.output.split(whereSeparator: \.isNewline).count == 2, "\(condition)")
      #expect(!result.output.hasSuffix("\r\n\n"))
    }
  }

  @Test func severalScenariosAreOneJSONDocument() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 1), to: "a.yaml")
    try folder.write(TinyScenario.text(rounds: 1), to: "b.yaml")
    let result = try CoveyProcess.run(["run", "a.yaml", "b.yaml", "--quiet", "--format", "json"], in: folder.url)
    let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    #expect((value as? [[String: Any]])?.count == 2)
  }
}

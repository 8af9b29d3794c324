import Foundation
import Tensors
import TestSupport
import Testing

/// PyTorch's federated runs again through a scenario file, `covey run` and `covey export`.
@Suite struct GoldenFederatedTests {
  struct Case: Decodable {
    struct Normalization: Decodable {
      let eps: Double
      let momentum: Double
    }
    struct Server: Decodable {
      let name: String
      let b1: Double?
      let b2: Double?
      let tau: Double?
      let beta: Double?
      let lr: Double?
    }
    let batch: Int
    let clients: Int
    let bn: Normalization
    let policy: String
    let norm: String?
    let weights: String?
    let lr: Double
    let momentum: Double?
    let mu: Double?
    let epochs: Int
    let rounds: Int
    let server: Server?
    let scaffold: Bool?
    let fednova: Bool?
  }

  static let files: [URL] = {
    guard let folder = SharedFolders.golden,
      let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    else { return [] }
    return all.filter { $0.lastPathComponent.hasPrefix("federated_") && $0.pathExtension == "safetensors" }
      .sorted { $0.path < $1.path }
  }()

  @Test(.enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN"), arguments: files)
  func theScenarioGivesTheReferenceWeights(_ file: URL) throws {
    let golden = try SafetensorsFile(path: file.path)
    let metadata = try #require(golden.metadata["case"])
    let example = try JSONDecoder().decode(Case.self, from: Data(metadata.utf8))
    let folder = try TemporaryFolder()
    let database = folder.url.appendingPathComponent("covey.sqlite")
    let groups = try groupCount(example, golden, file: file)
    try folder.write(try Self.scenario(example, golden, file: file, groups: groups), to: "golden.yaml")
    let run = try CoveyProcess.run(["run", "golden.yaml", "--quiet"], in: folder.url)
    try #require(run.status == 0, "\(run.errors)")

    let stored = try StoredResults(database)
    let id = try #require(stored.runs.first?.id)
    for part in try stored.store.participations(run: id) {
      let expected = try #require(try golden.floats("round\(part.round).client\(part.client).loss").first)
      #expect(Self.isNear(part.trainLoss ?? .nan, Double(expected)), "round \(part.round), client \(part.client)")
    }
    // A case has no test examples: what is compared are the rows of split `train`, one a client, and none may be missing.
    let evaluations = try stored.store.evaluations(run: id, rounds: example.rounds...example.rounds)
      .filter { $0.split == .train }
    #expect(evaluations.map(\.client) == Array(0..<example.clients), "rows of split 'train' after the last round")
    for evaluation in evaluations {
      let loss = try #require(try golden.floats("final.client\(evaluation.client).eval_loss").first)
      #expect(Self.isNear(evaluation.loss, Double(loss)), "client \(evaluation.client)")
      let name = "final.client\(evaluation.client).eval_correct"
      let correct =
        (try? golden.integers(name).first).map(Int.init) ?? (try? golden.floats(name).first).map { Int($0) }
      // Two classes within the tolerance of one another may come out either way.
      let predictions = try GoldenPredictions(
        golden, client: evaluation.client, groups: example.norm == "group" ? [groups, groups] : nil,
        epsilon: example.bn.eps)
      #expect(Self.isNear(predictions.loss, Double(loss)), "what is counted is what the case evaluated")
      #expect(predictions.allow(try #require(correct)))
      let accuracy = try #require(evaluation.accuracy)
      #expect(predictions.allow(Int((accuracy * Double(evaluation.samples)).rounded())), "client \(evaluation.client)")
    }
    try compare("global", [], golden, in: folder)
    for client in 0..<example.clients { try compare("client\(client)", ["--client", "\(client)"], golden, in: folder) }
  }

  /// A case does not say into how many groups its layers are divided: it is the number under which the first loss
  /// comes out.
  private func groupCount(_ example: Case, _ golden: SafetensorsFile, file: URL) throws -> Int {
    guard example.norm == "group" else { return 1 }
    let channels = try #require(golden.entries["init.conv1.weight"]).shape[0]
    let units = try #require(golden.entries["init.fc1.weight"]).shape[0]
    let expected = Double(try #require(try golden.floats("round1.client0.loss").first))
    for groups in 1...min(channels, units / 2) where channels % groups == 0 && units % groups == 0 {
      let folder = try TemporaryFolder()
      try folder.write(try Self.scenario(example, golden, file: file, groups: groups), to: "golden.yaml")
      guard try CoveyProcess.run(["run", "golden.yaml", "--rounds", "1", "--quiet"], in: folder.url).status == 0 else {
        continue
      }
      let stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
      let loss = try stored.store.participations(run: 1, client: 0).first?.trainLoss
      if Self.isNear(loss ?? .nan, expected) { return groups }
    }
    Issue.record("no number of groups gives the first loss")
    return 1
  }

  private func compare(_ subject: String, _ options: [String], _ golden: SafetensorsFile, in folder: TemporaryFolder)
    throws
  {
    let export = try CoveyProcess.run(
      ["export", "latest", "--weights", "\(subject).safetensors"] + options, in: folder.url)
    try #require(export.status == 0, "\(export.errors)")
    let written = try SafetensorsFile(path: folder.url.appendingPathComponent("\(subject).safetensors").path)
    let prefix = "final.\(subject)."
    let names = golden.entries.keys.filter {
      $0.hasPrefix(prefix) && !$0.hasSuffix("eval_loss") && !$0.hasSuffix("eval_correct")
    }
    #expect(names.count >= 6)
    for name in names.sorted() where golden.entries[name]?.type == .float32 {
      let own = String(name.dropFirst(prefix.count))
      let entry = try #require(written.entries[own], "\(own) is not exported")
      #expect(entry.shape == golden.entries[name]?.shape)
      let expected = try golden.floats(name)
      let wrong = zip(try written.floats(own), expected).filter { !Self.isNear(Double($0), Double($1)) }
      let wrongCount = wrong.count
      #expect(
        wrongCount == 0,
        "\(name): of \(expected.count) values, the first that is off is \(String(describing: wrong.first))")
    }
  }

  private static func isNear(_ value: Double, _ expected: Double) -> Bool {
    abs(value - expected) <= 1e-4 + 1e-3 * abs(expected)
  }

  /// The scenario of a case; sizes are read off the initial tensors.
  private static func scenario(_ example: Case, _ golden: SafetensorsFile, file: URL, groups: Int) throws -> String {
    func shape(_ name: String) throws -> [Int] { try #require(golden.entries[name]).shape }
    let images = try shape("client0.x")
    let conv = try shape("init.conv1.weight")
    let hidden = try shape("init.fc1.weight")[0]
    let outputs = try shape("init.fc2.weight")[0]
    func norm(_ name: String) -> String {
      example.norm == "group"
        ? "{group_norm: {name: \(name), groups: \(groups), epsilon: \(example.bn.eps)}}"
        : "{batch_norm: {name: \(name), momentum: \(example.bn.momentum), epsilon: \(example.bn.eps)}}"
    }
    return """
      name: golden
      rounds: \(example.rounds)
      data: {source: safetensors, file: '\(file.path)'}
      init: '\(file.path)'
      init_prefix: init.
      model:
        input: [\(images[2]), \(images[3]), \(images[1])]
        layers:
          - {conv2d: {name: conv1, filters: \(conv[0]), kernel: [\(conv[2]), \(conv[3])], padding: same}}
          - \(norm("norm1"))
          - relu
          - {max_pool2d: 2}
          - flatten
          - {dense: {name: fc1, units: \(hidden)}}
          - \(norm("norm2"))
          - relu
          - {dense: {name: fc2, units: \(outputs)}}
      client:
        batch_size: \(example.batch)
        epochs: \(example.epochs)
        shuffle: false
        optimizer: {kind: sgd, learning_rate: \(example.lr), momentum: \(example.momentum ?? 0)}
      weights: \(example.weights ?? "samples")
      norm: \(example.policy)
      strategy: \(try strategy(example))
      """
  }

  private static func strategy(_ example: Case) throws -> String {
    if example.scaffold == true { return "scaffold" }
    if example.fednova == true { return "fednova" }
    if let mu = example.mu { return "{kind: fedprox, mu: \(mu)}" }
    guard let server = example.server else { return "fedavg" }
    if server.name == "avgm" {
      return "{kind: fedavgm, momentum: \(server.beta ?? 0.9), server_learning_rate: \(server.lr ?? 1)}"
    }
    try #require(["adam", "yogi", "adagrad"].contains(server.name), "unknown server optimizer '\(server.name)'")
    return "{kind: fed\(server.name), server_learning_rate: \(server.lr ?? 0.1), beta1: \(server.b1 ?? 0.9), "
      + (server.name == "adagrad" ? "" : "beta2: \(server.b2 ?? 0.99), ") + "tau: \(server.tau ?? 1e-3)}"
  }
}

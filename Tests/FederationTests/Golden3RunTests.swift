import Federation
import Foundation
import Networks
import Records
import Tensors
import TestSupport
import Testing

/// The third set of reference values: whole runs of their scenarios.
@Suite("golden values, third set")
struct Golden3RunTests {
  static let files: [URL] = {
    guard let folder = SharedFolders.golden3,
      let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    else { return [] }
    return all.filter { $0.pathExtension == "safetensors" }.sorted { $0.path < $1.path }
  }()

  /// Those of whole runs.
  static let runs: [URL] = files.filter { (try? Golden3Case($0).operation) == "federated" }

  /// What cases need and nothing here has yet; whoever builds one takes it out, and its cases must pass from then on.
  static let notBuiltYet: Set<String> = [
    "op joint_batch_norm", "op layer", "measures frechet_network", "measures generative", "measures vae", "op model",
    "op objective_elbo",
    "op objective_gan",
    "op objective_gradient_penalty",
    "client.discriminator", "conv2d.kernel_norm", "dense.spectral", "embedding.padding", "gru.normalize",
    "lstm.normalize",
    "batch_norm.ghost", "norm.networks",
    "norm.steps",
    "layer conv1d", "layer dyt", "layer feature_norm", "layer filter_response_norm", "layer gaussian_code",
    "layer global_avg_pool1d", "layer last_step", "layer max_pool1d", "layer parallel", "layer positional_embedding",
    "layer rms_norm", "layer squeeze_excitation", "layer switchable_norm", "layer transformer", "layer xan",
    "loss elbo", "loss gan", "loss next-token", "loss reconstruction",
    "model gan", "norm gperxan", "strategy fedsam",
  ]

  @Test(
    "what is not built yet is what is written here",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN3"))
  func whatIsMissing() throws {
    let missing = Set(try Self.files.flatMap { try Golden3Case($0).missing() })
    #expect(missing.subtracting(Self.notBuiltYet).sorted() == [], "these are missing")
    #expect(Self.notBuiltYet.subtracting(missing).sorted() == [], "these are built: take them out of the list")
  }

  @Test(
    "a run gives the reference's losses, states, evaluations, bytes and steps",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN3"), arguments: runs)
  func wholeRuns(_ url: URL) throws {
    let example = try Golden3Case(url)
    guard try example.missing().isEmpty else { return }
    let expected = try example.run()
    let configuration = try example.configuration()
    let run = try result(of: configuration)
    #expect(run.outcome == .finished)

    let parts = run.rounds.flatMap { round in round.participations.map { (round: round.round, part: $0) } }
    try #require(parts.map { [$0.round, $0.part.client] } == expected.bytes.map { [$0.round, $0.client] })
    for ((round, part), counted) in zip(parts, expected.bytes) {
      let name = "round \(round), client \(part.client)"
      #expect(part.outcome.rawValue == counted.outcome && part.steps == counted.steps, "\(name)")
      #expect(part.bytesUp == counted.up && part.bytesDown == counted.down, "\(name): bytes")
      try example.expectNear(
        [Float(part.trainLoss ?? .nan)], "round\(round).client\(part.client).loss", expected.tolerance)
    }
    for client in 0..<expected.clients {
      // A case has no test examples: what is compared is the row of split `train`.
      let row = try #require(run.rounds.last?.evaluations.first { $0.client == client && $0.split == .train })
      try example.expectNear([Float(row.loss)], "final.client\(client).eval_loss", expected.tolerance)
      if let correct = try? example.golden.integers("final.client\(client).eval_correct") {
        let accuracy = try #require(row.accuracy)
        #expect((accuracy * Double(row.samples)).rounded() == Double(correct[0]), "client \(client)")
      }
      for name in example.golden.entries.keys.sorted() {
        let prefix = "final.client\(client).eval_"
        guard name.hasPrefix(prefix), let measure = row.measures[String(name.dropFirst(prefix.count))] else { continue }
        let value: Float = measure.map { Float($0) } ?? .nan
        try example.expectNear([value], name, expected.tolerance)
      }
      try compare(example, run, configuration, client: client, expected.tolerance)
    }
    try compare(example, run, configuration, client: nil, expected.tolerance)
  }

  /// Every array of the last model of the server or a client.
  private func compare(
    _ example: Golden3Case, _ run: RunResult, _ configuration: RunConfiguration, client: Int?,
    _ tolerance: Golden3Case.Tolerance
  ) throws {
    let prefix = client.map { "final.client\($0)." } ?? "final.global."
    let layout = configuration.network.layout
    let state = try run.state(configuration, client: client).state
    let named = example.golden.entries.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    #expect(Set(named.filter { $0.contains(".") }) == Set(layout.tensors.map(\.name)), "\(prefix)")
    for tensor in layout.tensors {
      if tensor.role == .batchCount {
        #expect(
          try example.golden.integers(prefix + tensor.name) == [state.counters[tensor.range.lowerBound]],
          "\(prefix)\(tensor.name)")
      } else {
        try example.expectNear(Array(state.values[tensor.range]), prefix + tensor.name, tolerance)
      }
    }
  }
}

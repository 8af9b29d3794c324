import Federation
import Foundation
import Networks
import Records
import Scenarios
import Tensors
import TestSupport
import Testing

/// Whole federated runs against values that PyTorch computed in float64.
@Suite("golden federated runs")
struct GoldenRunTests {
  static let cases: [URL] = {
    guard let folder = SharedFolders.golden else { return [] }
    let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return files.filter { $0.lastPathComponent.hasPrefix("federated_") && $0.pathExtension == "safetensors" }
      .sorted { $0.path < $1.path }
  }()

  @Test(
    "there are reference runs",
    .enabled(if: SharedFolders.hasSharedGolden, "skipped: no folder of reference values; set COVEY_GOLDEN"))
  func casesExist() { #expect(!Self.cases.isEmpty) }

  @Test("losses, states and evaluations", arguments: cases.map(\.lastPathComponent))
  func values(name: String) throws {
    let url = try #require(Self.cases.first { $0.lastPathComponent == name })
    let golden = try GoldenCase(url)
    guard golden.settings.norm == "group" else { return try compare(golden, computed(golden.scenario()), groups: nil) }
    let matching = try golden.possibleGroups.compactMap { groups -> (Computed, [Int])? in
      guard let scenario = try? Scenario(text: golden.scenario(groups: groups), file: name, baseDirectory: "/"),
        let experiment = try? Experiment(scenario), let run = experiment.runs.first
      else { return nil }
      let computed = Computed(configuration: run.configuration, result: try result(of: run.configuration))
      return try firstLosses(golden, computed).allSatisfy { isNear($0.0, $0.1) } ? (computed, groups) : nil
    }
    let (computed, groups) = try #require(matching.first, "no group counts give the losses of round 1")
    try compare(golden, computed, groups: groups)
  }

  private struct Computed {
    let configuration: RunConfiguration
    let result: RunResult
  }

  private func computed(_ text: String) throws -> Computed {
    let experiment = try Experiment(Scenario(text: text, file: "golden.yaml", baseDirectory: "/"))
    let configuration = try #require(experiment.runs.first).configuration
    return Computed(configuration: configuration, result: try result(of: configuration))
  }

  private func isNear(_ value: Double, _ expected: Double) -> Bool {
    abs(value - expected) <= 1e-4 + 1e-3 * abs(expected)
  }

  private func firstLosses(_ golden: GoldenCase, _ computed: Computed) throws -> [(Double, Double)] {
    guard let round = computed.result.rounds.first(where: { $0.round == 1 }) else { return [] }
    return try round.participations.map { part in
      (part.trainLoss ?? .nan, Double(try golden.file.floats("round1.client\(part.client).loss")[0]))
    }
  }

  private func compare(_ golden: GoldenCase, _ computed: Computed, groups: [Int]?) throws {
    let settings = golden.settings
    let result = computed.result
    #expect(result.outcome == .finished)
    #expect(result.rounds.map(\.round) == Array(0...settings.rounds))
    for round in result.rounds.dropFirst() {
      #expect(round.participations.map(\.client) == Array(0..<settings.clients))
      #expect(round.participations.map(\.samples) == settings.sizes)
      for part in round.participations {
        let expected = Double(try golden.file.floats("round\(round.round).client\(part.client).loss")[0])
        let loss = try #require(part.trainLoss)
        #expect(isNear(loss, expected), "round \(round.round) client \(part.client): \(loss), expected \(expected)")
      }
    }
    for client in 0..<settings.clients {
      // A case has no test examples: what is compared is the row of split `train`.
      let evaluation = try #require(
        result.rounds.last?.evaluations.first { $0.client == client && $0.split == .train })
      let loss = Double(try golden.file.floats("final.client\(client).eval_loss")[0])
      #expect(isNear(evaluation.loss, loss), "evaluation of client \(client): \(evaluation.loss), expected \(loss)")
      let correct = try golden.file.integers("final.client\(client).eval_correct")[0]
      let accuracy = try #require(evaluation.accuracy)
      // Two classes within the tolerance of one another may come out either way.
      let predictions = try GoldenPredictions(
        golden.file, client: client, groups: groups, epsilon: settings.bn.eps)
      #expect(isNear(predictions.loss, loss), "what is counted is what the case evaluated")
      #expect(predictions.allow(Int(correct)))
      #expect(predictions.allow(Int((accuracy * Double(evaluation.samples)).rounded())), "client \(client)")
      try compare(golden, computed, prefix: "final.client\(client).", client: client)
    }
    try compare(golden, computed, prefix: "final.global.", client: nil)
  }

  private func compare(_ golden: GoldenCase, _ computed: Computed, prefix: String, client: Int?) throws {
    let layout = computed.configuration.network.layout
    let state = try computed.result.state(computed.configuration, client: client).state
    let others = ["eval_loss", "eval_correct"]
    let named = Set(
      golden.file.entries.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        .filter { !others.contains($0) })
    #expect(named == Set(layout.tensors.map(\.name)))
    for tensor in layout.tensors where named.contains(tensor.name) {
      let name = prefix + tensor.name
      if tensor.role == .batchCount {
        #expect(try golden.file.integers(name) == [state.counters[tensor.range.lowerBound]], "\(name)")
        continue
      }
      let expected = try golden.file.floats(name)
      try #require(expected.count == tensor.range.count)
      let worst = zip(state.values[tensor.range], expected).filter { !isNear(Double($0), Double($1)) }
      #expect(worst.isEmpty, "\(name): \(worst.prefix(3))")
    }
  }
}

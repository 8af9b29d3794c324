import Federation
import Foundation
import Networks
import Scenarios
import Tensors
import TestSupport
import Testing

/// A case of the third set of reference values: what its file says, and what it needs that is not built.
struct Golden3Case: Sendable {
  /// A participation as the case counts it.
  struct Participation: Decodable {
    let round: Int
    let client: Int
    let up: Int
    let down: Int
    let steps: Int
    let outcome: String
  }

  /// How far a number may be off.
  struct Tolerance: Decodable {
    let absolute: Double
    let relative: Double
  }

  /// What a whole run must give.
  struct Run: Decodable {
    let clients: Int
    let tolerance: Tolerance
    let bytes: [Participation]
  }

  let name: String
  let golden: SafetensorsFile
  private let path: String
  private let json: Data

  init(_ file: URL) throws {
    name = file.lastPathComponent
    path = file.path
    golden = try SafetensorsFile(path: path)
    json = Data((golden.metadata["case"] ?? "").utf8)
  }

  private func object() throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:]
  }

  /// What the case is of: `federated`, or a single operation.
  var operation: String { get throws { try object()["op"] as? String ?? "none" } }

  /// What the run must give.
  func run() throws -> Run { try JSONDecoder().decode(Run.self, from: json) }

  /// The scenario, which is YAML because it is JSON.
  func scenario() throws -> String {
    let scenario = try object()["scenario"] ?? [String: Any]()
    return String(decoding: try JSONSerialization.data(withJSONObject: scenario), as: UTF8.self)
      .replacing("@file", with: path)
  }

  /// The run of the scenario.
  ///
  /// - Throws: `ScenarioError` where something of it is not built.
  func configuration() throws -> RunConfiguration {
    let experiment = try Experiment(Scenario(text: scenario(), file: "golden.yaml", baseDirectory: "/"))
    guard let run = experiment.runs.first, experiment.runs.count == 1 else { throw NoCheckpoint() }
    return run.configuration
  }

  /// The operations, components and keys that the case needs and nothing here has; what else is wrong with its
  /// scenario, in words.
  func missing() throws -> [String] {
    let operation = try operation
    guard operation == "federated" else {
      // `Golden3OptimizerTests` and `Golden3ObjectiveTests` check these.
      if operation == "objective" {
        let loss = try object()["loss"]
        let name = loss as? String ?? (loss as? [String: Any])?["kind"] as? String ?? "none"
        return lossCatalog[name] == nil ? ["loss \(name)"] : []
      }
      // `GoldenMeasureTests` and `MeasureSummaryTests` check these.
      if operation == "measure" {
        let kind = try object()["measures"] as? String ?? "none"
        return ["classification", "clients", "labels", "regression", "tokens"].contains(kind)
          ? [] : ["measures \(kind)"]
      }
      return ["clip", "decay", "schedule"].contains(operation) ? [] : ["op \(operation)"]
    }
    do {
      _ = try configuration()
      return []
    } catch let error as ScenarioError {
      return error.diagnostics.map { diagnostic in
        let words = diagnostic.message.split(separator: " ")
        // `model.layers[0].gru.normalize` is `gru.normalize`, wherever it stands.
        if diagnostic.message.hasPrefix("unknown key") {
          return diagnostic.path.components(separatedBy: "].").last ?? diagnostic.path
        }
        if words.first == "unknown", let name = diagnostic.message.split(separator: "'").dropFirst().first {
          return "\(words[1]) \(name)"
        }
        return "\(diagnostic.path): \(diagnostic.message)"
      }
    }
  }

  func expectNear(_ values: [Float], _ array: String, _ tolerance: Tolerance) throws {
    let words = difference(
      values, try golden.floats(array), absolute: tolerance.absolute, relative: tolerance.relative)
    #expect(words == nil, "\(array) \(words ?? "")")
  }
}

import Federation
import Foundation
import Scenarios
import Tensors

/// A case of the second set of reference values: what its file says, and which components it needs that are not built.
struct Golden2Case: Sendable {
  /// A participation as the case counts it.
  struct Participation: Decodable {
    let round: Int
    let client: Int
    let up: Int
    let down: Int
    let steps: Int
    let outcome: String
  }

  /// A participation as the case times it.
  struct Timed: Decodable {
    let round: Int
    let client: Int
    let base_version: Int
    let started: Double
    let arrived: Double?
    let staleness: Int?
    let outcome: String
  }

  /// A version of the server's state.
  struct Version: Decodable {
    let round: Int
    let at: Double
  }

  /// How far a number may be off.
  struct Tolerance: Decodable {
    let absolute: Double
    let relative: Double
  }

  /// What a whole run must give.
  struct Run: Decodable {
    let clients: Int
    let tolerance: Tolerance?
    let reported: [[Int]]
    let bytes: [Participation]
    let timeline: [Timed]?
    let versions: [Version]?
  }

  let file: URL
  let golden: SafetensorsFile
  private let json: Data

  init(_ file: URL) throws {
    self.file = file
    golden = try SafetensorsFile(path: file.path)
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
      .replacing("@file", with: file.path)
  }

  // MARK: What is not built

  /// The components, keys and options that the case needs and nothing here has, as `strategy: afl`; what else is wrong with
  /// its scenario, in words.
  func missing() throws -> [String] {
    let object = try object()
    guard try operation == "federated" else { return Self.missing(operation: object) }
    do {
      _ = try Experiment(Scenario(text: scenario(), file: "golden.yaml", baseDirectory: "/"))
      return []
    } catch let error as ScenarioError {
      let scenario = object["scenario"] as? [String: Any] ?? [:]
      let arm = (scenario["arms"] as? [[String: Any]])?.first ?? [:]
      return error.diagnostics.flatMap { diagnostic -> [String] in
        let path = diagnostic.path.replacing("arms[0].", with: "")
        let key = path.split(separator: "[")[0]
        let words = diagnostic.message.split(separator: " ")
        guard words.first == "unknown", words.count > 1 else { return ["\(diagnostic)"] }
        // The name stands in quotation marks behind the family.
        if !words[1].hasPrefix("key"), let name = diagnostic.message.split(separator: "'").dropFirst().first {
          return ["\(key): \(name)"]
        }
        guard let kinds = Self.kinds(arm[path] ?? scenario[path]) else { return [path] }
        return kinds.map { "\(path): \($0)" }
      }
    }
  }

  /// The kinds that a value names; nil where it names none.
  private static func kinds(_ value: Any?) -> [String]? {
    switch value {
    case let name as String: [name]
    case let values as [Any]: values.flatMap { kinds($0) ?? [] }
    case let values as [String: Any]: (values["kind"] as? String).map { [$0] }
    default: nil
    }
  }

  /// What a case of a single operation needs and nothing here has.
  private static func missing(operation object: [String: Any]) -> [String] {
    let operation = object["op"] as? String ?? "none"
    let components = kinds(object["component"]) ?? []
    let built: [String: [String]] = [
      "staleness": stalenessCatalog.names, "aggregate": aggregatorCatalog.names, "transform": transformCatalog.names,
      "statistical": cohortCatalog.names + availabilityCatalog.names + dropoutCatalog.names + ["clip", "noise"],
    ]
    // MOON's term, which no component is named for.
    if operation == "contrast" { return [] }
    if components.isEmpty { return ["op \(operation)"] }
    return components.filter { built[operation]?.contains($0) != true }.map { "op \(operation): \($0)" }
  }
}

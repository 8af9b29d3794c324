import Catalogs
import Foundation
import Scenarios
import Tensors
import TestSupport
import Testing

@testable import Federation

/// The plans of whole timed runs against reference timelines, whose settings are in the same files.
@Suite("golden timelines")
struct GoldenTimelineTests {
  /// What a file says of the time of a run.
  struct Case: Decodable {
    struct Participation: Decodable {
      let round: Int
      let client: Int
      let base_version: Int
      let started: Double
      let arrived: Double?
      let staleness: Int?
      let outcome: String
    }
    struct Version: Decodable {
      let round: Int
      let at: Double
    }
    struct Bytes: Decodable {
      let round: Int
      let client: Int
      let up: Int
      let down: Int
      let steps: Int
      let outcome: String
    }
    let clients: Int
    let sizes: [Int]
    let reported: [[Int]]
    let bytes: [Bytes]
    let timeline: [Participation]
    let versions: [Version]
  }

  static let files: [URL] = {
    guard let folder = SharedFolders.golden2,
      let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    else { return [] }
    return all.filter { file in
      guard file.pathExtension == "safetensors", let golden = try? SafetensorsFile(path: file.path) else {
        return false
      }
      return golden.metadata["case"]?.contains("\"timeline\"") == true
    }.sorted { $0.path < $1.path }
  }()

  @Test(
    "the planner's versions, participations and bytes",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN2"), arguments: files)
  func timelines(_ file: URL) throws {
    let text = try #require(try SafetensorsFile(path: file.path).metadata["case"])
    let example = try JSONDecoder().decode(Case.self, from: Data(text.utf8))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    var scenario = try #require(object["scenario"] as? [String: Any])
    var arm = try #require((scenario["arms"] as? [[String: Any]])?.first)
    let rounds = try #require(scenario["rounds"] as? Int)
    func component<Product>(_ key: String, _ catalog: Catalog<Product>) throws -> Product? {
      let given = arm.removeValue(forKey: key) ?? scenario.removeValue(forKey: key)
      scenario.removeValue(forKey: key)
      return try given.map { try made($0, by: catalog) }
    }
    let sampler = try component("cohort", cohortCatalog)
    let schedule = try component("schedule", scheduleCatalog) ?? SynchronousSchedule()
    let devices = try component("devices", deviceCatalog)
    let availability = try component("availability", availabilityCatalog)
    let dropouts = try component("dropouts", dropoutCatalog)

    // A key that scenarios do not have yet changes bytes at most.
    var isComplete = true
    var configuration: RunConfiguration
    do {
      configuration = try self.configuration(scenario, arm, file)
    } catch {
      isComplete = false
      arm = arm.filter { ["name", "strategy", "norm"].contains($0.key) }
      configuration = try self.configuration(scenario, arm, file)
    }
    configuration.cohort = sampler ?? Everyone()
    configuration.schedule = Named("schedule", schedule)
    configuration.devices = devices.map { Named("devices", $0) }
    configuration.availability = availability.map { Named("availability", $0) }
    configuration.dropouts = dropouts.map { Named("dropouts", $0) }
    let setting = configuration.timelineSetting
    #expect(setting.problem == nil)
    var timeline = Timeline(setting)
    let steps = try (0..<rounds).map { _ in try timeline.next() }

    func isNear(_ value: Double?, _ expected: Double?) -> Bool {
      guard let value, let expected else { return value == nil && expected == nil }
      return abs(value - expected) <= 1e-9 * (1 + abs(expected))
    }
    #expect(steps.map(\.version) == example.versions.map(\.round))
    for (step, expected) in zip(steps, example.versions) {
      #expect(isNear(step.madeAt, expected.at), "version \(step.version)")
    }
    #expect(steps.map { $0.taken.map(\.client) } == example.reported)
    let planned = steps.flatMap { step in step.participations.map { (round: step.version, part: $0) } }
    #expect(planned.count == example.timeline.count)
    for ((round, part), expected) in zip(planned, example.timeline) {
      #expect(round == expected.round && part.client == expected.client && part.baseVersion == expected.base_version)
      #expect(isNear(part.startedAt, expected.started), "round \(round), client \(part.client)")
      #expect(isNear(part.arrivedAt, expected.arrived), "round \(round), client \(part.client)")
      #expect(part.lag == expected.staleness && part.outcome.rawValue == expected.outcome)
    }
    #expect(planned.count == example.bytes.count)
    for ((round, part), expected) in zip(planned, example.bytes) {
      #expect(round == expected.round && part.client == expected.client && part.outcome.rawValue == expected.outcome)
      #expect(configuration.plannedWork(ofClient: part.client, inRound: round).steps == expected.steps)
      guard isComplete else { continue }
      #expect(part.bytesDown == expected.down && part.bytesUp == expected.up, "round \(round), client \(part.client)")
    }
  }

  @Test(
    "what updates count by their lag",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN2"))
  func staleness() throws {
    let folder = try #require(SharedFolders.golden2)
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.lastPathComponent.hasPrefix("staleness_") }
    #expect(files.count >= 3)
    for file in files {
      let golden = try SafetensorsFile(path: file.path)
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data((golden.metadata["case"] ?? "").utf8)) as? [String: Any])
      let weight = try made(#require(object["component"]), by: stalenessCatalog)
      for (lag, expected) in zip(try golden.integers("staleness"), try golden.floats("output")) {
        #expect(abs(weight.weight(Int(lag)) - Double(expected)) <= 1e-6 + 1e-5 * Double(expected))
      }
    }
  }

  private func configuration(_ scenario: [String: Any], _ arm: [String: Any], _ file: URL) throws -> RunConfiguration {
    var scenario = scenario
    scenario["arms"] = [arm]
    let text = String(decoding: try JSONSerialization.data(withJSONObject: scenario), as: UTF8.self)
      .replacing("@file", with: file.path)
    let experiment = try Experiment(Scenario(text: text, file: "golden.yaml", baseDirectory: "/"))
    return try #require(experiment.runs.first).configuration
  }
}

/// A value of JSON that names no component.
private struct NoComponent: Error {}

/// The component that a value of JSON names.
func made<Product>(_ value: Any, by catalog: Catalog<Product>) throws -> Product {
  if let name = value as? String { return try catalog.make(name) }
  guard var values = value as? [String: Any], let name = values.removeValue(forKey: "kind") as? String,
    let entry = catalog[name]
  else { throw NoComponent() }
  func raw(_ value: Any) -> RawValue {
    switch value {
    case let values as [Any]: .list(values.map(raw))
    case let values as [String: Any]: .mapping(values.mapValues(raw))
    case let text as String: .scalar(text, isQuoted: false)
    default: .scalar("\(value)", isQuoted: false)
    }
  }
  return try catalog.make(
    name,
    Dictionary(
      uniqueKeysWithValues: values.map { key, value in
        guard let option = entry.options.first(where: { $0.name == key }), let accepted = option.kind.accept(raw(value))
        else { throw OptionProblem(key, "is not allowed: \(value)") }
        return (key, accepted)
      }))
}

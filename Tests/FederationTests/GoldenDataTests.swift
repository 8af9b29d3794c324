import Federation
import Formats
import Foundation
import Records
import Scenarios
import Tensors
import TestSupport
import Testing

/// Whole runs whose data are shifted, normalized or partly unseen, whose clients differ, hold layers or start from other
/// names, or that a rule ends, against values that PyTorch computed in float64.
@Suite("golden runs on other data, of other clients and ends")
struct GoldenDataTests {
  static let files: [URL] = {
    guard let folder = SharedFolders.golden4 else { return [] }
    let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return files.filter { url in
      guard url.pathExtension == "safetensors", let file = try? SafetensorsFile(path: url.path),
        let data = (try? Self.object(file))?["scenario"] as? [String: Any], let data = data["data"] as? [String: Any]
      else { return false }
      let name = url.lastPathComponent
      return data["shift"] != nil || data["normalize"] != nil
        || ["unseen", "overrides", "frozen", "init", "stop_"].contains { name.hasPrefix($0) }
    }.sorted { $0.path < $1.path }
  }()

  private static func object(_ file: SafetensorsFile) throws -> [String: Any] {
    let text = try #require(file.metadata["case"])
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test(
    "losses, states, bytes, levels and evaluations",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN4"), arguments: files)
  func values(_ url: URL) throws {
    let file = try SafetensorsFile(path: url.path)
    let object = try Self.object(file)
    let tolerance = try #require(object["tolerance"] as? [String: Double])
    let (absolute, relative) = (try #require(tolerance["absolute"]), try #require(tolerance["relative"]))
    func isNear(_ value: Double, _ expected: Double) -> Bool {
      abs(value - expected) <= absolute + relative * abs(expected)
    }
    let scenario = try JSONSerialization.data(withJSONObject: try #require(object["scenario"]), options: .sortedKeys)
    let text = String(decoding: scenario, as: UTF8.self).replacingOccurrences(of: "@file", with: url.path)
      .replacingOccurrences(of: "\\/", with: "/")
    let experiment = try Experiment(Scenario(text: text, file: "golden.yaml", baseDirectory: "/"))
    let configuration = try #require(experiment.runs.first).configuration
    let run = try result(of: configuration)
    try compareEnd(object, run, configuration, isNear)
    if let levels = object["levels"] as? [Double] {
      for (client, level) in levels.enumerated() {
        #expect(abs((configuration.dataset.shiftLevels(client).last.flatMap { $0 } ?? .nan) - level) < 1e-12)
      }
    }
    for (name, _) in file.entries {
      let parts = name.split(separator: ".").map(String.init)
      if parts[0] == "final" {
        let client = Int(parts[1].dropFirst("client".count))
        let state = try run.state(configuration, client: parts[1] == "global" ? nil : client).state
        let own = parts.dropFirst(2).joined(separator: ".")
        let tensor = try #require(configuration.network.layout.tensors.first { $0.name == own })
        if tensor.role == .batchCount {
          #expect(try file.integers(name) == [state.counters[tensor.range.lowerBound]], "\(name)")
          continue
        }
        let pairs = zip(state.values[tensor.range], try file.floats(name))
        #expect(pairs.allSatisfy { isNear(Double($0), Double($1)) }, "\(name)")
      } else if parts[0].hasPrefix("round"), parts.last == "loss" {
        let (round, client) = (Int(parts[0].dropFirst("round".count)), Int(parts[1].dropFirst("client".count)))
        let record = try #require(run.rounds.first { $0.round == round })
        let loss = try #require(record.participations.first { $0.client == client }?.trainLoss)
        #expect(isNear(loss, Double(try file.floats(name)[0])), "\(name): \(loss)")
      }
    }
    try compareBytes(object, run)
    try compareRows(object, run, isNear)
  }

  private func compareEnd(
    _ object: [String: Any], _ run: RunResult, _ configuration: RunConfiguration, _ isNear: (Double, Double) -> Bool
  ) throws {
    let reason = (object["stop_reason"] as? String).flatMap(StopReason.init) ?? .rounds
    #expect(run.outcome == (reason.isByRule ? .stopped(reason) : .finished))
    if let done = object["rounds_done"] as? Int { #expect(run.rounds.last?.round == done) }
    guard let expected = object["watched"] as? [Double] else { return }
    let rule = try #require(configuration.stop)
    let hasValidation = run.rounds.contains { $0.evaluations.contains { $0.split == .validation } }
    let split = rule.split ?? (hasValidation ? .validation : .test)
    let watched = run.rounds.filter { $0.round > 0 && !$0.evaluations.isEmpty }.map {
      watchedValue(of: rule.measure, in: $0.evaluations.selected(EvaluationSelection(split: split)))
    }
    #expect(watched.count == expected.count)
    for (value, expected) in zip(watched, expected) { #expect(isNear(value ?? .nan, expected), "\(expected)") }
  }

  private func compareBytes(_ object: [String: Any], _ run: RunResult) throws {
    let expected = try #require(object["bytes"] as? [[String: Any]])
    var first = (up: 0, down: 0)
    for row in expected {
      let (round, client) = (row["round"] as? Int, row["client"] as? Int)
      let record = try #require(run.rounds.first { $0.round == round })
      let part = try #require(record.participations.first { $0.client == client })
      #expect(part.bytesUp == row["up"] as? Int && part.bytesDown == row["down"] as? Int, "\(row): \(part)")
      if round == 1 { first = (first.up + part.bytesUp, first.down + part.bytesDown) }
    }
    #expect(run.rounds.reduce(0) { $0 + $1.participations.count } == expected.count)
    guard let all = object["round_1_all_clients"] as? [String: Int] else { return }
    let clients = try #require(object["clients"] as? Int)
    let present = expected.filter { $0["round"] as? Int == 1 }.count
    let record = try #require(run.rounds.first { $0.round == 1 })
    let (up, down) = (try #require(all["up"]), try #require(all["down"]))
    #expect(record.bytesUp == first.up + up / clients * (clients - present))
    #expect(record.bytesDown == first.down + down / clients * (clients - present))
  }

  private func compareRows(_ object: [String: Any], _ run: RunResult, _ isNear: (Double, Double) -> Bool) throws {
    guard let table = object["rows"] as? [String: Any], let rows = table["rows"] as? [[Any]] else { return }
    for row in rows {
      let evaluation = try #require(
        run.rounds.first { $0.round == row[0] as? Int }?.evaluations.first {
          $0.subject.rawValue == row[1] as? String && $0.client == row[2] as? Int
            && $0.model.rawValue == row[3] as? String && $0.normSource.rawValue == row[4] as? String
            && $0.phase.rawValue == row[5] as? String && $0.split.rawValue == row[6] as? String
        }, "\(row)")
      #expect(evaluation.samples == row[7] as? Int)
      #expect(isNear(evaluation.loss, try #require(row[8] as? Double)), "\(row): \(evaluation.loss)")
      #expect(Int(((evaluation.accuracy ?? 0) * Double(evaluation.samples)).rounded()) == row[9] as? Int, "\(row)")
    }
  }
}

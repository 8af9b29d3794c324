import Foundation
import Records
import Tensors
import TestSupport
import Testing

@testable import RunStore

/// What the record makes of a measure over clients.
@Suite struct MeasureSummaryTests {
  struct Case: Decodable {
    struct Expected: Decodable {
      let mean: Double?
      let sample_weighted: Double?
      let worst: Double?
      let bottom_decile: Double?
      let clients: Int
    }
    let measures: String?
    let values: [Double?]?
    let sizes: [Int]?
    let expected: Expected?
  }

  static let cases: [URL] = {
    guard let folder = SharedFolders.golden3,
      let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    else { return [] }
    return all.filter { $0.lastPathComponent.hasPrefix("measure_clients") }.sorted { $0.path < $1.path }
  }()

  /// The summary of one measure in a round whose clients have these values.
  private func summary(_ values: [Double?], sizes: [Int], of name: String) throws -> MeasureSummary? {
    let test = try TestStore()
    var description = Samples.run(clients: values.count)
    for client in description.clients.indices { description.clients[client].testSamples = sizes[client] }
    let id = try test.beginRun(description)
    var round = RoundRecord(round: 0)
    for (client, value) in values.enumerated() {
      var record = Samples.evaluation(client: client, accuracy: 0.5)
      record.samples = sizes[client]
      record.measures[name] = .some(value)
      round.evaluations.append(record)
    }
    try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id)
    #expect(try test.store.round(0, run: id)?.evaluations.map(\.measures) == round.evaluations.map(\.measures))
    return try test.store.rounds(run: id, measures: [name]).first?.measures[name]
  }

  @Test(
    "means, worst and bottom decile are over the clients that have a value, as the reference has them",
    .enabled(if: !cases.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN3"), arguments: cases)
  func golden(_ url: URL) throws {
    let text = try #require(try SafetensorsFile(path: url.path).metadata["case"])
    let described = try JSONDecoder().decode(Case.self, from: Data(text.utf8))
    let expected = try #require(described.expected)
    let found = try summary(#require(described.values), sizes: #require(described.sizes), of: "r2")
    #expect(found?.clients ?? 0 == expected.clients)
    for (value, reference) in [
      (found?.mean, expected.mean), (found?.sampleWeighted, expected.sample_weighted),
      (found?.worst, expected.worst), (found?.bottomDecile, expected.bottom_decile),
    ] {
      #expect((value == nil) == (reference == nil))
      if let value, let reference { #expect(abs(value - reference) <= 1e-9) }
    }
  }

  @Test("the worst of an error is the largest, and of an unknown measure nobody knows")
  func directions() throws {
    #expect(try summary([1, 3, 2], sizes: [1, 1, 1], of: "rmse")?.worst == 3)
    #expect(try summary([1, 3, 2], sizes: [1, 1, 1], of: "r2")?.worst == 1)
    let unknown = try #require(try summary([1, 3, 2], sizes: [1, 1, 1], of: "of_tomorrow"))
    #expect(unknown.worst == nil && unknown.bottomDecile == nil && unknown.mean == 2 && unknown.clients == 3)
    #expect(try summary([nil, nil], sizes: [1, 1], of: "r2") == nil)
    #expect(try summary([-1e300, 1e300], sizes: [1, 1], of: "r2") == nil, "their deviation is beyond all numbers")
    #expect(try summary([0.25, 0.75], sizes: [1, 3], of: "recall[a \"b\"'c]")?.sampleWeighted == 0.625)
  }

  @Test("damaged measures are told, and a summary that does not fit is found")
  func damage() throws {
    let test = try TestStore()
    let id = try test.beginRun()
    var round = RoundRecord(round: 0)
    var record = Samples.evaluation(client: 0, accuracy: 0.5)
    record.measures = ["r2": 0.5]
    round.evaluations = [record]
    try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id)
    #expect(try test.store.check(isQuick: false).problems.isEmpty)
    for damage in ["UPDATE summary_measures SET mean = mean + 0.1", "DELETE FROM summary_measures"] {
      try test.store.execute(damage)
      #expect(
        try test.store.check(isQuick: false).problems.map(\.text) == [
          "the summary of evaluations does not fit them in round 0"
        ])
    }
    for counts in ["[[1e300,0,1]]", "[[0,-1,1]]", "[[0,0,null]]", "3"] {
      try test.store.execute("UPDATE evaluations SET counts = '{\"confusion\": \(counts)}'")
      #expect(throws: StoreError.self, "\(counts)") { try test.store.evaluations(run: id) }
    }
    try test.store.execute("UPDATE evaluations SET counts = '{}', measures = '{\"r2\": \"high\"}'")
    #expect(throws: StoreError.self) { try test.store.evaluations(run: id) }
  }
}

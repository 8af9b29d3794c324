import Foundation
import Measures
import Questions
import Records
import Reports
import RunStore
import TestSupport
import Testing

@testable import Commands
@testable import Pages

/// A measure that a test brings is everywhere that the catalog's are, with no line anywhere else.
///
/// Measures are the process's: this suite has a process of its own.
@Suite(.serialized) struct AddedMeasureTests {
  /// The whole of it: the share of examples for which the first class was predicted.
  static let firstClassShare = Measure("first_class_share", unit: .fraction, higherIsBetter: false) {
    outputs, measured in
    guard outputs.classes != nil else { return }
    measured.add(
      "first_class_share",
      outputs.count > 0 ? Double(outputs.predicted.count { $0 == 0 }) / Double(outputs.count) : nil)
  }

  /// Records a run whose clients predict the first class more seldom from round to round.
  private func record(_ arm: String, lag: Int, in store: RunStore) throws -> Int64 {
    let scenario = "name: added\n"
    let begun = try store.begin(
      ExperimentRecord(
        name: "added", scenario: scenario, scenarioHash: RunStore.sha256(of: scenario), baseDirectory: "/"),
      runs: [
        RunDescription(
          arm: arm, strategy: "fedavg", norm: "fedavg", seed: 1, roundsPlanned: 2,
          clients: (0..<2).map {
            ClientRecord(client: $0, domain: "", trainSamples: 4, testSamples: 4, labelHistogram: [2, 2])
          }, normLayers: [])
      ], threads: 1, host: "here", version: "0")
    for round in 0...2 {
      var record = RoundRecord(round: round)
      for client in 0..<2 {
        let predicted = (0..<4).map { $0 + lag < 4 - round - client }
        let outputs = EvaluatedOutputs(
          predicted.flatMap { $0 ? [1, 0] : [0, 1] }, width: 2, targets: .classes([0, 1, 0, 1]))
        let measured = Measure.all(of: outputs)
        record.evaluations.append(
          EvaluationRecord(
            subject: .client, client: client, model: .personal, normSource: .own, phase: .afterAggregation,
            split: .test, samples: 4, subsetHash: "a", loss: 1, accuracy: 0.5, measures: measured.values,
            counts: measured.counts))
      }
      try store.append(record, checkpoint: nil, keeping: .all, toRun: begun.runs[0])
    }
    try store.finish(run: begun.runs[0], status: .finished, error: nil)
    return begun.runs[0]
  }

  @Test func everywhere() throws {
    Measure.add(Self.firstClassShare)
    defer { Measure.removeAdded() }
    let folder = try TemporaryFolder()
    let path = folder.url.appendingPathComponent("covey.sqlite").path
    let store = try RunStore(path: path, access: .readWrite)
    let runs = [try record("often", lag: 0, in: store), try record("seldom", lag: 1, in: store)]
    #expect(try store.measureNames(runs: runs).contains("first_class_share"))

    // history
    for listing in [Listing.rounds, .clients, .evaluations] {
      var query = ListingQuery(listing, ListingScope(runs: [runs[0]]))
      query.measures = try store.measureNames(runs: runs)
      let place = try #require(try query.columns().firstIndex { $0.key == "first_class_share" })
      #expect(try query.columns()[place].kind == .fraction)
      #expect(try store.rows(query).contains { $0[place] != .missing })
    }
    let round = try #require(try store.rounds(run: runs[0], measures: ["first_class_share"]).last)
    #expect(round.measures["first_class_share"]?.mean == 0.375)
    #expect(round.measures["first_class_share"]?.worst == 0.5, "less is better")

    // compare
    var question = RunQuestion()
    question.names = runs.map { "\($0)" }
    question.metric = try #require(ComparedMetric("first-class-share"))
    let comparison = try ComparedRuns(store, question).comparison()
    #expect(comparison.bestArm?.arm == "added#2/seldom")
    #expect(
      comparison.text(title: nil, style: .plain, width: 100, hasPlot: false).contains("First class share after round 2")
    )

    // report and plot
    var query = PageQuery()
    query.question = question
    let page = try RunPage(store, query)
    #expect(page.figure("metric")?.title == "First class share by round")

    // CSV, JSON and TensorBoard
    let out = folder.url.appendingPathComponent("out").path
    var export = try ExportCommand.parse([
      "\(runs[0])", "--db", path, "--csv", out, "--tensorboard", out, "--json", out + ".json",
    ])
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    try export.run()
    for file in ["rounds.csv", "evaluations.csv"] {
      #expect(try String(contentsOfFile: out + "/" + file, encoding: .utf8).contains("first_class_share"), "\(file)")
    }
    #expect(try String(contentsOfFile: out + ".json", encoding: .utf8).contains("\"first_class_share\""))
    let events = try DecodedEvents(
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: out + "/added/often/1/events.out.tfevents.covey")))
    ).events
    let tags = Set(events.flatMap(\.scalars).map(\.tag))
    #expect(tags.isSuperset(of: ["first_class_share/mean", "first_class_share/worst", "first_class_share/client/1"]))
  }
}

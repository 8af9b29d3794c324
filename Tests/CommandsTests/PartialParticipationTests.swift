import Foundation
import Records
import RunStore
import TestSupport
import Testing

/// Scenarios/partial-participation.yaml at reduced size still comes out as Docs/Guides/partial-participation.md says.
@Suite struct PartialParticipationTests {
  @Test func localStatisticsOfRareClientsHurtTheWorstAndRecalibrationRepairsIt() throws {
    let folder = try TemporaryFolder()
    let scenario = SharedFolders.scenarios.appendingPathComponent("partial-participation.yaml").path
    let settings = [
      "data.image.width=14", "data.image.height=14", "data.partition.clients_per_domain=5", "cohort.fraction=0.12",
      "evaluation.every=1000",
    ]
    let run = try CoveyProcess.run(
      ["run", scenario, "--rounds", "15", "--arms", "fedavg,fedbn,silobn,recalibrated,fedbn-all", "--quiet"]
        + settings.flatMap { ["--set", $0] }, in: folder.url)
    try #require(run.status == 0, "\(run.errors)")
    let results = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    var worst: [String: [Double]] = [:]
    var means: [String: [Double]] = [:]
    for run in results.runs {
      for source in [nil, NormSource.recalibrated] {
        let row = try #require(
          try results.store.rounds(run: run.id, last: 1, of: EvaluationSelection(normSource: source)).last)
        let name = source == nil ? run.arm : "\(run.arm), recalibrated"
        worst[name, default: []].append(100 * (try #require(row.worstAccuracy)))
        means[name, default: []].append(100 * (try #require(row.meanAccuracy)))
      }
    }
    func mean(_ values: [Double]?) throws -> Double {
      let values = try #require(values)
      #expect(values.count == 3)
      return values.reduce(0, +) / Double(values.count)
    }
    for norm in ["fedbn", "silobn"] {
      // Initial, unfinished or stale statistics.
      #expect(try mean(worst["fedavg"]) > mean(worst[norm]) + 8, "\(worst)")
      #expect(try mean(means["fedavg"]) > mean(means[norm]) + 15, "\(means)")
      // Fresh ones of the same models.
      #expect(try mean(worst["\(norm), recalibrated"]) > mean(worst[norm]) + 15, "\(worst)")
      #expect(try mean(means["\(norm), recalibrated"]) > mean(means["fedavg"]) - 3, "\(means)")
    }
    // Shared statistics that the cohort measures don't have the problem.
    #expect(try mean(worst["recalibrated"]) > mean(worst["fedbn"]) + 8, "\(worst)")
    // With everyone sampled there is little to repair.
    #expect(try mean(means["fedbn-all"]) > mean(means["fedbn"]) + 20, "\(means)")
  }
}

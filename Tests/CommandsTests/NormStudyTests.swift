import Foundation
import Records
import RunStore
import TestSupport
import Testing

/// Scenarios/label-skew-norms.yaml, unseen-domain.yaml and scanner-and-label-skew.yaml at reduced size still come out as
/// Docs/Guides/studies.md says.
@Suite struct NormStudyTests {
  private static let small = ["data.image.width=14", "data.image.height=14"]

  /// The runs of a study, in a folder that lives as long as they are looked at.
  private func run(
    _ study: String, rounds: Int, arms: [String], seeds: String? = nil, _ settings: [String], in folder: TemporaryFolder
  ) throws -> StoredResults {
    let scenario = SharedFolders.scenarios.appendingPathComponent("\(study).yaml").path
    let run = try CoveyProcess.run(
      ["run", scenario, "--rounds", "\(rounds)", "--arms", arms.joined(separator: ","), "--quiet"]
        + (seeds.map { ["--seeds", $0] } ?? [])
        + (Self.small + settings + ["evaluation.every=1000"]).flatMap { ["--set", $0] }, in: folder.url)
    try #require(run.status == 0, "\(run.errors)")
    return try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
  }

  private func mean(_ values: [Double]?) throws -> Double {
    let values = try #require(values)
    return values.reduce(0, +) / Double(values.count)
  }

  @Test func whatDoesNotNormalizeWithASkewedBatchStandsLabelSkew() throws {
    let folder = try TemporaryFolder()
    let results = try run(
      "label-skew-norms", rounds: 15, arms: ["fedavg", "group", "layer", "weight-std", "fixbn", "fedtan"], [],
      in: folder)
    var means: [String: [Double]] = [:]
    var worst: [String: [Double]] = [:]
    for run in results.runs {
      let row = try #require(try results.store.rounds(run: run.id, last: 1).last)
      means[run.arm, default: []].append(100 * (try #require(row.meanAccuracy)))
      worst[run.arm, default: []].append(100 * (try #require(row.worstAccuracy)))
    }
    #expect(means["fedavg"]?.count == 5)
    for arm in ["group", "layer", "weight-std", "fixbn", "fedtan"] {
      #expect(try mean(means[arm]) > mean(means["fedavg"]) + 3, "\(arm): \(means)")
      #expect(try mean(worst[arm]) > mean(worst["fedavg"]) + 10, "\(arm): \(worst)")
    }
  }

  @Test func statisticsOfTheUnseenDomainItselfServeItBest() throws {
    let folder = try TemporaryFolder()
    let domains = ["ink", "typeset", "colour", "chalk", "street"]
    let results = try run(
      "unseen-domain", rounds: 20, arms: ["fedbn"], ["data.train_per_client=200", "data.test_per_client=100"],
      in: folder)
    #expect(results.runs.count == domains.count * 3)
    var bySource: [NormSource: [UInt64: [Double]]] = [:]
    for run in results.runs {
      for source in [NormSource.average, .pooled, .nearest, .recalibrated, .batch, .initial] {
        let selection = EvaluationSelection(subject: .unseen, normSource: source)
        let row = try #require(try results.store.rounds(run: run.id, last: 1, of: selection).last)
        bySource[source, default: [:]][run.seed, default: []].append(100 * (try #require(row.meanAccuracy)))
      }
    }
    for seed in [1, 2, 3] as [UInt64] {
      func accuracy(_ source: NormSource) throws -> Double { try mean(bySource[source]?[seed]) }
      for other in [NormSource.average, .pooled, .nearest] {
        #expect(try accuracy(.recalibrated) > accuracy(other) + 5, "\(seed), \(other): \(bySource)")
        #expect(try accuracy(.batch) > accuracy(other) + 5, "\(seed), \(other): \(bySource)")
      }
      #expect(try accuracy(.initial) < accuracy(.recalibrated) - 15, "\(seed): \(bySource)")
    }
  }

  @Test func labelSkewCostsFedBNWhatScannersGainIt() throws {
    let folder = try TemporaryFolder()
    let results = try run(
      "scanner-and-label-skew", rounds: 10, arms: ["fedavg-same", "fedbn-same", "fedavg-strong", "fedbn-strong"],
      seeds: "1,2,3", ["data.train_per_client=100"], in: folder)
    let union = EvaluationSelection(subject: .union)
    var clients: [String: [Double]] = [:]
    var together: [String: [Double]] = [:]
    for run in results.runs {
      let own = try #require(try results.store.rounds(run: run.id, last: 1).last?.meanAccuracy)
      let all = try #require(try results.store.rounds(run: run.id, last: 1, of: union).last?.meanAccuracy)
      clients[run.arm, default: []].append(100 * own)
      together[run.arm, default: []].append(100 * all)
    }
    /// What fedbn has more than fedavg under the same seed.
    func lead(_ accuracies: [String: [Double]], _ cell: String) throws -> [Double] {
      let (fedbn, fedavg) = (try #require(accuracies["fedbn-\(cell)"]), try #require(accuracies["fedavg-\(cell)"]))
      #expect(fedbn.count == 3 && fedavg.count == 3)
      return zip(fedbn, fedavg).map { $0 - $1 }
    }
    // Without another scanner: the more skew, the worse.
    for alpha in ["0.1", "0.3"] {
      #expect(try lead(clients, "same,alpha=\(alpha)").allSatisfy { $0 < -5 }, "\(clients)")
    }
    #expect(try mean(lead(clients, "same,alpha=1")) < -2, "\(clients)")
    // With other scanners fedbn leads where labels are even, and each skew has more of a lead than without.
    for alpha in ["1", "100"] {
      #expect(try lead(clients, "strong,alpha=\(alpha)").allSatisfy { $0 > 4 }, "\(clients)")
    }
    for alpha in ["0.1", "0.3", "1", "100"] {
      let (same, strong) = (try lead(clients, "same,alpha=\(alpha)"), try lead(clients, "strong,alpha=\(alpha)"))
      #expect(try mean(strong) > mean(same) + 10, "\(alpha): \(clients)")
    }
    #expect(try mean(lead(clients, "strong,alpha=100")) > mean(lead(clients, "strong,alpha=0.1")) + 6, "\(clients)")
    // The weights are no better: on all test data together, with averaged values, the two are alike.
    for cell in ["same,alpha=1", "strong,alpha=1", "strong,alpha=100"] {
      #expect(try abs(mean(lead(together, cell))) < 5, "\(cell): \(together)")
    }
  }
}

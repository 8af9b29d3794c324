import Foundation
import RunStore
import TestSupport
import Testing

/// The studies of Scenarios/ at reduced size still come out as their head comments and Docs/Guides/studies.md say.
@Suite struct StudyTests {
  /// A study's runs at reduced size.
  private struct Study {
    private let folder = try? TemporaryFolder()
    let results: StoredResults
    /// Mean accuracies of the clients after the last round in percent, by arm, seed after seed.
    private let accuracies: [String: [Double]]

    init(_ name: String, rounds: Int? = nil, arms: [String]? = nil, settings: [String] = []) throws {
      let folder = try #require(folder)
      var arguments = ["run", SharedFolders.scenarios.appendingPathComponent("\(name).yaml").path, "--seeds", "1,2,3"]
      if let rounds { arguments += ["--rounds", "\(rounds)"] }
      if let arms { arguments += ["--arms", arms.joined(separator: ",")] }
      for setting in settings + ["evaluation.every=1000"] { arguments += ["--set", setting] }
      let run = try CoveyProcess.run(arguments + ["--quiet"], in: folder.url)
      try #require(run.status == 0, "\(run.errors)")
      results = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
      var accuracies: [String: [Double]] = [:]
      for run in results.runs {
        let last = try #require(try results.store.rounds(run: run.id, last: 1).last?.meanAccuracy)
        accuracies[run.arm, default: []].append(100 * last)
      }
      self.accuracies = accuracies
    }

    /// An arm's accuracies, seed after seed.
    func accuracies(_ arm: String) throws -> [Double] { try #require(accuracies[arm], "no arm '\(arm)'") }

    /// What an arm has more than another under the same seed.
    func lead(_ arm: String, over other: String) throws -> [Double] {
      zip(try accuracies(arm), try accuracies(other)).map { $0 - $1 }
    }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private static let small = ["data.image.width=14", "data.image.height=14"]

  @Test func localEpochs() throws {
    let study = try Study(
      "local-epochs", arms: ["fedavg-e1", "fedavg-e16", "fedbn-e1", "fedbn-e16"],
      settings: ["data.train_per_client=80", "data.test_per_client=100"])
    #expect(try study.lead("fedavg-e1", over: "fedavg-e16").allSatisfy { $0 > 5 })
    #expect(try study.lead("fedbn-e1", over: "fedbn-e16").allSatisfy { $0 > 15 })
    let often = try study.lead("fedbn-e1", over: "fedavg-e1")
    let rarely = try study.lead("fedbn-e16", over: "fedavg-e16")
    #expect(often.allSatisfy { $0 > 4 })
    #expect(mean(often) > mean(rarely) + 6, "\(often) \(rarely)")
  }

  @Test func dataPerClient() throws {
    let study = try Study("data-per-client", rounds: 8, settings: Self.small + ["data.test_per_client=100"])
    for norm in ["fedavg", "fedbn"] {
      let gain = try study.lead("\(norm),train_per_client=320", over: "\(norm),train_per_client=20")
      #expect(gain.allSatisfy { $0 > 12 })
    }
    for count in [20, 40, 80, 160, 320] {
      let lead = try study.lead("fedbn,train_per_client=\(count)", over: "fedavg,train_per_client=\(count)")
      #expect(mean(lead) > 1.5, "\(count): \(lead)")
    }
  }

  @Test func clientsPerDomain() throws {
    let study = try Study(
      "clients-per-domain", rounds: 10, arms: ["fedavg-1", "fedavg-8", "fedbn-1", "fedbn-8"],
      settings: Self.small + ["client.steps=6"])
    #expect(try study.results.store.clients(run: 4).count == 40)
    #expect(try study.lead("fedbn-1", over: "fedbn-8").allSatisfy { $0 > 2 })
    let alone = try study.lead("fedbn-1", over: "fedavg-1")
    let shared = try study.lead("fedbn-8", over: "fedavg-8")
    #expect(alone.allSatisfy { $0 > 4 })
    #expect(mean(alone) > mean(shared) + 3, "\(alone) \(shared)")
  }

  @Test func batchSize() throws {
    let study = try Study(
      "batch-size", rounds: 14, arms: ["bn-1", "gn-1", "bn-2", "dense-bn-2", "dense-bn-8"],
      settings: ["data.test_per_client=100"])
    #expect(try study.accuracies("dense-bn-2").allSatisfy { $0 < 20 })
    #expect(try study.accuracies("dense-bn-8").allSatisfy { $0 > 50 })
    #expect(mean(try study.lead("gn-1", over: "bn-1")) > 3)
    #expect(mean(try study.lead("bn-2", over: "bn-1")) > 3)
  }

  @Test func aBatchOfOneIsRefusedBehindADenseLayer() throws {
    let folder = try TemporaryFolder()
    let file = SharedFolders.scenarios.appendingPathComponent("batch-size.yaml").path
    let result = try CoveyProcess.run(
      ["validate", file, "--set", "arms.dense-bn-2.client.batch_size=1"], in: folder.url)
    #expect(result.status == 65)
    #expect(
      result.errors.contains(
        "client.batch_size: '1' leaves layer 'bn3' a single value a channel, which has no variance; every batch would be "
          + "skipped\n"), "\(result.errors)")
  }

  @Test func dropoutOrBN() throws {
    let study = try Study("dropout-or-bn", rounds: 6, settings: ["data.test_per_client=100"])
    #expect(try study.lead("bn", over: "none").allSatisfy { $0 > 25 })
    #expect(try study.lead("both", over: "dropout").allSatisfy { $0 > 25 })
    #expect(mean(try study.lead("none", over: "dropout")) > 0)
  }

  @Test func bnPlacement() throws {
    let study = try Study(
      "bn-placement", rounds: 8, arms: ["before", "after", "last", "none", "fedbn-before"],
      settings: ["data.train_per_client=96", "data.test_per_client=100"])
    #expect(try study.accuracies("none").allSatisfy { $0 < 22 })
    #expect(try study.lead("last", over: "none").allSatisfy { $0 > 15 })
    #expect(mean(try study.lead("after", over: "before")) > 3)
    #expect(mean(try study.lead("fedbn-before", over: "before")) > 4)
  }

  @Test func momentumAndEpsilon() throws {
    let study = try Study(
      "momentum-epsilon", rounds: 6, arms: ["m0.01", "m0.1", "cumulative", "e1"],
      settings: ["data.test_per_client=100"])
    for norm in ["fedavg", "fedbn"] {
      #expect(try study.lead("m0.1,norm=\(norm)", over: "m0.01,norm=\(norm)").allSatisfy { $0 > 8 })
      #expect(try study.accuracies("e1,norm=\(norm)").allSatisfy { $0 < 20 })
    }
    #expect(mean(try study.lead("m0.1,norm=fedbn", over: "m0.1,norm=fedavg")) > 4)
    // Ten batches a round: what 'covey drift --metric effective_momentum' says of them.
    for run in study.results.runs {
      for drift in try study.results.store.normDrift(run: run.id) {
        let expected =
          run.arm.hasPrefix("m0.01")
          ? pow(0.99, 10)
          : run.arm.hasPrefix("cumulative") ? Double(drift.round - 1) / Double(drift.round) : pow(0.9, 10)
        #expect(abs((drift.effectiveMomentum ?? .nan) - expected) < 1e-12)
      }
    }
  }
}

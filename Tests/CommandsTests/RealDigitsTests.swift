import Foundation
import RunStore
import TestSupport
import Testing

/// Scenarios/digits-real.yaml comes out as its head comment says, where the files are there.
@Suite struct RealDigitsTests {
  private static let digits = SharedFolders.data?.appendingPathComponent("digits")
  private static let isThere = digits.map { FileManager.default.fileExists(atPath: $0.path) } ?? false

  @Test(.enabled(if: isThere, "skipped: needs the digit files; set COVEY_DATA"))
  func localNormalizationServesRealDomainsBetter() throws {
    let folder = try TemporaryFolder()
    let root = try #require(Self.digits).path
    let scenario = SharedFolders.scenarios.appendingPathComponent("digits-real.yaml").path
    let run = try CoveyProcess.run(
      ["run", scenario, "--set", "data.root=\(root)", "--set", "evaluation.every=20", "--quiet"], in: folder.url)
    try #require(run.status == 0, "\(run.errors)")
    let store = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    var means: [String: Double] = [:]
    var counters: [String: Double] = [:]
    for run in store.runs {
      let round = try #require(try store.store.rounds(run: run.id, last: 1).last)
      #expect(round.round == 20)
      means[run.arm, default: 0] += 100 * (try #require(round.meanAccuracy)) / 3
      let meter = try #require(try store.store.clients(run: run.id).first { $0.domain == "meter" }).client
      let rows = try store.store.evaluations(run: run.id, rounds: 20...20, client: meter)
      counters[run.arm, default: 0] += 100 * (try #require(rows.first?.accuracy)) / 3
    }
    let (fedavg, fedbn, silobn) = (
      try #require(means["fedavg"]), try #require(means["fedbn"]), try #require(means["silobn"])
    )
    #expect(fedbn >= silobn && silobn > fedavg + 1, "\(means)")
    let gain = try #require(counters["fedbn"]) - (try #require(counters["fedavg"]))
    #expect(gain >= 5, "\(counters)")
  }
}

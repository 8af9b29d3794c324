import Foundation
import RunStore
import TestSupport
import Testing

@Suite struct DriftCommandTests {
  private func folder(_ scenario: String, _ arguments: [String] = []) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(scenario, to: "tiny.yaml")
    let result = try CoveyProcess.run(
      ["run", "tiny.yaml", "--seeds", "1", "--arms", "fedbn", "--quiet"] + arguments, in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    return folder
  }

  private func drift(_ folder: TemporaryFolder, _ arguments: [String]) throws -> String {
    let result = try CoveyProcess.run(["drift", "1"] + arguments, in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }

  private func lines(_ text: String) -> [String] { text.split(whereSeparator: \.isNewline).map(String.init) }

  private static let partial = "cohort: {kind: uniform, count: 2}"

  @Test func theTableHasPlotsRoundsAndNoEscapes() throws {
    let folder = try folder(TinyScenario.text(rounds: 5))
    for environment in [[:], ["NO_COLOR": "1"]] {
      let result = try CoveyProcess.run(["drift", "1"], in: folder.url, environment: environment)
      #expect(result.output.hasPrefix("tiny/fedbn/1: norm fedbn, finished, 5 of 5 rounds\n\nLayers: share of the"))
      #expect(!result.output.contains("\u{1B}"))
      // A layer twice, five clients.
      let plotted = lines(result.output).filter { $0.contains("█") }
      #expect(plotted.count == 7)
      #expect(plotted.allSatisfy { $0.filter { "▁▂▃▄▅▆▇█".contains($0) }.count == 5 })
      #expect(result.output.contains("client  domain   over time    most  round  layer  stale\n"))
    }
    let top = try drift(folder, ["--top", "2"])
    #expect(top.contains("The 2 farthest of 5 clients"))
    #expect(lines(top).filter { $0.contains("█") }.count == 4)
    #expect(try drift(folder, ["--rounds", "2..3"]).contains("rounds 2 to 3"))
    #expect(try drift(folder, ["--client", "3"]).contains("of client 3"))
    #expect(try drift(folder, ["--client", "3"]).contains("between the clients") == false)
  }

  @Test func everyMeasureIsRankedAndPlotted() throws {
    let folder = try folder(TinyScenario.text(rounds: 6, extra: Self.partial))
    for metric in [
      "kl", "w2", "mean_shift", "variance_log_ratio", "affine_distance", "effective_momentum", "staleness",
    ] {
      let json = try drift(folder, ["--metric", metric, "--format", "json"])
      let document = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      #expect(document["metric"] as? String == metric)
      let farthest = try #require(document["farthest_clients"] as? [[String: Any]])
      let most = farthest.compactMap { $0["most"] as? Double }
      #expect(most.count > 2 && most == most.sorted(by: >))
      // With one normalization layer the mean over the layers is its value.
      let rows = try #require(document["clients"] as? [[String: Any]])
      for entry in farthest {
        let own = rows.filter { $0["client"] as? Int == entry["client"] as? Int }
        let values = own.compactMap { $0[metric] as? Double }
        #expect(values.max() == entry["most"] as? Double)
        let row = own.first { $0["round"] as? Int == entry["most_round"] as? Int }
        #expect(row?[metric] as? Double == entry["most"] as? Double)
        #expect(row?["staleness"] as? Int == entry["staleness"] as? Int)
      }
      #expect(try drift(folder, ["--metric", metric]).contains("█"))
    }
  }

  @Test func csvKeepsWhatWasAskedFor() throws {
    let folder = try folder(TinyScenario.text(rounds: 4, extra: Self.partial))
    let all = lines(try drift(folder, ["--format", "csv"]))
    #expect(
      all[0]
        == "round,client,domain,layer,mean_shift,variance_log_ratio,kl,w2,affine_distance,effective_momentum,staleness")
    #expect(all.count == 9)
    // 40 examples in batches of 16 make three steps.
    #expect(all.dropFirst().allSatisfy { $0.contains(",0.729000") || $0.contains(",0.729,") })
    let only = lines(try drift(folder, ["--format", "csv", "--metric", "staleness", "--top", "1"]))
    #expect(only[0] == "round,client,domain,layer,staleness")
    #expect(Set(only.dropFirst().map { $0.split(separator: ",")[1] }).count == 1)
    let store = try StoredResults(folder.url.appendingPathComponent("covey.sqlite")).store
    let stale = try store.participations(run: 1).map(\.record.staleness)
    #expect(try drift(folder, ["--format", "csv", "--metric", "staleness"]).contains("bn1,1\r\n") == stale.contains(1))
    #expect(stale.contains(nil))
  }

  @Test func thinnedDriftHasNoHolesInItsPlots() throws {
    let folder = try folder(TinyScenario.text(rounds: 5, extra: "record: {drift: every 2}"))
    let text = try drift(folder, [])
    #expect(text.contains("rounds 2 to 5"))
    #expect(text.contains("a column is 2 rounds and shows the largest."))
    let plotted = lines(text).filter { $0.contains("█") }
    #expect(plotted.count == 7)
    #expect(plotted.allSatisfy { $0.contains(/[▁▂▃▄▅▆▇█]{3}/) })
    #expect(lines(try drift(folder, ["--format", "csv"])).count == 16)
    // Participations are not thinned.
    #expect(try drift(folder, ["--metric", "staleness"]).contains("rounds 1 to 5"))
  }

  @Test func withoutDriftThereIsStillStaleness() throws {
    let folder = try folder(TinyScenario.text(rounds: 5, extra: Self.partial + "\nrecord: {drift: off}"))
    #expect(try drift(folder, []) == "tiny/fedbn/1: no drift is recorded of what was asked for\n")
    #expect(
      try drift(folder, ["--metric", "staleness"]).contains(
        "Clients: rounds since a client last trained, rounds 1 to 5"))
  }

  @Test func wrongMeasuresAreNamed() throws {
    let folder = try TemporaryFolder()
    let cases = [
      (
        ["--metric", "wass"],
        "error: '--metric' names no measure 'wass' (allowed: kl, w2, mean_shift, variance_log_ratio, affine_distance, "
          + "staleness, effective_momentum)\n"
      ),
      (
        ["--metric", "stalenes"],
        "error: '--metric' names no measure 'stalenes'; did you mean 'staleness'? (allowed: kl, w2, mean_shift, "
          + "variance_log_ratio, affine_distance, staleness, effective_momentum)\n"
      ),
      (
        ["--metric", "staleness", "--layer", "bn1"],
        "error: '--layer' can't be combined with '--metric staleness', which is the same for all layers\n"
      ),
      (["--top", "0"], "error: '--top 0' is not allowed (allowed: a whole number ≥ 1)\n"),
      (["--top", "-3"], "error: '--top -3' is not allowed (allowed: a whole number ≥ 1)\n"),
    ]
    for (arguments, message) in cases {
      let result = try CoveyProcess.run(["drift", "1"] + arguments, in: folder.url)
      #expect(result.status == 64)
      #expect(result.errors.hasPrefix(message), "\(result.errors)")
    }
  }

  @Test func aRunOfBeforeEffectiveMomentumStillVerifies() throws {
    let folder = try folder(TinyScenario.text(rounds: 2))
    let path = folder.url.appendingPathComponent("covey.sqlite").path
    func verify() throws -> CoveyProcess.Result { try CoveyProcess.run(["verify", "1", "--quiet"], in: folder.url) }
    let store = try RunStore(path: path, access: .readWrite)
    let current = try store.resultHash(run: 1)
    #expect(try verify().output == "tiny/fedbn/1: same result, \(current)\n")
    let first = try store.resultHash(run: 1, encoding: .first)
    #expect(first != current)
    try store.execute("UPDATE norm_drift SET effective_momentum = NULL")
    try store.execute("UPDATE runs SET result_hash = '\(first)'")
    let result = try verify()
    #expect(result.status == 0)
    #expect(result.output == "tiny/fedbn/1: same result, \(first), in all that its version of covey recorded\n")
    try store.execute("UPDATE runs SET result_hash = '\(first.dropLast())x'")
    #expect(try verify().status == 1)
  }

  @Test func resumingBringsAnOlderDatabaseUpToDate() throws {
    let folder = try folder(TinyScenario.text(rounds: 4))
    let path = folder.url.appendingPathComponent("covey.sqlite").path
    do {
      let store = try RunStore(path: path, access: .readWrite)
      try store.execute("ALTER TABLE norm_drift DROP COLUMN effective_momentum")
      try store.execute("DELETE FROM grdb_migrations WHERE identifier = 'add effective momentum'")
      try store.execute("UPDATE runs SET status = 'interrupted', result_hash = NULL, finished_at = NULL")
      try store.execute("DELETE FROM rounds WHERE round > 2; UPDATE runs SET rounds_done = 2")
    }
    let before = try CoveyProcess.run(["drift", "1"], in: folder.url)
    #expect(before.status == 65 && before.errors.contains("written by an older version of covey"))
    let result = try CoveyProcess.run(["resume", "--quiet"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let ages = try StoredResults(folder.url.appendingPathComponent("covey.sqlite")).store.normDrift(run: 1)
    #expect(ages.filter { $0.effectiveMomentum == nil }.map(\.round).max() ?? 0 <= 2)
    #expect(Set(ages.filter { $0.effectiveMomentum != nil }.map(\.round)).isSuperset(of: [3, 4]))
  }
}

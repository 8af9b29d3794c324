import Foundation
import TestSupport
import Testing

/// Runs that are no pairs are not compared as if they were: at the end of `run`, in `compare`, pages and JSON.
@Suite struct ComparedDataTests {
  private func scenario(_ arm: String, rounds: Int = 2) -> String {
    TinyScenario.text(rounds: rounds).replacing(
      "- {name: fedbn, norm: fedbn, strategy: fedavgm}", with: "- {name: other, norm: fedbn, \(arm)}"
    ).replacing("name: tiny", with: "name: study")
  }

  private func recorded(_ arm: String) throws -> (folder: TemporaryFolder, output: String) {
    let folder = try TemporaryFolder()
    try folder.write(scenario(arm), to: "study.yaml")
    let result = try CoveyProcess.run(["run", "study.yaml", "--quiet"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    return (folder, result.output)
  }

  private func line(_ output: String) -> String {
    output.split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }.joined(separator: " ")
  }

  private let verdict = "they are not paired, and there is no p value and no verdict."

  /// Checks the first line at the end of the run, in `compare`, a report and JSON.
  private func expect(_ words: String, of folder: TemporaryFolder, _ output: String) throws {
    #expect(line(output).hasPrefix("study: \(words)"), "\(line(output))")
    let compared = try CoveyProcess.run(["compare", "study"], in: folder.url)
    #expect(line(compared.output).hasPrefix("study: \(words)"))
    #expect(!compared.output.contains("verdict\n") && !compared.output.contains("Difference to"))
    let page = try CoveyProcess.run(["report", "-o", "-"], in: folder.url).output
    let verdict = try #require(page.firstMatch(of: /<p class="verdict">(.*?)<\/p>/)).1
    #expect(verdict.hasPrefix(words), "\(verdict)")
    let json = try CoveyProcess.run(["compare", "--format", "json"], in: folder.url).output
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect((object["conclusion"] as? String)?.hasPrefix(words) == true)
    #expect((object["differences"] as? [[String: Any]])?.first?["p_t"] is NSNull)
    #expect((object["differences"] as? [[String: Any]])?.first?["verdict"] is NSNull)
    #expect((object["data_differences"] as? [[String: Any]])?.count == 1)
  }

  @Test func otherData() throws {
    let (folder, output) = try recorded("data: {train_per_client: 20}")
    try expect(
      "other has other data than fedavg (seed 1: 100 training examples against 200): \(verdict)", of: folder, output)
  }

  @Test func otherSplit() throws {
    let folder = try TemporaryFolder()
    let text = scenario("data: {partition: {alpha: 100}}").replacing(
      "  train_per_client: 40", with: "  partition: {kind: dirichlet, clients: 4, alpha: 0.5}\n  train_per_client: 40")
    try folder.write(text, to: "study.yaml")
    let result = try CoveyProcess.run(["run", "study.yaml", "--quiet"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    #expect(
      line(result.output).hasPrefix("study: other has another split of the data than fedavg (seed 1: client "),
      "\(line(result.output))")
    try expect("other has another split of the data than fedavg (seed 1: client ", of: folder, result.output)
  }

  @Test func otherTestSubset() throws {
    let (folder, output) = try recorded("evaluation: {subset: 10}")
    try expect(
      "other has other test examples than fedavg (seed 1: client 0 is evaluated on 10 examples against 20): \(verdict)",
      of: folder, output)
  }

  @Test func experimentsOfOtherDataAreNotPairedEither() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    let again = ["run", "tiny.yaml", "--quiet", "--set", "data.train_per_client=24"]
    #expect(try CoveyProcess.run(again, in: folder.url).status == 0)
    let result = try CoveyProcess.run(["compare", "tiny#1/fedbn", "tiny#2/fedbn"], in: folder.url)
    #expect(
      line(result.output).hasPrefix(
        "tiny#2/fedbn has other data than tiny#1/fedbn (seed 1: 120 training examples against 200): \(verdict)"))
    // The same data in two experiments are pairs.
    #expect(try CoveyProcess.run(["run", "tiny.yaml", "--quiet"], in: folder.url).status == 0)
    let same = try CoveyProcess.run(["compare", "tiny#1/fedbn", "tiny#3/fedbn"], in: folder.url)
    #expect(same.output.hasPrefix("No difference shown between tiny#3/fedbn and tiny#1/fedbn: "), "\(same.output)")
  }

  @Test func runsOfUnequalLengthMeetAtTheLastCommonRound() throws {
    let folder = try TemporaryFolder()
    try folder.write(scenario("rounds: 4"), to: "study.yaml")
    let result = try CoveyProcess.run(["run", "study.yaml", "--quiet"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    let words =
      "study: the runs end at different rounds (fedavg at 2, other at 4) and are compared at round 2, the last that all "
      + "have. "
    #expect(line(result.output).hasPrefix(words), "\(line(result.output))")
    let json = try CoveyProcess.run(["compare", "--format", "json"], in: folder.url).output
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(object["common_round"] as? Int == 2 && object["round"] is NSNull)
    #expect((object["runs"] as? [[String: Any]])?.map { $0["round"] as? Int } == [2, 2, 2, 2])
    // Single clients are of that round, too: fairness and means agree.
    let at = try CoveyProcess.run(["compare", "--at", "2", "--format", "json"], in: folder.url).output
    let asked = try #require(try JSONSerialization.jsonObject(with: Data(at.utf8)) as? [String: Any])
    for key in ["arms", "domains", "clients", "differences"] {
      #expect(object[key] as? [NSDictionary] == asked[key] as? [NSDictionary], "\(key)")
    }
  }
}

import Foundation
import TestSupport
import Testing

@Suite struct CompareCommandTests {
  private func json(_ arguments: [String], in folder: TemporaryFolder) throws -> [String: Any] {
    let result = try CoveyProcess.run(["compare"] + arguments + ["--format", "json"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test func aTargetIsAFractionOrAPercentage() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    // 9.7 / 100 is another number than 0.097.
    for (text, value) in [("0.5", 0.5), ("50%", 0.5), ("9.7%", 0.097), ("100%", 1)] {
      #expect(try json(["--target", text], in: folder)["target"] as? Double == value)
    }
    for text in ["80", "101%", "-1", "-5%"] {
      let result = try CoveyProcess.run(["compare", "--target=\(text)"], in: folder.url)
      #expect(result.status == 64)
      #expect(
        result.errors.contains(
          "'--target \(text)' is not allowed (allowed: an accuracy from 0 to 1, or as a percentage from 0% to 100%)"),
        "\(result.errors)")
    }
    #expect(try json(["--metric", "loss", "--target", "2.5"], in: folder)["target"] as? Double == 2.5)
  }

  @Test func runsOfTwoExperimentsOfOneNameAreNotOneArm() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    let again = ["run", "tiny.yaml", "--quiet", "--set", "client.optimizer.learning_rate=0.0001"]
    #expect(try CoveyProcess.run(again, in: folder.url).status == 0)
    let comparison = try json(["1", "2", "5", "6"], in: folder)
    let arms = try #require(comparison["arms"] as? [[String: Any]])
    #expect(arms.map { $0["arm"] as? String } == ["tiny#1/fedavg", "tiny#2/fedavg"])
    #expect(arms.map { $0["seeds"] as? Int } == [2, 2])
    // A run's number is a number here, too.
    let runs = try #require(comparison["runs"] as? [[String: Any]])
    #expect(runs.map { $0["run"] as? Int } == [1, 2, 5, 6])
  }
}

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

  /// Rounds of 7 seconds, versions whenever one of three clients arrives, and clients by themselves, who have no clock.
  @Test func timeIsComparedWhereThereAreClocks() throws {
    let scenario = try ReadingScenario(
      extra: """
        devices: {kind: listed, seconds: [4, 2.5, 7]}
        arms:
          - {name: rounds}
          - {name: versions, schedule: {kind: fedasync, concurrency: 3}, rounds: 9}
          - {name: alone, bound: local}
        """)
    let run = try scenario.covey(["run", "run.yaml", "--quiet"])
    #expect(run.status == 0, "\(run.errors)")
    let comparison = try json(
      ["--metric", "simulated-seconds,seconds-to-target", "--target", "99.9%"], in: scenario.folder)
    let runs = try #require(comparison["runs"] as? [[String: Any]])
    // The second arrives at 2.5, 5 and 7.5 seconds, the first at 4 and the third at 7.
    #expect(runs.map { $0["simulated_seconds"] as? Double } == [28, 7, nil])
    #expect(runs.map { $0["round"] as? Int } == [4, 4, 4])
    let arms = try #require(comparison["arms"] as? [[String: Any]])
    #expect(arms.map { $0["simulated_seconds"] as? Double } == [28, 7, nil])
    // Version 9 is of 12.5 seconds: 8 and 12 of the first, 7.5, 10 and 12.5 of the second come before the third is back.
    #expect(arms.map { $0["seconds_to_target_horizon"] as? Double } == [12.5, 12.5, nil])
    #expect(arms.map { $0["seconds_to_target"] as? Double } == [12.5, 12.5, nil])
    let differences = try #require(comparison["differences"] as? [[String: Any]])
    #expect(differences.map { $0["difference"] as? Double } == [-21, 0, nil, nil])
    #expect(differences.map { $0["verdict"] as? String } == ["one seed: no interval", "target not reached", nil, nil])
    let words = try #require(comparison["conclusion"] as? String)
    #expect(
      words.contains(
        "Alone has no clock, which 'devices' gives: nothing is compared with its time, and there is no verdict on it.")
        || words.contains(
          "alone has no clock, which 'devices' gives: nothing is compared with its time, and there is no verdict on it."
        ))
    #expect(words.contains("7.00 s against 28.0 s simulated time, -21.0 s (one seed: no interval)"), "\(words)")
    let store = try scenario.store()
    defer { store.close() }
    #expect(
      try store.select(
        "SELECT SUM(simulated_seconds) FROM rounds WHERE round <= 4 GROUP BY run_id ORDER BY run_id")
        == [["28.0"], ["7.0"], [nil]])
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

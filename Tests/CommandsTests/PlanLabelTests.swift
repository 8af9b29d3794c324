import Foundation
import TestSupport
import Testing

/// The number of labels in the plan.
@Suite("labels in the plan")
struct PlanLabelTests {
  private func arms(_ text: String) throws -> [Int?] {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return try #require(value?["arms"] as? [[String: Any]]).map { $0["labels"] as? Int }
  }

  @Test("the plan, its JSON and the head of a run show it")
  func shown() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 1), to: "tiny.yaml")
    let table = try CoveyProcess.run(["validate", "tiny.yaml"], in: folder.url)
    #expect(table.output.hasPrefix("tiny: 4 runs, 10 labels\n"))
    let json = try CoveyProcess.run(["validate", "tiny.yaml", "--format", "json"], in: folder.url)
    #expect(try arms(json.output) == [10, 10])
    let run = try CoveyProcess.run(["run", "tiny.yaml"], in: folder.url)
    #expect(run.errors.contains("tiny: 2 arms, 4 runs, 10 labels\n"), "\(run.errors)")
  }

  @Test("arms with data of their own")
  func several() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      name: both
      rounds: 1
      model: {kind: mlp, hidden: [4]}
      arms:
        - {name: two, data: {source: synthetic-patterns, shape: [3], classes: 2}}
        - {name: many, data: {source: synthetic-patterns, shape: [3], classes: 62}}
      """, to: "both.yaml")
    let table = try CoveyProcess.run(["validate", "both.yaml"], in: folder.url)
    #expect(table.output.hasPrefix("both: 2 runs, 2 to 62 labels\n"), "\(table.output)\(table.errors)")
    let json = try CoveyProcess.run(["validate", "both.yaml", "--format", "json"], in: folder.url)
    #expect(try arms(json.output) == [2, 62])
  }
}

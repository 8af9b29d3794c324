import Foundation
import TestSupport
import Testing

/// What `covey export --weights` says of values that the server has not learned.
@Suite struct ServerWeightsTests {
  private func recorded(_ arm: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let text = TinyScenario.text(rounds: 1).replacing(
      "- {name: fedbn, norm: fedbn, strategy: fedavgm}", with: "- {name: other, \(arm)}")
    try folder.write(text, to: "tiny.yaml")
    let result = try CoveyProcess.run(
      ["run", "tiny.yaml", "--quiet", "--seeds", "1", "--arms", "other"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    return folder
  }

  private let way = "because they stay with the clients; '--client N' writes the model of a client"

  @Test(arguments: [
    ("norm: fedbn", "the server's γ, β and running statistics of bn1 are initial values, "),
    ("norm: silobn", "the server's running statistics of bn1 are initial values, "),
    ("norm: local-affine", "the server's γ and β of bn1 are initial values, "),
    ("norm: hbn", "the server's own mixing values of bn1 are initial values, "),
  ])
  func whatStaysWithTheClientsIsNamed(arm: String, words: String) throws {
    let folder = try recorded(arm)
    let result = try CoveyProcess.run(["export", "1", "--weights", "w", "--format", "json"], in: folder.url)
    #expect(result.status == 0)
    #expect(result.errors == "wrote w: round 1, the server's state\nnote: \(words)\(way)\n")
    let said = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: String]]
    #expect(said == [["run": "tiny/other/1", "kind": "weights", "path": "w", "note": words + way]])
    // A client's model has its own.
    let own = try CoveyProcess.run(["export", "1", "--weights", "w", "--client", "1"], in: folder.url)
    #expect(own.errors == "wrote w: round 1, client 1\n")
  }

  @Test(arguments: [
    ("norm: drop", "the running statistics of bn1 are initial values, because clients forget theirs after each round"),
    ("norm: frozen", "the running statistics of bn1 are the initial or imported values, which nobody changes"),
  ])
  func whatNobodyLearnsIsNamedForEverybody(arm: String, words: String) throws {
    let folder = try recorded(arm)
    for client in [[], ["--client", "1"]] {
      let result = try CoveyProcess.run(["export", "1", "--weights", "w"] + client, in: folder.url)
      #expect(result.status == 0 && result.errors.hasSuffix("\nnote: \(words)\n"), "\(result.errors)")
    }
  }

  @Test func aServerThatHasAllSaysNothing() throws {
    for arm in ["norm: fedavg", "norm: pooled", "norm: fixbn"] {
      let folder = try recorded(arm)
      let result = try CoveyProcess.run(["export", "1", "--weights", "w", "--format", "json"], in: folder.url)
      #expect(result.errors == "wrote w: round 1, the server's state\n")
      #expect(result.output.contains("\"note\": null"))
    }
  }

  @Test func aClientThatNeverTrainedHasInitialValues() throws {
    let folder = try TemporaryFolder()
    let text = TinyScenario.text(rounds: 1, extra: "cohort: {kind: uniform, count: 1}")
    try folder.write(text, to: "tiny.yaml")
    let run = ["run", "tiny.yaml", "--quiet", "--seeds", "1", "--arms", "fedbn"]
    try #require(try CoveyProcess.run(run, in: folder.url).status == 0)
    let notes = try (0..<5).map { client in
      try CoveyProcess.run(["export", "1", "--weights", "w", "--client", "\(client)"], in: folder.url).errors
    }
    let said = notes.enumerated().filter {
      $1.hasSuffix("note: client \($0) has not trained by round 1: its own values are initial ones\n")
    }
    #expect(said.count == 4)
  }
}

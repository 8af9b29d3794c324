import Datasets
import Foundation
import Testing

@testable import Scenarios

/// Partitions that hold another one, and those that stand in a file.
@Suite("options of partitions")
struct PartitionOptionTests {
  private func text(_ partition: String, more: String = "") -> String {
    "name: a\nrounds: 1\nmodel: mlp\ndata: {domains: [ink], train_per_client: 40, test_per_client: 4, partition: \(partition)}\n\(more)"
  }

  private func sizes(_ text: String, folder: String = "/nowhere") throws -> [[Int]] {
    try experiment(text, folder: folder).runs.map { run in
      let dataset = run.configuration.dataset
      return (0..<dataset.clientCount).map { dataset.trainCount($0) }
    }
  }

  @Test("the rest of a mixed partition is another partition, by name or as a mapping")
  func mixed() throws {
    #expect(try sizes(text("{kind: mixed, iid_share: 0.5, rest: by-domain}")) == [[40]])
    #expect(try sizes(text("{kind: mixed, iid_share: 0.5, rest: {kind: iid, clients: 4}}")) == [[40, 40, 40, 40]])
  }

  @Test("what is wrong with the rest is told where it stands")
  func errors() {
    func said(_ rest: String) -> String {
      complaints(text("{kind: mixed, iid_share: 0.5, rest: \(rest)}"))
    }
    #expect(
      said("{kind: iid, clients: 0}").hasPrefix(
        "f.yaml:4:134: data.partition.rest.clients: '0' is not allowed (allowed: a whole number from 1 to 10000000)"))
    #expect(said("{kind: iid}").contains("data.partition.rest.clients: is missing"))
    #expect(
      said("idd").contains("data.partition.rest: unknown partition 'idd'; did you mean 'iid'? (allowed: by-domain"))
    #expect(said("{clients: 3}").contains("data.partition.rest: "))
    #expect(said("[iid]").contains("(allowed: a partition by name, or a mapping with 'kind')"))
    #expect(said("{kind: iid, clients: 3, alpha: 1}").contains("data.partition.rest.alpha: unknown key"))
    #expect(
      said("{kind: quantity, clients: 3, law: zipf(1)}").contains(
        "data.partition.rest.law: 'zipf(1)' is no law (allowed: power(a), log-normal(σ), dirichlet(α))"))
    #expect(
      said("{kind: file, path: a.json}").contains("data.partition.rest: can't be 'file', which says who has which"))
    #expect(complaints(text("{kind: mixed, iid_share: 0.5}")).contains("data.partition.rest: is missing"))
    #expect(
      complaints(text("{kind: quantity, clients: 3, law: powr(1)}")).contains(
        "data.partition.law: 'powr(1)' is no law; did you mean 'power'?"))
  }

  @Test("an arm with another kind of rest has nothing of the first one's options")
  func arms() throws {
    let arms = """
      arms:
        - {name: one}
        - {name: two, data: {partition: {rest: {kind: iid, clients: 2}}}}
        - {name: three, data: {partition: {rest: {clients: 5}}}}
      """
    let sizes = try sizes(
      text("{kind: mixed, iid_share: 0.5, rest: {kind: dirichlet, clients: 3, alpha: 1, min_size: 1}}", more: arms))
    #expect(sizes.map(\.count) == [3, 2, 5])
  }

  @Test("a split file stands beside the scenario, and its content is an input of the run")
  func files() throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("split.json")
      try Data("{\"0\": [0, 1, 2, 3], \"1\": [5, 4]}".utf8).write(to: file)
      let scenario = text("{kind: file, path: split.json}")
      #expect(try sizes(scenario, folder: folder.path) == [[4, 2]])
      func inputs() throws -> [String] {
        let experiment = try experiment(scenario, folder: folder.path)
        let again = experiment.scenario.inputs(arm: experiment.runs[0].configuration.arm, seed: 1)
        #expect(again.map(\.sha256) == experiment.runs[0].inputs.map(\.sha256))
        #expect(again.map(\.name) == ["synthetic-digits", "split.json"])
        return again.map(\.sha256)
      }
      let before = try inputs()
      try Data("{\"0\": [0, 1, 2, 3], \"1\": [5, 6]}".utf8).write(to: file)
      let after = try inputs()
      #expect(before[0] == after[0] && before[1] != after[1])
      let missing = complaints(text("{kind: file, path: none.json}"), folder: folder.path)
      #expect(missing.contains("data.partition.path: \(folder.path)/none.json: no such file or folder"))
    }
  }

  @Test("a partition in words")
  func words() throws {
    func words(_ partition: String) throws -> String {
      try Scenario(text: text(partition), file: "f.yaml", baseDirectory: "/").partitionWords
    }
    #expect(try words("{kind: dirichlet, clients: 3, alpha: 0.5}") == "dirichlet(0.5)")
    #expect(try words("{kind: shards, clients: 3, per_client: 4}") == "shards(per_client: 4)")
    #expect(try words("by-domain") == "by-domain")
  }
}

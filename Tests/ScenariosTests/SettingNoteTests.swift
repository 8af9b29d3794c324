import Testing

@testable import Scenarios

/// What is allowed and may mean something else than was meant is noted before anything runs.
@Suite("notes on settings")
struct SettingNoteTests {
  private static func notes(_ data: String, _ more: String = "", edits: ScenarioEdits = ScenarioEdits()) throws
    -> [String]
  {
    try experiment(
      "name: a\nrounds: 1\nmodel: mlp\ndata: {\(data)train_per_client: 40, test_per_client: 10}\n\(more)", edits: edits
    )
    .notes.filter { !$0.contains("no test examples") && !$0.contains("no client trains on") }
  }

  @Test(
    "a partition that knows no domains mixes them",
    arguments: [
      ("partition: {kind: iid, clients: 3}, ", "iid", 5),
      ("domains: [ink, chalk], partition: {kind: iid, clients: 2}, ", "iid", 2),
      ("partition: {kind: dirichlet, clients: 3, min_size: 1}, ", "dirichlet", 5),
      ("domains: [meter, ink, chalk], partition: {kind: dirichlet, clients: 2, alpha: 100}, ", "dirichlet", 3),
    ])
  func mixed(data: String, name: String, count: Int) throws {
    let note =
      "partition '\(name)' mixes the \(count) domains: each client has examples of several; 'by-domain' keeps them apart"
    #expect(try Self.notes(data) == [note])
    #expect(try Self.notes(data, "arms: [{name: x}, {name: y, norm: fedbn}]\n") == [note])
    #expect(
      try Self.notes(data, "arms: [{name: x}, {name: y, data: {partition: by-domain}}]\n") == ["arm 'x': " + note])
  }

  @Test("one domain, or clients of one domain each, are not mixed")
  func unmixed() throws {
    #expect(try Self.notes("domains: [ink], partition: {kind: iid, clients: 3}, ").isEmpty)
    #expect(try Self.notes("partition: {kind: by-domain, clients_per_domain: 2}, ").isEmpty)
    #expect(try Self.notes("").isEmpty)
  }

  @Test("a number as seeds is one seed")
  func seeds() throws {
    #expect(
      try Self.notes("", "seeds: 3\n") == [
        "'seeds: 3' is one seed, the number 3; 3 seeds are a list: 'seeds: [1, 2, 3]'"
      ])
    #expect(
      try Self.notes("", "arms: [{name: x, seeds: 10}, {name: y, seeds: 10, norm: fedbn}]\n") == [
        "'seeds: 10' is one seed, the number 10; 10 seeds are a list: 'seeds: [1, 2, …, 10]'"
      ])
    for text in ["seeds: [3]\n", "seeds: 1\n", "seeds: 0\n", "seeds: [1, 2, 3]\n", "seeds: 20260101\n", ""] {
      #expect(try Self.notes("", text).isEmpty, "\(text)")
    }
    #expect(try Self.notes("", "seeds: 3\n", edits: ScenarioEdits(seeds: [3])).isEmpty)
  }

  @Test("arms that end up equal are named, however they are written")
  func equalArms() throws {
    let written = """
      strategy: {kind: fedprox, mu: 0.01}
      client: {optimizer: {momentum: 0.9}}
      arms:
        - {name: base}
        - {name: named, strategy: {kind: "fedprox"}}
        - {name: other, norm: fedbn}
        - {name: same, client: {optimizer: {kind: sgd, momentum: 9e-1, learning_rate: 0.01}, epochs: 1}, cohort: everyone}
        - {name: again, norm: {kind: fedbn}}
        - {name: unset, strategy: {mu: null}, data: {source: synthetic-digits}}
      """
    #expect(
      try Self.notes("", written) == [
        "arms 'base', 'named', 'same' and 1 more differ in nothing but their names",
        "arms 'other', 'again' differ in nothing but their names",
      ])
    #expect(
      try Self.notes("", "sweep: {client.batch_size: [32, 16]}\narms: [{name: x}, {name: y, weights: samples}]\n") == [
        "arms 'x,batch_size=32', 'y,batch_size=32' differ in nothing but their names",
        "arms 'x,batch_size=16', 'y,batch_size=16' differ in nothing but their names",
      ])
  }

  @Test("arms that differ in a single key are not equal", arguments: KeyTests.values.indices)
  func everyKey(index: Int) throws {
    let (path, values) = KeyTests.values[index]
    if values.isEmpty { return }
    let arms: [String] = values.enumerated().map { place, value in
      let parts = path.split(separator: ".").map(String.init)
      let nested = parts.dropFirst().reversed().reduce(value) { "{\($1): \($0)}" }
      return "  - {name: a\(place), \(parts[0]): \(nested)}\n"
    }
    let batch = path == "client.last_batch" ? "client: {batch_size: 3}\n" : ""
    let notes = try experiment(small(batch + "arms:\n" + arms.joined())).notes.filter {
      $0.contains("nothing but their names")
    }
    #expect(notes.isEmpty, "\(path): \(notes)")
  }
}

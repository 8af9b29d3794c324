import Foundation
import TestSupport
import Testing

/// Validation examples, from the scenario to the tables: they are evaluated, a round is chosen by them, and it is said.
@Suite struct ValidationRunTests {
  /// Three sites; each site's validation examples are its test examples once more, but where `other` turns their labels.
  private static func table(other: Bool) -> String {
    var lines = ["a,b,site,label,split"]
    for (number, site) in ["bern", "kiel", "oslo"].enumerated() {
      for row in 0..<24 {
        let label = row % 2
        let (a, b) = (Double(label) + 0.1 * Double(row % 5) - 0.2, Double(row % 7) / 7 + Double(number))
        lines.append("\(a),\(b),\(site),\(label),train")
        guard row < 8 else { continue }
        lines.append("\(a + 0.3),\(b),\(site),\(label),test")
        lines.append("\(a + 0.3),\(b),\(site),\(other ? 1 - label : label),val")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let scenario = """
    name: mine
    seeds: [1, 2]
    rounds: 6
    data: {source: csv, file: sites.csv, label: label, client: site, split: split}
    model: {kind: mlp, hidden: [4]}
    client: {batch_size: 8, optimizer: {kind: sgd, learning_rate: 0.2}}
    evaluation: {every: 1, subject: [client, union], phase: [after-aggregation, after-training]}
    checkpoint: {every: 1, keep: 1}
    arms:
      - {name: fedavg}
      - {name: fedbn, norm: fedbn}

    """

  private func recorded(other: Bool = false, _ text: String = scenario) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Self.table(other: other), to: "sites.csv")
    try folder.write(text, to: "mine.yaml")
    let result = try CoveyProcess.run(["run", "mine.yaml", "--quiet"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    return folder
  }

  private func selected(_ sql: String, in folder: TemporaryFolder) throws -> [String] {
    let result = try CoveyProcess.run(["sql", sql, "--format", "csv"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    return result.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
  }

  @Test func theSameExamplesHaveTheSameValues() throws {
    let folder = try recorded()
    let columns = "run_id, round, subject, client, model, norm_source, phase, samples, loss, accuracy"
    let values = try ["test", "validation"].map {
      try selected("SELECT \(columns) FROM evaluations WHERE split = '\($0)' ORDER BY 1, 2, 3, 4, 5, 6, 7", in: folder)
    }
    // Seven rounds of three clients and the union, and six of three clients after training, in four runs.
    #expect(values[0].count == 4 * (7 * 4 + 6 * 3))
    #expect(values[0] == values[1])
    #expect(
      try selected("SELECT DISTINCT name, validation_samples FROM clients ORDER BY client", in: folder) == [
        "bern,8", "kiel,8", "oslo,8",
      ])
    #expect(
      try selected("SELECT count(DISTINCT split_hash) || count(DISTINCT data_hash) FROM runs", in: folder) == ["11"])
    let verify = try CoveyProcess.run(["verify", "1", "--quiet"], in: folder.url)
    #expect(verify.status == 0, "\(verify.output)\(verify.errors)")
    let check = try CoveyProcess.run(["db", "check"], in: folder.url)
    #expect(check.status == 0, "\(check.output)\(check.errors)")
  }

  @Test func theBestRoundIsChosenOnThem() throws {
    // What is right on validation examples is wrong on test examples.
    let folder = try recorded(other: true)
    let compared = try CoveyProcess.run(["compare"], in: folder.url).output
    #expect(compared.contains("  best by val  "), "\(compared)")
    let json = try CoveyProcess.run(["compare", "--format", "json"], in: folder.url).output
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let arms = try #require(object["arms"] as? [[String: Any]])
    #expect(arms.map { $0["best_split"] as? String } == ["validation", "validation"])
    let runs = try #require(object["runs"] as? [[String: Any]])
    for run in runs {
      let (id, best) = (try #require(run["run"] as? Int), try #require(run["best_round"] as? Int))
      let rounds = try selected(
        """
        SELECT v.round, t.mean_accuracy FROM evaluation_summaries v JOIN evaluation_summaries t ON t.run_id = v.run_id
          AND t.round = v.round AND t.split = 'test' AND t.subject = 'client' AND t.phase = 'after-aggregation'
        WHERE v.run_id = \(id) AND v.split = 'validation' AND v.subject = 'client' AND v.phase = 'after-aggregation'
        ORDER BY v.mean_accuracy DESC, v.round LIMIT 1
        """, in: folder)
      #expect(rounds == ["\(best),\(try #require(run["best_mean"] as? Double))"])
    }
    let chosen = try #require(runs.first?["best_round"] as? Int)
    let export = try CoveyProcess.run(
      ["export", "1", "--weights", "w.safetensors", "--round", "best"], in: folder.url)
    // Round 0 has no checkpoint.
    #expect(
      export.errors.contains("(best on validation examples), the server's state"), "\(export.errors) \(chosen)")
    let history = try CoveyProcess.run(["history", "1", "--split", "validation"], in: folder.url).output
    #expect(
      history.contains("evaluated: clients, personal model, validation examples, norm source global"), "\(history)")
    let none = try CoveyProcess.run(["compare", "--split", "train"], in: folder.url)
    #expect(
      none.status == 64 && none.errors.contains("(default: test)") || none.errors.contains("test, validation"),
      "\(none.errors)")
  }

  @Test func withoutThemTheBestRoundIsThatOfTheComparedExamples() throws {
    let folder = try recorded(Self.scenario.replacing(", split: split", with: ", test: 0.25, ignore: [split]"))
    let json = try CoveyProcess.run(["compare", "--format", "json"], in: folder.url).output
    #expect(json.contains("\"best_split\": \"test\"") && !json.contains("\"best_split\": \"validation\""))
    let compared = try CoveyProcess.run(["compare"], in: folder.url).output
    #expect(compared.contains("   best  ") && !compared.contains("best by val"), "\(compared)")
    let missing = try CoveyProcess.run(["history", "1", "--split", "validation"], in: folder.url)
    #expect(missing.status != 0)
    #expect(missing.errors.contains("clients, personal model, validation examples"), "\(missing.errors)")
    let export = try CoveyProcess.run(
      ["export", "1", "--weights", "w.safetensors", "--round", "best"], in: folder.url)
    #expect(export.errors.contains("(best on test examples), the server's state"), "\(export.errors)")
  }

  @Test func splitsWithAsManyExamplesOfEachLabelAreStillOthers() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.table(other: false), to: "sites.csv")
    // Rows 0 and 2 have one label; they change hands.
    for (name, first, second) in [("a", 0, 2), ("b", 2, 0)] {
      try folder.write(
        """
        {"format": "covey-split", "version": 1, "clients": {"x": {"train": [\(first), 1, 3, 4], "test": [0, 1]},
          "y": {"train": [\(second), 5, 6, 7], "test": [2, 3]}}}
        """, to: "\(name).json")
    }
    try folder.write(
      """
      name: mine
      seeds: [1, 2]
      rounds: 1
      data: {source: csv, file: sites.csv, label: label, split: split, ignore: [site], partition: {kind: file, path: a.json}}
      model: {kind: mlp, hidden: [4]}
      client: {batch_size: 4}
      arms:
        - {name: one}
        - {name: two, data: {partition: {path: b.json}}}
      """, to: "mine.yaml")
    let result = try CoveyProcess.run(["run", "mine.yaml", "--quiet"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    let line = result.output.replacing("\n", with: " ")
    #expect(
      line.contains(
        #/mine: two has another split of the data than one \(seed 1: clients have other examples \(split [0-9a-f]{8} against [0-9a-f]{8}\)\): they are not paired/#
      ), "\(line)")
  }

  @Test func aRunDoesNotGoOnWithAnotherSplit() throws {
    let folder = try recorded()
    let before = try #require(try selected("SELECT split_hash FROM runs WHERE id = 1", in: folder).first)
    let database = folder.url.appendingPathComponent("covey.sqlite").path
    let change = Process()
    change.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    change.arguments = [
      "python3", "-c",
      "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute(\"UPDATE runs SET status = 'interrupted', split_hash = '0123456789abcdef' WHERE id = 1\"); d.commit()",
      database,
    ]
    try change.run()
    change.waitUntilExit()
    try #require(change.terminationStatus == 0)
    let resume = try CoveyProcess.run(["resume", "1", "--quiet"], in: folder.url)
    #expect(resume.status == 65)
    #expect(
      resume.errors.hasPrefix(
        "error: run 1 (mine/fedavg/1) has another split of the data in its record: SHA-256 0123456789ab… then, \(before.prefix(12))… now\n"
      ), "\(resume.errors)")
  }

  @Test func aPlanSaysWhoHasWhatInShort() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.table(other: false), to: "sites.csv")
    try folder.write(Self.scenario, to: "mine.yaml")
    let plan = try CoveyProcess.run(["validate", "mine.yaml"], in: folder.url, environment: ["COLUMNS": "200"]).output
    #expect(
      plan.contains(
        """
        Who has what
        arms           seed  clients  train  a client  validation  a client  test  a client  classes a client
        ─────────────  ────  ───────  ─────  ────────  ──────────  ────────  ────  ────────  ────────────────
        fedavg, fedbn     1        3     72        24          24         8    24         8                 2
        """), "\(plan)")
    let json = try CoveyProcess.run(["validate", "mine.yaml", "--format", "json"], in: folder.url).output
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let split = try #require((object["split"] as? [[String: Any]])?.first)
    #expect(
      split["validation"] as? Int == 24 && split["unseen"] as? Int == 0 && split["train_per_client"] as? String == "24")
  }
}

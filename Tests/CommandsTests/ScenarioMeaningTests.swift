import Foundation
import RunStore
import TestSupport
import Testing

/// What a scenario means is what it says, and the plan shows it.
@Suite struct ScenarioMeaningTests {
  private func folder(_ text: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(text, to: "x.yaml")
    return folder
  }

  /// A folder of `../shared/bugs`, copied; nil, and a word, where there is none.
  private func bug(_ name: String) throws -> TemporaryFolder? {
    guard let bugs = SharedFolders.bugs else {
      print("skipped: ../shared/bugs is not there")
      return nil
    }
    let folder = try TemporaryFolder()
    let source = bugs.appendingPathComponent(name)
    for file in try FileManager.default.contentsOfDirectory(atPath: source.path) where file.hasSuffix(".yaml") {
      try folder.write(String(contentsOf: source.appendingPathComponent(file), encoding: .utf8), to: file)
    }
    return folder
  }

  /// Starts the program and stops it after a moment.
  private func interrupted(_ arguments: [String], _ folder: TemporaryFolder) throws -> CoveyProcess.Result {
    let process = try CoveyProcess(arguments, in: folder.url)
    usleep(700_000)
    process.send(SIGINT)
    return try process.wait()
  }

  private func losses(_ folder: TemporaryFolder) throws -> [String: String] {
    let sql =
      "SELECT arm, printf('%.17g', sum(loss)) AS loss FROM evaluations JOIN runs ON runs.id = run_id GROUP BY run_id"
    let result = try CoveyProcess.run(["sql", sql, "--format", "csv"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\r\n").dropFirst().reduce(into: [:]) { losses, line in
      let parts = line.split(separator: ",").map(String.init)
      losses[parts[0]] = parts[1]
    }
  }

  @Test("01: an arm that names or quotes the kind has what it inherits")
  func namedKind() throws {
    guard let folder = try bug("01-named-default-kind") else { return }
    let run = try CoveyProcess.run(["run", "run.yaml", "--threads", "1"], in: folder.url)
    try #require(run.status == 0, "\(run.errors)")
    let losses = try losses(folder)
    #expect(losses.count == 6 && losses["named"] == losses["lr"] && losses["quoted"] == losses["base"])
    #expect(losses["named"] != losses["no-momentum"] && losses["quoted"] != losses["default-mu"])
    // The head shows what each arm ended up with.
    for line in [
      "note: arms 'base', 'quoted' differ in nothing but their names\n",
      "note: arms 'lr', 'named' differ in nothing but their names\n",
      "  client.optimizer.learning_rate: 0.02 in base, quoted, default-mu; 0.01 in lr, named, no-momentum\n",
      "  client.optimizer.momentum: 0.9 in base, lr, named, quoted and 1 more; 0 in no-momentum\n",
      "  strategy.mu: 5 in base, lr, named, no-momentum and 1 more; 0.01 in default-mu\n",
    ] {
      #expect(run.errors.contains(line), "\(line) in \(run.errors)")
    }
    let validate = try CoveyProcess.run(["validate", "data.yaml", "--format", "json"], in: folder.url)
    try #require(validate.status == 0, "\(validate.errors)")
    let plan = try #require(try JSONSerialization.jsonObject(with: Data(validate.output.utf8)) as? [String: Any])
    let arms = try #require(plan["arms"] as? [[String: Any]])
    #expect(arms.map { $0["clients"] as? Int } == [2, 2])
    #expect(plan["notes"] as? [String] == ["arms 'plain', 'named' differ in nothing but their names"])
    #expect((plan["differences"] as? [Any])?.isEmpty == true)
  }

  @Test("the plan lists the values at which arms differ, defaults included")
  func plan() throws {
    let folder = try folder(
      """
      name: plan
      rounds: 1
      data: {source: synthetic-patterns, shape: [4], classes: 2, train_per_client: 4, test_per_client: 4}
      model: {input: [4], layers: [{dense: 2}]}
      client: {optimizer: {learning_rate: 0.5, momentum: 0.9}}
      arms:
        - {name: base}
        - {name: adam, client: {optimizer: adam}}
        - {name: prox, strategy: {kind: fedprox, mu: 1}, client: {optimizer: {kind: "sgd", momentum: null}}}
      """)
    let table = try CoveyProcess.run(["validate", "x.yaml"], in: folder.url)
    #expect(table.status == 0 && table.errors.isEmpty)
    let start = try #require(table.output.range(of: "\nWhere arms differ\n"))
    #expect(
      table.output[start.upperBound...] == """
        key                             value    arms
        ──────────────────────────────  ───────  ──────────
        client.optimizer.kind           sgd      base, prox
        client.optimizer.kind           adam     adam
        client.optimizer.learning_rate  0.5      base, prox
        client.optimizer.learning_rate  0.001    adam
        client.optimizer.momentum       0.9      base
        client.optimizer.momentum       0        prox
        client.optimizer.momentum       –        adam
        client.optimizer.nesterov       false    base, prox
        client.optimizer.nesterov       –        adam
        client.optimizer.beta1          0.9      adam
        client.optimizer.beta1          –        base, prox
        client.optimizer.beta2          0.999    adam
        client.optimizer.beta2          –        base, prox
        client.optimizer.epsilon        1e-08    adam
        client.optimizer.epsilon        –        base, prox
        strategy.kind                   fedavg   base, adam
        strategy.kind                   fedprox  prox
        strategy.server_learning_rate   1        base, adam
        strategy.server_learning_rate   –        prox
        strategy.mu                     1        prox
        strategy.mu                     –        base, adam

        """)
    let json = try CoveyProcess.run(["validate", "x.yaml", "--format", "json"], in: folder.url)
    let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let rows = try #require(document["differences"] as? [[String: Any]])
    #expect(rows.count == 21 && rows[4]["key"] as? String == "client.optimizer.momentum")
    #expect(rows[4]["value"] as? String == "0.9" && rows[4]["arms"] as? [String] == ["base"])
    #expect(rows[6]["value"] is NSNull && rows[6]["arms"] as? [String] == ["adam"])
  }

  @Test("10: names that mean something else are refused before anything is run, and null unsets")
  func names() throws {
    if let folder = try bug("10-names-and-null") {
      let run = try CoveyProcess.run(["run", "latest.yaml"], in: folder.url)
      #expect(run.status == 65)
      #expect(
        run.errors == """
          latest.yaml:2:7: name: 'latest' is not allowed: it means the newest run where runs are asked for (allowed: another name)
          1 error; nothing was run

          """)
      let validate = try CoveyProcess.run(["validate", "unset.yaml", "--format", "json"], in: folder.url)
      #expect(validate.status == 0, "\(validate.errors)")
      let plan = try #require(try JSONSerialization.jsonObject(with: Data(validate.output.utf8)) as? [String: Any])
      let arms = try #require(plan["arms"] as? [[String: Any]])
      #expect(arms.map { $0["clients"] as? Int } == [4, 5, 4] && arms.map { $0["cohort"] as? Int } == [2, 2, 4])
    }
    for (name, why) in [
      ("1", "it means the run with that number where runs are asked for"),
      ("0042", "it means the run with that number where runs are asked for"),
      ("-x", "it would be an option of the command line"), ("--db", "it would be an option of the command line"),
    ] {
      let folder = try folder(TinyScenario.text().replacing("name: tiny", with: "name: \(name)"))
      let run = try CoveyProcess.run(["run", "x.yaml"], in: folder.url)
      #expect(
        run.status == 65
          && run.errors.hasPrefix("x.yaml:1:7: name: '\(name)' is not allowed: \(why) (allowed: another name)\n"),
        "\(run.errors)")
      let arms = try self.folder(TinyScenario.text().replacing("name: fedavg,", with: "name: \(name),"))
      let arm = try CoveyProcess.run(["run", "x.yaml"], in: arms.url)
      #expect(
        arm.status == 65 && arm.errors.contains(": arms[0].name: '\(name)' is not allowed: \(why) ("), "\(arm.errors)")
    }
    let latest = try folder(TinyScenario.text().replacing("name: fedbn,", with: "name: latest,"))
    let arm = try CoveyProcess.run(["validate", "x.yaml"], in: latest.url)
    #expect(arm.status == 65 && arm.errors.contains(": arms[1].name: 'latest' is not allowed: it means the newest run"))
  }

  @Test("runs that were recorded under such a name can still be verified")
  func recordedNames() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    let text = TinyScenario.text(rounds: 1).replacing("name: tiny", with: "name: '7'")
    let store = try RunStore(path: folder.url.appendingPathComponent("covey.sqlite").path, access: .readWrite)
    let quoted = text.replacing("'", with: "''")
    try store.execute(
      "UPDATE experiments SET name = '7', scenario = '\(quoted)', scenario_hash = '\(RunStore.sha256(of: text))'")
    store.close()
    let verify = try CoveyProcess.run(["verify", "1", "--quiet"], in: folder.url)
    #expect(verify.status == 0, "\(verify.errors)")
  }

  @Test("a tag that names runs is refused, and nothing is tagged")
  func tags() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    func tag(_ arguments: String...) throws -> CoveyProcess.Result {
      try CoveyProcess.run(["runs", "tag"] + arguments, in: folder.url)
    }
    let numbers = try tag("1", "2", "3", "word")
    #expect(numbers.status == 64)
    #expect(
      numbers.errors
        == "error: '2' names a run and can't be a tag; no run was tagged (a command tags one RUN: 'covey runs tag 1 TAG…', then 'covey runs tag 2 TAG…')\n"
    )
    for word in ["99", "tiny", "latest", "tiny/fedbn", "tiny/fedbn/1"] {
      let result = try tag("1", "paper", word)
      #expect(result.status == 64 && result.errors.contains("'\(word)' names "), "\(result.errors)")
    }
    #expect(try tag("1", "--format", "csv").output.contains("1,tiny/fedavg/1,,"))
    #expect(try tag("1", "paper", "fedbn", "1st").status == 0)
    // What an older version has given can be taken away.
    #expect(try tag("1", "99", "--remove").status == 0)
  }

  @Test("a text that YAML writes as an escape is kept so that it can be run, verified and resumed")
  func oddCharacters() throws {
    var texts = ["\\uFFFE", "\\uFFFF\\uFEFF\\u2028", "\\U0001FFFE\\uFDD0\\e\\a\\x7F\\N\\_\\u200D"].map {
      """
      name: odd
      description: "\($0)"
      rounds: 3
      data: {source: synthetic-patterns, shape: [4], classes: 2, domains: ["x\($0)", "y"], train_per_client: 4, test_per_client: 4}
      model: {input: [4], layers: [{dense: {name: "d\($0)", units: 2}}]}
      client: {batch_size: 2}
      checkpoint: {every: 1, keep: all}
      """
    }
    if let bugs = SharedFolders.bugs {
      texts.append(try String(contentsOf: bugs.appendingPathComponent("crafted/nonchar.yaml"), encoding: .utf8))
    }
    for text in texts {
      let folder = try folder(text)
      for edits in [[], ["--rounds", "2"]] {
        let run = try CoveyProcess.run(["run", "x.yaml", "--quiet"] + edits, in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        let verify = try CoveyProcess.run(["verify", "latest", "--quiet"], in: folder.url)
        #expect(verify.status == 0, "\(verify.errors)")
      }
      // Resumed and stopped again: it was read.
      let long = try interrupted(["run", "x.yaml", "--quiet", "--rounds", "1000000"], folder)
      #expect(long.status == 130, "\(long.errors)")
      let resume = try interrupted(["resume", "latest", "--quiet"], folder)
      #expect(resume.status == 130, "\(resume.errors)")
    }
  }

  @Test(
    "a text that the record could not give back is refused where it stands",
    arguments: ["\\0", "\\x00", "\\u0000", "x\\U00000000y"])
  func unkeepable(escape: String) throws {
    let folder = try folder(TinyScenario.text() + "\ndescription: \"\(escape)\"\n")
    let run = try CoveyProcess.run(["run", "x.yaml"], in: folder.url)
    #expect(
      run.status == 65 && run.errors.contains(":14: the text has the character U+0000, which a record can't hold\n"),
      "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("covey.sqlite").path))
  }

  @Test("halves of surrogate pairs are no text", arguments: ["\\uD800", "\\uDFFF", "\\uD83D\\uDE00", "\\U00110000"])
  func surrogates(escape: String) throws {
    let folder = try folder(TinyScenario.text() + "\ndescription: \"\(escape)\"\n")
    let run = try CoveyProcess.run(["run", "x.yaml"], in: folder.url)
    #expect(
      run.status == 65 && run.errors.contains(": not YAML: found invalid Unicode character escape code"),
      "\(run.errors)")
  }

  @Test("the plan of thousands of arms is soon there and short for a person", .timeLimit(.minutes(2)))
  func manyArms() throws {
    let head = """
      name: many
      rounds: 1
      data: {source: synthetic-patterns, shape: [4], classes: 2, train_per_client: 4, test_per_client: 4, domains: 2}
      model: {input: [4], layers: [{dense: 2}]}
      client: {batch_size: 4}

      """
    let arms = (0..<8000).map { "  - {name: a\($0), client: {optimizer: {learning_rate: \($0 + 1)e-5}}}\n" }.joined()
    let folder = try folder(head + "arms:\n" + arms)
    let json = try CoveyProcess.run(["validate", "x.yaml", "--format", "json"], in: folder.url)
    #expect(json.status == 0, "\(json.errors)")
    let plan = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect((plan["differences"] as? [Any])?.count == 8000 && (plan["arms"] as? [Any])?.count == 8000)
    let run = try CoveyProcess.run(["run", "x.yaml", "--arms", "a1,a2,a7999"], in: folder.url)
    #expect(
      run.errors.contains("  client.optimizer.learning_rate: 2e-05 in a1; 3e-05 in a2; 0.08 in a7999\n"),
      "\(run.errors.prefix(2000))")
    let table = try CoveyProcess.run(["validate", "x.yaml"], in: folder.url)
    #expect(table.output.contains("\nclient.optimizer.learning_rate  and 7988 more  –\n"))
  }
}

import Foundation
import RunStore
import TestSupport
import Testing

/// `history` and `drift` as queries of several runs, filtered, sorted and in pages.
@Suite struct HistoryQueryTests {
  /// Eight runs of two experiments, in `covey.sqlite`.
  private static func generated(rounds: Int = 3) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let path = folder.url.appendingPathComponent("covey.sqlite").path
    try GeneratedDatabase(runs: 8, rounds: rounds, clients: 5, layers: 2)
      .write(to: try RunStore(path: path, access: .readWrite))
    return folder
  }

  private func output(_ arguments: [String], _ folder: TemporaryFolder) throws -> String {
    let result = try CoveyProcess.run(arguments, in: folder.url)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result.output
  }

  private func csv(_ arguments: [String], _ folder: TemporaryFolder) throws -> [[String: String]] {
    let lines = try output(arguments + ["--format", "csv"], folder).split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return lines.dropFirst().map { Dictionary(zip(lines[0], $0)) { first, _ in first } }
  }

  private func objects(_ text: String) throws -> [[String: Any]] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
  }

  @Test func runsAreFilteredSortedAndPaged() throws {
    let folder = try Self.generated()
    #expect(try csv(["history"], folder).map { $0["run"] } == ["8", "7", "6", "5", "4", "3", "2", "1"])
    #expect(try csv(["history", "--arm", "fedbn"], folder).map { $0["run"] } == ["8", "7", "2"])
    #expect(try csv(["history", "--arm", "fedbn", "--arm", "silobn"], folder).count == 4)
    #expect(try csv(["history", "--seed", "2"], folder).map { $0["run"] } == ["8", "6"])
    #expect(try csv(["history", "--status", "failed"], folder).map { $0["error"] } == ["the loss is not a number"])
    let best = try csv(["history", "--sort", "accuracy:desc", "--limit", "3", "--offset", "1"], folder)
    let all = try csv(["history"], folder).compactMap { Double($0["accuracy"] ?? "") }.sorted(by: >)
    #expect(best.compactMap { Double($0["accuracy"] ?? "") } == Array(all[1...3]))
    let some = try csv(
      ["history", "--where", "experiment = quickstart and seed <= 1 and not arm like 'fedavg%'"], folder)
    #expect(some.map { $0["arm"] } == ["silobn", "fedbn"])
    #expect(try csv(["history", "--last", "2"], folder).map { $0["run"] } == ["8", "7"])
    let newest = try csv(["history", "--last", "4", "--sort", "run"], folder)
    #expect(newest.map { $0["run"] } == ["5", "6", "7", "8"], "the newest four, and only then the order")
    #expect(try csv(["history", "--last", "3", "--offset", "1"], folder).map { $0["run"] } == ["7", "6"])
    #expect(try csv(["history", "--last", "3", "--sort", "run", "--limit", "1"], folder).map { $0["run"] } == ["6"])
    #expect(try csv(["history", "--last", "2", "--arm", "fedavg"], folder).map { $0["run"] } == ["6", "5"])
    #expect(
      try output(["history", "--last", "3", "--limit", "2"], folder)
        .hasSuffix("1 more row: '--offset 2' goes on, '--limit 3' shows all\n"))
    let json = try objects(try output(["history", "--where", "run = 3", "--format", "json"], folder))
    #expect(json.count == 1 && json[0]["run"] as? Int == 3 && json[0]["over_time"] == nil)
    let table = try output(["history", "--limit", "2"], folder)
    #expect(table.contains("over time") && table.contains("█"))
    #expect(table.hasSuffix("\n\n6 more rows: '--offset 2' goes on, '--limit 8' shows all\n"))
  }

  @Test func rowsOfSeveralRunsSayWhichRunTheyAreOf() throws {
    let folder = try Self.generated()
    let rows = try csv(["history", "quickstart", "--rounds", "1..2"], folder)
    #expect(rows.count == 4 * 2)
    #expect(rows.map { $0["run"] } == ["1", "1", "2", "2", "3", "3", "4", "4"])
    #expect(rows[2]["arm"] == "fedbn" && rows[2]["seed"] == "1" && rows[2]["round"] == "1")
    let one = try csv(["history", "quickstart", "--arm", "fedbn"], folder)
    #expect(one.count == 4 && one[0]["arm"] == "fedbn", "the columns depend on the name, not on what is left")
    #expect(try csv(["history", "quickstart/fedbn/1"], folder)[0]["arm"] == nil)
    let two = try csv(["history", "1", "8", "--last", "1", "--metric", "accuracy"], folder)
    #expect(
      two.map { Set($0.keys) } == [
        ["run", "arm", "seed", "round", "accuracy"], ["run", "arm", "seed", "round", "accuracy"],
      ])
    let seeds = try csv(["history", "unseen-domain", "--seed", "2", "--clients", "--subject", "unseen"], folder)
    #expect(seeds.map { $0["run"] } == ["6", "8"] && seeds.allSatisfy { $0["domain"] == "street" })
    let single = try objects(try output(["history", "1", "--rounds", "1..2", "--format", "json"], folder))
    #expect(single.count == 2 && single[0]["run"] == nil)
    let table = try output(["history", "quickstart", "--sort", "accuracy:desc", "--limit", "3"], folder)
    #expect(table.hasPrefix("run  arm"))
    #expect(table.hasSuffix("13 more rows: '--offset 3' goes on, '--limit 16' shows all\n"))
  }

  @Test func clientsLayersAndKindsAreChosen() throws {
    let folder = try Self.generated()
    let client = try csv(["history", "1", "--clients", "--rounds", "2", "--client", "3"], folder)
    #expect(client.count == 1 && client[0]["domain"] == "chalk")
    #expect(try csv(["history", "1", "--domain", "ink"], folder).map { $0["round"] } == ["3"])
    #expect(try csv(["history", "1", "--domain", "ink", "--rounds", "0.."], folder).count == 4)
    let missing = try csv(["history", "1", "--clients", "--rounds", "0..", "--where", "staleness is null"], folder)
    #expect(Set(missing.compactMap { $0["round"] }) == ["0", "1"], "nobody has trained before round 1")
    #expect(try csv(["history", "1", "--layer", "bn2", "--last", "2"], folder).map { $0["round"] } == ["2", "3"])
    let kinds = try csv(["history", "5", "--evaluations", "--last", "1"], folder)
    #expect(kinds.map { $0["subject"] } == ["client", "unseen"] && kinds.map { $0["clients"] } == ["4", "1"])
    #expect(try csv(["history", "5", "--evaluations", "--subject", "unseen"], folder).count == 4)
    let stale = try csv(["history", "1", "--clients", "--sort", "update_norm:desc,client"], folder)
    let norms = stale.compactMap { Double($0["update_norm"] ?? "") }
    #expect(norms == norms.sorted(by: >) && norms.count == 5)
  }

  @Test func driftIsFilteredSortedAndPaged() throws {
    let folder = try Self.generated()
    let rows = try csv(
      ["drift", "1", "--domain", "ink", "--where", "kl is not null", "--sort", "kl:desc", "--limit", "2"], folder)
    let values = rows.compactMap { Double($0["kl"] ?? "") }
    #expect(rows.count == 2 && values == values.sorted(by: >) && rows.allSatisfy { $0["client"] == "0" })
    let several = try csv(["drift", "quickstart", "--arm", "fedbn", "--arm", "fedavg", "--rounds", "2"], folder)
    #expect(several.count == 2 * 5 * 2 && Set(several.compactMap { $0["run"] }) == ["1", "2"])
    let array = try objects(try output(["drift", "quickstart", "--rounds", "2", "--format", "json"], folder))
    #expect(array.count == 4 * 5 * 2 && array[0]["arm"] as? String == "fedavg")
    let table = try output(["drift", "1", "--where", "kl > 0", "--limit", "3"], folder)
    #expect(table.hasPrefix("round  client  domain"))
    #expect(table.hasSuffix("12 more rows: '--offset 3' goes on, '--limit 15' shows all\n"))
    let rankings = try output(["drift", "quickstart", "--domain", "ink"], folder)
    #expect(rankings.components(separatedBy: ": norm ").count == 5)
    #expect(rankings.contains("quickstart/silobn/1: norm silobn, failed"))
    let document = try output(["drift", "1", "--limit", "4", "--format", "json"], folder)
    let parsed = try #require(try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: Any])
    #expect((parsed["clients"] as? [Any])?.count == 4 && (parsed["farthest_clients"] as? [Any])?.count == 5)
    let top = try csv(["drift", "1", "--top", "2"], folder)
    #expect(Set(top.compactMap { $0["client"] }).count == 2)
    // The last layer has no statistics, so nobody is the farthest.
    #expect(try csv(["drift", "1", "--layer", "bn2"], folder).count == 3 * 5)
    #expect(try csv(["drift", "1", "--layer", "bn2", "--top", "2"], folder).isEmpty)
    #expect(try csv(["drift", "1", "--layer", "bn2", "--client", "2", "--top", "2"], folder).isEmpty)
  }

  @Test func nothingIsSaidInWords() throws {
    let folder = try Self.generated()
    let cases: [(arguments: [String], errors: String)] = [
      (["history", "--where", "accuracy > 2"], "no run meets this (there are 8)\n"),
      (["history", "--arm", "silobn", "--seed", "2"], "no run meets this (there are 8)\n"),
      (["history", "--offset", "9"], "no run is behind the first 9 (there are 8)\n"),
      (["history", "1", "--rounds", "7.."], "no round meets this (recorded: up to 3)\n"),
      (["history", "1", "--offset", "7"], "no round is behind the first 7 (there are 4)\n"),
      (["history", "1", "--clients", "--where", "accuracy > 2"], "no row meets this\n"),
      (["history", "1", "--clients", "--offset", "99"], "no row is behind the first 99 (there are 5)\n"),
      (["history", "1", "--layers", "--rounds", "9"], "no row meets this\n"),
      (["history", "1", "--evaluations", "--rounds", "9"], "no row meets this\n"),
      (["drift", "1", "--where", "kl > 100"], "no row meets this\n"),
      (["sql", "SELECT * FROM runs WHERE id = 99"], "no row meets this\n"),
    ]
    for (arguments, errors) in cases {
      for format in ["table", "json", "csv"] {
        let result = try CoveyProcess.run(arguments + ["--format", format], in: folder.url)
        #expect(result.status == 0)
        // For programs, rounds are rows of a query like all others.
        let isOfRounds = format != "table" && errors.contains("round")
        #expect(isOfRounds ? result.errors.hasPrefix("no row ") : result.errors == errors, "\(arguments) \(format)")
        if format == "json", arguments[0] != "drift" { #expect(try objects(result.output).isEmpty) }
      }
    }
    for (arguments, errors) in [
      (
        ["--arm", "fedbm"],
        "error: 'covey.sqlite' has no run with arm 'fedbm'; did you mean 'fedbn'? (allowed: fedavg, fedbn, silobn, "
          + "fedavg-group)\n"
      ), (["--arm", "fedbn", "--seed", "9"], "error: 'covey.sqlite' has no run with seed '9' (allowed: 1, 2)\n"),
    ] {
      let result = try CoveyProcess.run(["history"] + arguments, in: folder.url)
      #expect(result.status == 66 && result.output.isEmpty)
      #expect(result.errors == errors)
    }
  }

  @Test func whatWasCutOffIsSaid() throws {
    let folder = try Self.generated()
    let path = folder.url.appendingPathComponent("covey.sqlite").path
    #expect(try !output(["history"], folder).contains("covey resume"))
    let store = try RunStore(path: path, access: .readWrite)
    try store.execute(
      "UPDATE runs SET status = 'running', process = '999999999:1', finished_at = NULL, result_hash = NULL WHERE id = 1"
    )
    let table = try output(["history"], folder)
    #expect(table.contains("  cut off   ") && !table.contains("  running "))
    #expect(table.hasSuffix("\n\ncut off runs go on with: covey resume\n"))
    let json = try objects(try output(["history", "--status", "running", "--format", "json"], folder))
    #expect(json.count == 1 && json[0]["status"] as? String == "running")
    #expect(json[0]["error"] as? String == "cut off; go on with: covey resume")
    #expect(try output(["history", "1"], folder).contains("/1: cut off, 3 of 3 rounds\n"))
    let info = try output(["db", "info"], folder)
    #expect(info.contains("8 runs: ") && info.contains(", 1 cut off\n") && !info.contains(" running"))
  }

  @Test func whatIsComparedIsNarrowed() throws {
    let folder = try Self.generated()
    let text = try output(
      ["compare", "quickstart", "--arm", "fedbn", "--arm", "fedavg", "--format", "json"], folder)
    let comparison = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let arms = try #require(comparison["arms"] as? [[String: Any]])
    #expect(arms.map { $0["arm"] as? String } == ["fedavg", "fedbn"], "their order is that of the runs")
    let seed = try output(["compare", "unseen-domain", "--seed", "2", "--format", "json"], folder)
    let narrowed = try #require(try JSONSerialization.jsonObject(with: Data(seed.utf8)) as? [String: Any])
    let runs = try #require(narrowed["runs"] as? [[String: Any]])
    #expect(!runs.isEmpty && runs.allSatisfy { $0["seed"] as? Int == 2 })
    for (arguments, errors) in [
      (
        ["compare", "quickstart", "--arm", "fedbm"],
        "error: 'quickstart' has no run with arm 'fedbm'; did you mean 'fedbn'? (allowed: fedavg, fedbn, silobn, "
          + "fedavg-group)\n"
      ), (["compare", "quickstart", "--seed", "9"], "error: 'quickstart' has no run with seed '9' (allowed: 1)\n"),
    ] {
      let result = try CoveyProcess.run(arguments, in: folder.url)
      #expect(result.status == 66 && result.errors == errors)
    }
  }

  @Test func longTablesArePaged() throws {
    let folder = try Self.generated(rounds: 250)
    let table = try output(["history", "1"], folder)
    #expect(table.contains("\n\n51 more rows: '--offset 200' goes on, '--limit 251' shows all\n"))
    #expect(table.split(separator: "\n").count == 2 + 2 + 200 + 1 + 1)
    let rest = try output(["history", "1", "--offset", "200"], folder)
    #expect(!rest.contains("more row") && rest.contains("accuracy  "))
    #expect(try csv(["history", "1"], folder).count == 251, "programs get everything")
    #expect(try csv(["history", "1", "--limit", "7"], folder).count == 7)
    let clients = try output(["history", "1", "--client", "2"], folder)
    #expect(clients.hasSuffix("\n51 more rows: '--offset 200' goes on, '--limit 251' shows all\n"))
  }

  @Test func whatIsWrongIsSaid() throws {
    let folder = try Self.generated()
    let cases: [(arguments: [String], status: Int32, errors: String)] = [
      (
        ["history", "quickstart", "--arm", "fedbm"], 66,
        "error: 'quickstart' has no run with arm 'fedbm'; did you mean 'fedbn'? (allowed: fedavg, fedbn, silobn, "
          + "fedavg-group)\n"
      ),
      (["drift", "quickstart", "--seed", "7"], 66, "error: 'quickstart' has no run with seed '7' (allowed: 1)\n"),
      (
        ["history", "1", "--domain", "inc"], 66,
        "error: run 1 has no domain 'inc'; did you mean 'ink'? (allowed: ink, typeset, colour, chalk, street)\n"
      ),
      (["history", "1", "--layer", "fc1"], 66, "error: run 1 has no normalization layer 'fc1' (allowed: bn1, bn2)\n"),
      (["history", "quickstart", "--client", "9"], 66, "error: run 1 has no client 9 (allowed: 0 to 4)\n"),
      (
        ["history", "--sort", "acc"], 64,
        "error: '--sort' names no column 'acc'; did you mean 'accuracy'? (allowed: run, experiment, arm, strategy, norm, seed, "
          + "status, rounds_done, rounds_planned, accuracy, started_at, seconds, tags, error, note, untested_clients, "
          + "experiment_id, instruction_set, data_hash, split_hash, stop_reason, bound)\n"
      ),
      (
        ["history", "1", "--where", "accuracy < 0.5; DROP TABLE runs"], 64,
        "error: '--where accuracy < 0.5; DROP TABLE runs' is not a condition: a column, a value or an operator is expected "
          + "at character 15, not ';'\n"
      ),
      (["history", "--sort", "run:up"], 64, "error: '--sort run:up' names no direction 'up' (allowed: asc, desc)\n"),
      (
        ["drift", "quickstart", "--top", "2", "--format", "csv"], 64,
        "error: '--top' needs one run with '--format csv'\n"
      ),
      (
        ["drift", "quickstart", "--top", "2", "--format", "json"], 64,
        "error: '--top' needs one run with '--format json'\n"
      ),
    ]
    for example in cases {
      let result = try CoveyProcess.run(example.arguments, in: folder.url)
      #expect(result.status == example.status, "\(example.arguments)")
      #expect(result.errors == example.errors)
    }
    for (arguments, message) in [
      (["--limit", "0"], "'--limit 0' is not allowed (allowed: a whole number ≥ 1)"),
      (["--limit", "-1"], "'--limit -1' is not allowed (allowed: a whole number ≥ 1)"),
      (["--offset=-1"], "'--offset -1' is not allowed (allowed: a whole number ≥ 0)"),
      (["--offset", "-1"], "'--offset -1' is not allowed (allowed: a whole number ≥ 0)"),
      (["--last", "-2"], "'--last -2' is not allowed (allowed: a whole number ≥ 1)"),
      (
        ["1", "--rounds", "20..10"],
        "'20..10' is invalid for '--rounds <range>': it ends before it begins (allowed: 10..20, 10.., ..20 or 10)"
      ),
      (["1", "--rounds", "a.."], "'--rounds <range>': not a range of rounds (allowed: 10..20, 10.., ..20 or 10)"),
      (["1", "--status", "failed"], "'--status' is for the list of runs, without a run"),
      (["1", "--evaluations", "--layers"], "'--evaluations' can't be combined with options for clients or layers"),
      (
        ["--domain", "ink"],
        "'--rounds', '--clients', '--client', '--domain', '--layers', '--layer', '--evaluations' and '--metric' need a run"
      ),
    ] {
      let result = try CoveyProcess.run(["history"] + arguments, in: folder.url)
      #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
    }
    for option in [["--where", "kl > 0"], ["--sort", "kl"], ["--limit", "3"], ["--offset", "1"]] {
      let result = try CoveyProcess.run(["drift", "1", "--top", "2"] + option, in: folder.url)
      let message =
        "with '--where', '--sort', '--limit' and '--offset', '--top' needs '--format json' or '--format csv'"
      #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
      let rows = try CoveyProcess.run(["drift", "1", "--top", "2", "--format", "csv"] + option, in: folder.url)
      #expect(rows.status == 0, "\(rows.errors)")
    }
  }

  /// Every documented command runs, on a database that has what they name.
  @Test func documentedCommandsRun() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.appendingPathComponent("covey.sqlite").path
    try GeneratedDatabase(runs: 8, rounds: 40, clients: 20, layers: 5)
      .write(to: try RunStore(path: path, access: .readWrite))
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var documentation = ""
    for name in ["README.md", "Docs/Record.md", "Docs/Measures.md"] {
      documentation += try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
    }
    for command in ["history", "drift", "compare"] { documentation += try output([command, "--help"], folder) }
    let words = documentation.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for query in try DocumentedQuery.all(inFile: root.appendingPathComponent("Docs/queries.txt").path) {
      #expect(words.contains(query.text), "'\(query.text)' is not in the documentation")
      if let arguments = query.arguments { #expect(try !output(arguments, folder).isEmpty) }
    }
  }
}

import Foundation
import TestSupport
import Testing

/// The commands that the documents name are run, at small size, or stand in a short list with the reason.
@Suite(.serialized, .timeLimit(.minutes(20))) struct DocumentedCommandTests {
  private static let root = SharedFolders.scenarios.deletingLastPathComponent()

  /// The documents whose commands count.
  private static let documents: [String] = {
    let guides =
      (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("Docs/Guides").path)) ?? []
    let docs = (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("Docs").path)) ?? []
    return ["README.md", "CONTRIBUTING.md"] + docs.filter { $0.hasSuffix(".md") }.map { "Docs/\($0)" }.sorted()
      + guides.filter { $0.hasSuffix(".md") }.map { "Docs/Guides/\($0)" }.sorted()
  }()

  /// What stands in code blocks of a document, line by line; a line whose quotation or backslash goes on is one with the
  /// next.
  private static func blockLines(_ document: String) throws -> [String] {
    let text = try String(contentsOf: root.appendingPathComponent(document), encoding: .utf8)
    var lines: [String] = []
    var isInside = false
    var open = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isInside.toggle()
        open = ""
        continue
      }
      guard isInside else { continue }
      open += open.isEmpty ? line.trimmingCharacters(in: .whitespaces) : "\n" + line
      if open.hasSuffix("\\") { continue }
      let code = open.split(separator: "\n").map { $0.split(separator: " #", maxSplits: 1)[safe: 0] ?? "" }.joined()
      if open.hasPrefix("covey "),
        code.count(where: { $0 == "'" }) % 2 == 1 || code.count(where: { $0 == "\"" }) % 2 == 1
      {
        continue
      }
      lines.append(open)
      open = ""
    }
    return lines
  }

  /// The commands of a program in all documents, each once.
  private static func commands(_ prefix: String) throws -> [String] {
    var known: Set<String> = []
    return try documents.flatMap(blockLines).filter { $0.hasPrefix(prefix) && known.insert($0).inserted }
  }

  /// Commands that this test does not run, by how they begin, with the reason.
  private static let notRun: [(beginning: String, reason: String)] = [
    ("covey serve", "goes on until it is interrupted: ServeCommandTests"),
    ("covey runs rm 3", "asks whoever types it: RunsCommandTests"),
    ("covey resume quickstart/fedbn/2", "a run that is finished has nothing to resume: FaultTests"),
    ("covey extend quickstart --arms more.yaml", "the reader's own arms: ExtendCommandTests"),
    ("covey sql - <", "reads a file of the reader's: HistoryQueryTests"),
    ("covey history RUN --norm-source average", "an evaluation that a scenario asks for: EvaluationCommandTests"),
    ("covey history RUN --subject unseen", "an evaluation that a scenario asks for: EvaluationCommandTests"),
    ("covey history RUN --phase after-training", "an evaluation that a scenario asks for: EvaluationCommandTests"),
    ("covey compare --subject unseen", "an evaluation that a scenario asks for: EvaluationCommandTests"),
    ("covey compare local-epochs --arm fedavg-e4", "a study of minutes: StudyTests run it at reduced size"),
    ("covey run order.yaml", "the reader's own scenario"),
    ("covey export order/", "a run of the reader's own scenario"),
    ("covey export controlled/", "a run of the reader's own scenario"),
    ("covey history order-B/", "a run of the reader's own scenario"),
    ("covey run five.yaml", "the reader's own scenario"),
    ("covey run replaced.yaml", "the reader's own scenario"),
    ("covey run Scenarios/norms.yaml --set name=norms-real", "wants data that the reader fetches"),
  ]

  /// A record with the experiments that the documents speak of, each of a few rounds on few examples.
  private static func record(in folder: URL) throws {
    let small = ["--set", "data.train_per_client=24", "--set", "data.test_per_client=5", "--quiet", "--threads", "2"]
    let runs: [(scenario: String, more: [String])] = [
      ("unseen-domain", ["--rounds", "1", "--seeds", "1"]),
      ("partial-participation", ["--rounds", "1", "--seeds", "1"]),
      ("label-skew-norms", ["--rounds", "1", "--seeds", "1"]),
      ("scanner-and-label-skew", ["--rounds", "1", "--seeds", "1"]),
      ("quickstart", ["--rounds", "20", "--seeds", "1,2"]),
    ]
    for (scenario, more) in runs {
      let path = SharedFolders.scenarios.appendingPathComponent("\(scenario).yaml").path
      let result = try CoveyProcess.run(["run", path, "--db", "covey.sqlite"] + more + small, in: folder)
      #expect(result.status == 0, "\(scenario): \(result.errors)")
    }
    try FileManager.default.createSymbolicLink(
      at: folder.appendingPathComponent("Scenarios"), withDestinationURL: SharedFolders.scenarios)
    // The table and the scenario that Docs/Data.md speaks of.
    try folder.appendingPathComponent("heart.csv").writeText(
      "age,chol,disease,hospital\n63,233,no,bern\n41,204,yes,bern\n56,236,no,oslo\n57,354,yes,oslo\n")
    try folder.appendingPathComponent("my.yaml").writeText(
      "name: my\nrounds: 1\nmodel: mlp\ndata: {source: csv, file: heart.csv, label: disease, client: hospital}\n")
    let tag = try CoveyProcess.run(["runs", "tag", "quickstart", "paper", "--db", "covey.sqlite"], in: folder)
    #expect(tag.status == 0, "\(tag.errors)")
  }

  @Test func eachCommandOfADocumentWorks() throws {
    let folder = try TemporaryFolder()
    try Self.record(in: folder.url)
    let commands = try Self.commands("covey ")
    #expect(commands.count > 60)
    var used: Set<String> = []
    for written in commands {
      if let (beginning, _) = Self.notRun.first(where: { written.hasPrefix($0.beginning) }) {
        used.insert(beginning)
        continue
      }
      var command = written.replacing("RUN", with: "quickstart/fedbn/1")
      // Scenarios are run at reduced size by other tests; here their options are read, their data opened.
      if command.hasPrefix("covey run ") {
        command = command.replacing("covey run ", with: "covey validate ").replacing(#/ --db [\w.-]+/#, with: "")
      }
      command = command.replacing(#/ --db docs\.sqlite/#, with: "").replacing("=N ", with: "=100 ")
      let result = try shell(command, in: folder.url)
      #expect(result.status == 0, "\(written)\n\(result.errors)")
    }
    let stale = Self.notRun.map(\.beginning).filter { !used.contains($0) }
    #expect(stale.isEmpty, "no document names them any more")
  }

  /// Runs a line as a shell does, in which `covey` is the built program.
  private func shell(_ line: String, in folder: URL) throws -> CoveyProcess.Result {
    try folder.appendingPathComponent("line.sh").writeText("covey() { \"$COVEY\" \"$@\"; }\n\(line) </dev/null\n")
    return try CoveyProcess.run(
      [], in: folder, environment: ["COVEY": CoveyProcess.path.path, "COVEY_DB": "covey.sqlite"],
      under: ["/usr/bin/env", "sh", "line.sh"])
  }

  // MARK: Scripts

  /// The scripts that no test runs, with the reason. `script/test` is what runs this.
  private static let scriptsNotRun: Set<String> = [
    // The set-up, the tests and what the continuous integration runs before and behind them.
    "script/setup", "script/test", "script/lint", "script/run",
    // Minutes, root or pip: CONTRIBUTING.md says when to run them.
    "script/check-threads", "script/check-faults", "script/check-fuzz", "script/check-queries",
    "script/check-tensorboard", "script/test-python",
    "script/make-large-database",
  ]

  @Test func eachScriptThatADocumentNamesIsThereAndKnown() throws {
    var named: Set<String> = []
    for document in Self.documents {
      let text = try String(contentsOf: Self.root.appendingPathComponent(document), encoding: .utf8)
      named.formUnion(text.matches(of: #/script\/[a-z]+(?:-[a-z]+)*/#).map { String($0.0) })
    }
    for name in named {
      #expect(FileManager.default.isExecutableFile(atPath: Self.root.appendingPathComponent(name).path), "\(name)")
    }
    #expect(named.subtracting(Self.scriptsNotRun) == ["script/bench", "script/bench-peers", "script/check-repeats"])
    #expect(Self.scriptsNotRun.subtracting(named).isEmpty, "no document names them any more")
  }

  /// The folder with what the tests' build made.
  private static let binaries = CoveyProcess.path.deletingLastPathComponent()

  private func script(_ name: String, _ arguments: [String], in folder: URL) throws -> CoveyProcess.Result {
    let peer = SharedFolders.fixtures.appendingPathComponent("stand-in-peer.py").path
    try folder.appendingPathComponent("line.sh").writeText(
      "exec \(Self.root.path)/script/\(name) \(arguments.joined(separator: " "))\n")
    return try CoveyProcess.run(
      [], in: folder, environment: ["COVEY_BINARIES": Self.binaries.path, "COVEY_PEER": peer],
      under: ["/usr/bin/env", "bash", "line.sh"])
  }

  /// What of a measurement tells that it was one.
  private struct Measured: Decodable {
    let workload: String
    let rounds: Int
    let clientUpdates: Int
    let samplesPerSecond: Double
  }

  @Test func workloadsAreTimed() throws {
    let folder = try TemporaryFolder()
    let table = try script("bench", ["--only", "w3", "--rounds", "3"], in: folder.url)
    #expect(table.status == 0, "\(table.errors)")
    #expect(table.output.hasPrefix("workload"))
    #expect(table.output.contains(#/\nw3 +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +\d+ % +\d+ +[\d.]+\n/#), "\(table.output)")
    let json = try script("bench", ["--only", "w3", "--rounds", "3", "--json"], in: folder.url)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let measured = try decoder.decode([Measured].self, from: Data(json.output.utf8))
    #expect(measured.map(\.workload) == ["w3"] && measured.allSatisfy { $0.rounds >= 3 })
    #expect(measured.allSatisfy { $0.clientUpdates > 0 && $0.samplesPerSecond > 0 })
    let wrong = try script("bench", ["--only", "w9"], in: folder.url)
    #expect(wrong.status == 64 && wrong.errors.contains("unknown workload 'w9'"), "\(wrong.errors)")
  }

  static let hasPython = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

  @Test(.enabled(if: hasPython, "there is no Python")) func workloadsAreTimedInTurnWithAPeer() throws {
    let folder = try TemporaryFolder()
    let result = try script("bench-peers", ["--seconds", "1", "1", "W3"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("workload  "))
    #expect(
      result.output.contains(
        #/\nw3 +[\d,]+ +1,000 +1,500 +1,250 +[\d.]+ \([\d.]+ to [\d.]+\) +\d+% +\d+ : 123 +[\d.]+ : 1.25\n/#),
      "\(result.output)")
    #expect(result.errors.contains("w3: looking for the best settings of two-processes"))
    let json = try script("bench-peers", ["--seconds", "1", "--no-tune", "--json", "1", "W3"], in: folder.url)
    #expect(json.status == 0 && json.output.contains("\"best_peer\": \"two-threads\""), "\(json.errors)")
  }
}

extension URL {
  /// Writes a text file.
  fileprivate func writeText(_ text: String) throws { try Data(text.utf8).write(to: self) }
}

extension Array {
  /// The element at a place that may not be there.
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

import Foundation
import Records
import RunStore
import Tensors
import TestSupport
import Testing

/// What every command says of clients without test examples: they have no test value, and are counted.
@Suite struct UntestedClientCommandTests {
  /// Writes clients with so many training and test examples of four values, labels 0 and 1 in turn.
  private func write(_ counts: [(train: Int, test: Int)], to folder: TemporaryFolder) throws {
    var tensors: [(name: String, tensor: SafetensorsTensor)] = []
    for (client, count) in counts.enumerated() {
      for (prefix, size) in [("", count.train), ("test_", count.test)] where size > 0 {
        let x = (0..<(4 * size)).map { Float(($0 * 7 + client) % 5) }
        tensors.append(("client\(client).\(prefix)x", .floats(shape: [size, 4], x)))
        tensors.append(("client\(client).\(prefix)y", .integers(shape: [size], (0..<size).map { Int64($0 % 2) })))
      }
    }
    try folder.write(bytes: encodeSafetensors(tensors, metadata: [:]), to: "clients.safetensors")
  }

  private func scenario(_ extra: String = "", data: String = "") -> String {
    """
    name: some
    seeds: [1, 2]
    rounds: 2
    data: {source: safetensors, file: clients.safetensors\(data)}
    model: mlp
    client: {batch_size: 4}
    checkpoint: {every: 1}
    \(extra)
    arms: [{name: a}, {name: b, norm: fedavg, strategy: fedavgm}]

    """
  }

  /// A folder with the runs of such clients, and what `run` said.
  private func recorded(
    _ counts: [(train: Int, test: Int)], extra: String = "", data: String = ""
  ) throws -> (folder: TemporaryFolder, result: CoveyProcess.Result) {
    let folder = try TemporaryFolder()
    try write(counts, to: folder)
    try folder.write(scenario(extra, data: data), to: "some.yaml")
    let result = try CoveyProcess.run(["run", "some.yaml"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    return (folder, result)
  }

  private func covey(_ line: String, _ folder: TemporaryFolder) throws -> CoveyProcess.Result {
    let result = try CoveyProcess.run(line.split(separator: " ").map(String.init), in: folder.url)
    #expect(result.status == 0, "\(line): \(result.errors)")
    return result
  }

  /// A text without the breaks of its lines.
  private func unwrapped(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private let left = "2 of 4 clients without test examples"

  @Test func theirNumberStandsWhereverAMeanDoes() throws {
    let (folder, run) = try recorded([(8, 6), (8, 0), (8, 6), (8, 0)])
    #expect(
      run.errors.contains("note: 2 of 4 clients have no test examples: they have no test value and are in no mean\n"))
    #expect(run.errors.contains(" (2 of 4 clients without test examples)\n"))
    #expect(unwrapped(run.output).contains("\(left) are left out."))
    let store = try StoredResults(folder.url.appendingPathComponent("covey.sqlite")).store
    let tested = try store.evaluations(run: 1, round: 2, of: EvaluationSelection()).tested
    #expect(tested.map(\.client) == [0, 2])
    let mean = tested.compactMap(\.accuracy).reduce(0, +) / 2
    #expect(try store.rounds(run: 1).last?.meanAccuracy == mean)

    #expect(
      try covey("history", folder).output.contains("untested: clients without test examples, which have no test value"))
    let rounds = try covey("history 1", folder).output
    #expect(
      rounds.contains("\n\(left): they have no test value and are in no mean\n") && rounds.contains(" untested\n"))
    let clients = try covey("history 1 --clients", folder).output
    #expect(clients.contains("2 of 4 rows of clients without test examples: they have no test value\n"))
    #expect(try covey("history some", folder).output.contains("\n2 clients without test examples: they have no"))
    for line in ["history --format csv", "history 1 --format csv", "history 1 --evaluations --format csv"] {
      let output = try covey(line, folder).output
      #expect(output.contains("untested_clients"), "\(line)")
    }
    let rows = try covey("history 1 --clients --format csv", folder).output.split(separator: "\r\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    func cells(_ row: Int) -> [Substring] {
      ["loss", "accuracy", "split"].map { name in rows[0].firstIndex { $0 == name }.map { rows[row][$0] } ?? "none" }
    }
    try #require(rows.count == 5)
    #expect(cells(2) == ["", "", "train"] && cells(4) == ["", "", "train"])
    #expect(cells(1)[2] == "test" && cells(1)[0] != "" && cells(1)[1] != "")

    let compared = try covey("compare some", folder).output
    #expect(unwrapped(compared).contains("deviation over seeds; \(left) left out arm"))
    #expect(unwrapped(compared).contains("worse off than under a; \(left) left out arm"))
    #expect(!compared.contains("client 1") && !compared.contains("client 3"))
    #expect(try covey("compare some --format json", folder).output.contains("\"untested_clients\": 2"))
    let page = try covey("report -o - some", folder).output
    #expect(page.components(separatedBy: "\(left) left out").count > 6, "every caption of evaluations")
    #expect(try covey("plot accuracy -o - some", folder).output.contains("\(left) left out"))
    #expect(try covey("db check", folder).output.contains("no problems"))
  }

  @Test func curvesForOtherProgramsLeaveThemOut() throws {
    let (folder, _) = try recorded([(8, 6), (8, 0)])
    _ = try covey("export 1 --tensorboard logs --csv records", folder)
    let file = folder.url.appendingPathComponent("logs/some/a/1/events.out.tfevents.covey")
    let events = try DecodedEvents([UInt8](Data(contentsOf: file))).events
    let scalars = try #require(events.last).scalars
    #expect(scalars.contains { $0.tag == "clients/untested" && $0.value == 1 })
    #expect(scalars.contains { $0.tag == "accuracy/client/0" } && !scalars.contains { $0.tag == "accuracy/client/1" })
    let rounds = try String(contentsOf: folder.url.appendingPathComponent("records/rounds.csv"), encoding: .utf8)
    let lines = rounds.split(separator: "\r\n")
    #expect(lines[0].contains(",evaluated_clients,untested_clients,") && lines[3].contains(",1,1,"))
  }

  @Test func withoutAnyTestExamplesThereIsNoMean() throws {
    let (folder, run) = try recorded([(8, 0), (8, 0)])
    #expect(
      run.errors.contains(
        "note: no client has test examples: there is no test value, no mean over test data and no best round\n"))
    #expect(run.errors.contains("some/a/1: finished, 2 of 2 clients without test examples\n"))
    let reason = "no client that was evaluated after round 2 has test examples"
    #expect(unwrapped(run.output).hasPrefix("some: none of the 4 runs can be compared: \(reason). "))
    for command in ["compare some --metric loss", "compare some --metric worst"] {
      let output = try unwrapped(covey(command, folder).output)
      #expect(output.hasPrefix("some: none of the 4 runs can be compared: \(reason). "))
    }
    let best = try CoveyProcess.run(["export", "1", "--weights", "w", "--round", "best"], in: folder.url)
    #expect(best.status == 66)
    #expect(
      best.errors
        == "error: run 1 has no checkpoint of a round that was evaluated on test examples: no client has any\n")
    let store = try StoredResults(folder.url.appendingPathComponent("covey.sqlite")).store
    #expect(try store.evaluations(run: 1, rounds: 2...2).map(\.split) == [.train, .train])
    #expect(try covey("report -o - some", folder).output.contains("No client has test examples."))
  }

  @Test func theUnionAndUnseenClientsAreNoExceptions() throws {
    let (folder, run) = try recorded(
      [(8, 6), (8, 0), (8, 6), (8, 0), (8, 6)], extra: "evaluation: {subject: [client, union, unseen]}",
      data: ", unseen: {clients: 2}")
    let store = try StoredResults(folder.url.appendingPathComponent("covey.sqlite")).store
    for (subject, name) in [(EvaluationSubject.client, "client"), (.unseen, "unseen"), (.union, "union")] {
      let row = try #require(try store.rounds(run: 1, of: EvaluationSelection(subject: subject)).last)
      let untested = try store.evaluations(run: 1, rounds: 2...2).filter {
        $0.record.split == .train && $0.record.subject == (subject == .union ? .client : subject)
      }
      #expect(row.untestedClients == untested.count, "\(name)")
      if !untested.isEmpty, row.meanAccuracy != nil {
        let output = try covey("compare some --subject \(name)", folder).output
        #expect(unwrapped(output).contains("without test examples left out"), "\(name)")
      }
    }
    #expect(run.errors.contains(" no test examples: "))
  }

  @Test(.enabled(if: SharedFolders.bugs != nil, "needs ../shared/bugs"))
  func coinTossesAreNotLearned() throws {
    let bugs = try #require(SharedFolders.bugs).appendingPathComponent("02-clients-without-test")
    let folder = try TemporaryFolder()
    for name in ["run.yaml", "mix.safetensors"] {
      try FileManager.default.copyItem(
        at: bugs.appendingPathComponent(name), to: folder.url.appendingPathComponent(name))
    }
    let result = try CoveyProcess.run(["run", "run.yaml"], in: folder.url)
    #expect(result.status == 0)
    #expect(
      result.errors.contains("note: 2 of 3 clients have no test examples: they have no test value and are in no mean\n")
    )
    #expect(unwrapped(result.output).contains("2 of 3 clients without test examples are left out."))
    let store = try StoredResults(folder.url.appendingPathComponent("covey.sqlite")).store
    for run in try store.allRuns() {
      let row = try #require(try store.rounds(run: run.id).last)
      let only = try store.evaluations(run: run.id, round: row.round, of: EvaluationSelection())
      #expect(row.meanAccuracy == only[0].accuracy && only.map(\.split) == [.test, .train, .train])
      // Labels are coin tosses: nothing can be learned of those of 60 test examples.
      #expect(try #require(row.meanAccuracy) < 0.7)
    }
  }
}

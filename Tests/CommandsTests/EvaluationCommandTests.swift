import Foundation
import TestSupport
import Testing

/// `history` and `compare` on runs with several kinds of evaluations.
@Suite struct EvaluationCommandTests {
  /// A run of two arms with one domain of five unseen, and several rows a client.
  private static func ran() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 2), to: "tiny.yaml")
    let result = try CoveyProcess.run(
      [
        "run", "tiny.yaml", "--seeds", "1", "--set", "data.unseen={domains: [street]}", "--set",
        "evaluation={subject: [client, union, unseen], phase: [after-aggregation, after-training]}", "--set",
        "arms.fedbn.evaluation={norm_source: [own, average, batch]}", "--quiet",
      ], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    return folder
  }

  private func csv(_ arguments: [String], in folder: TemporaryFolder) throws -> [[String: String]] {
    let result = try CoveyProcess.run(arguments + ["--format", "csv"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return lines.dropFirst().map { Dictionary(zip(lines[0], $0)) { first, _ in first } }
  }

  @Test func roundsOfASelection() throws {
    let folder = try Self.ran()
    let plain = try csv(["history", "tiny/fedbn/1"], in: folder)
    #expect(plain.map { $0["norm_source"] } == ["own", "own", "own"])
    let average = try csv(["history", "tiny/fedbn/1", "--norm-source", "average"], in: folder)
    #expect(average.map { $0["norm_source"] } == ["average", "average", "average"])
    #expect(average.map { $0["loss"] } != plain.map { $0["loss"] })
    let unseen = try csv(["history", "tiny/fedbn/1", "--subject", "unseen"], in: folder)
    #expect(unseen.map { $0["norm_source"] } == ["average", "average", "average"])
    let trained = try csv(["history", "tiny/fedavg/1", "--phase", "after-training"], in: folder)
    #expect(trained.map { $0["norm_source"] } == ["", "own", "own"])
    let table = try CoveyProcess.run(["history", "tiny/fedbn/1", "--subject", "union"], in: folder.url)
    #expect(table.output.contains("evaluated: all clients together, global model, norm source average\n"))
    let usual = try CoveyProcess.run(["history", "tiny/fedavg/1"], in: folder.url)
    #expect(usual.output.contains("evaluated: clients, personal model, norm source global\n"))
  }

  @Test func clientsOfASelection() throws {
    let folder = try Self.ran()
    let all = try csv(["history", "tiny/fedbn/1", "--clients"], in: folder)
    // Own, average and batch of four clients, own and batch of their training; average and batch of the unseen one.
    #expect(all.count == 4 * 5 + 2)
    #expect(Set(all.compactMap { $0["subject"] }) == ["client", "unseen"])
    let unseen = try csv(["history", "tiny/fedbn/1", "--clients", "--subject", "unseen"], in: folder)
    #expect(unseen.map { $0["client"] } == ["4"] && unseen.map { $0["domain"] } == ["street"])
    let batch = try csv(["history", "tiny/fedbn/1", "--client", "2", "--norm-source", "batch"], in: folder)
    #expect(batch.map { $0["norm_source"] } == ["batch", "batch", "batch"])
    let table = try CoveyProcess.run(["history", "tiny/fedbn/1", "--clients"], in: folder.url).output
    #expect(table.split(separator: "\n").count == 2 + 4, "people see one row a client")
  }

  @Test func comparingUnseenClients() throws {
    let folder = try Self.ran()
    let seen = try csv(["compare"], in: folder)
    let unseen = try csv(["compare", "--subject", "unseen"], in: folder)
    #expect(seen.map { $0["arm"] } == ["fedavg", "fedbn"] && unseen.map { $0["arm"] } == ["fedavg", "fedbn"])
    for arm in ["fedavg", "fedbn"] {
      let rounds = try csv(["history", "tiny/\(arm)/1", "--subject", "unseen"], in: folder)
      let compared = unseen.first { $0["arm"] == arm }
      #expect(compared?["final_mean"] == rounds.last?["accuracy"])
    }
    let losses = try csv(["compare", "--subject", "unseen", "--metric", "loss"], in: folder)
    for arm in ["fedavg", "fedbn"] {
      let rounds = try csv(["history", "tiny/\(arm)/1", "--subject", "unseen"], in: folder)
      let loss = Double(losses.first { $0["arm"] == arm }?["final_mean"] ?? "") ?? .nan
      #expect(abs(loss - (Double(rounds.last?["loss"] ?? "") ?? .nan)) < 1e-9)
    }
    let table = try CoveyProcess.run(["compare", "--subject", "unseen"], in: folder.url).output
    #expect(table.hasPrefix("compared: unseen clients, global model\n") && table.contains("street"))
  }

  @Test func anUnseenClientIsFoundByItsNumber() throws {
    let folder = try Self.ran()
    let table = try CoveyProcess.run(["history", "tiny/fedavg/1", "--client", "4"], in: folder.url).output
    #expect(table.split(separator: "\n").count == 2 + 3, "a row for each of the rounds 0, 1 and 2")
  }

  @Test func withoutTheUsualEvaluationsOthersAreCompared() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 1, extra: "evaluation: {subject: union}"), to: "tiny.yaml")
    let run = try CoveyProcess.run(["run", "tiny.yaml", "--quiet"], in: folder.url)
    #expect(run.status == 0 && run.output.hasPrefix("compared: all clients together, global model\n"))
    let rounds = try csv(["history", "tiny/fedavg/1", "--subject", "union"], in: folder)
    let compared = try csv(["compare", "tiny/fedavg/1", "--metric", "loss"], in: folder)
    #expect(rounds.count == 2 && compared.map { $0["arm"] } == ["fedavg", "fedbn"])
  }

  @Test func whatIsNotThereIsSaid() throws {
    let folder = try Self.ran()
    let history = try CoveyProcess.run(["history", "tiny/fedavg/1", "--norm-source", "pooled"], in: folder.url)
    #expect(history.status == 66)
    #expect(
      history.errors == "error: there is no evaluation of clients, personal model, norm source pooled (there is: "
        + "all clients together, global model, norm source global; clients, personal model, after training, norm source "
        + "own; clients, personal model, norm source global; unseen clients, global model, norm source global)\n")
    let misplaced = try CoveyProcess.run(["history", "--subject", "unseen"], in: folder.url)
    #expect(misplaced.status == 64)
    #expect(
      misplaced.errors.contains(
        "'--subject', '--model', '--phase', '--norm-source' and '--split' need a run, and can't be combined with '--layers'"
      ))
  }

  /// What is given counts also where it is the default.
  @Test func defaultsThatAreGivenAreNotIgnored() throws {
    let folder = try Self.ran()
    let all = try csv(["history", "tiny/fedbn/1", "--evaluations", "--last", "1"], in: folder)
    #expect(Set(all.map { $0["subject"] }) == ["client", "union", "unseen"])
    for option in [["--subject", "client"], ["--phase", "after-aggregation"]] {
      let some = try csv(["history", "tiny/fedbn/1", "--evaluations", "--last", "1"] + option, in: folder)
      #expect(some.map { $0["norm_source"] } == ["average", "batch", "own"])
      #expect(some.allSatisfy { $0["subject"] == "client" && $0["phase"] == "after-aggregation" })
      let clients = try csv(["history", "tiny/fedbn/1", "--clients"] + option, in: folder)
      #expect(clients.count == 4 && clients.allSatisfy { $0["norm_source"] == "own" })
      let layers = try CoveyProcess.run(["history", "tiny/fedbn/1", "--layers"] + option, in: folder.url)
      #expect(layers.status == 64 && layers.errors.contains("can't be combined with '--layers'"))
    }
    try folder.write(TinyScenario.text(rounds: 1, extra: "evaluation: {subject: union}"), to: "union.yaml")
    let run = try CoveyProcess.run(["run", "union.yaml", "--quiet"], in: folder.url)
    #expect(run.status == 0)
    let message =
      "error: there is no evaluation of clients, personal model (there is: all clients together, global model, norm source "
    for arguments in [["compare"], ["plot", "accuracy"], ["report"]] {
      let result = try CoveyProcess.run(arguments + ["--subject", "client"], in: folder.url)
      #expect(result.status == 66 && result.errors.hasPrefix(message), "\(result.errors)")
    }
  }

  @Test func allClientsTogetherAreNoSingleClients() throws {
    let folder = try Self.ran()
    for option in [["--clients"], ["--client", "1"], ["--domain", "ink"]] {
      let result = try CoveyProcess.run(["history", "tiny/fedbn/1", "--subject", "union"] + option, in: folder.url)
      #expect(result.status == 64)
      #expect(
        result.errors.contains(
          "'--subject union' can't be combined with '--clients', '--client' and '--domain' (allowed: client, unseen)"))
    }
  }

  @Test func validateNamesWhatIsEvaluated() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(extra: "evaluation: {subject: [client, union]}"), to: "tiny.yaml")
    let result = try CoveyProcess.run(["validate", "tiny.yaml"], in: folder.url)
    #expect(result.output.contains("What is evaluated\n"))
    for row in ["union", "average", "own"] { #expect(result.output.contains(row)) }
    try folder.write(TinyScenario.text(), to: "plain.yaml")
    #expect(
      !(try CoveyProcess.run(["validate", "plain.yaml"], in: folder.url)).output.contains("What is evaluated"))
    let run = try CoveyProcess.run(["run", "tiny.yaml", "--rounds", "1", "--seeds", "1"], in: folder.url)
    #expect(run.errors.contains("    evaluated: clients: personal own; union: global average\n"), "\(run.errors)")
  }
}

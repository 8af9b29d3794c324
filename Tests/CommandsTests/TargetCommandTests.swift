import Foundation
import TestSupport
import Testing

/// Numbers and labels as targets, from a table to the tables of results: nothing is right or wrong of them, and nowhere is 0
/// or NaN in its place.
@Suite struct TargetCommandTests {
  /// Three sites with two numbers and two labels that follow from their inputs.
  private static let table: String = {
    var lines = ["a,b,site,first,second,up,high,split"]
    for (number, site) in ["bern", "kiel", "oslo"].enumerated() {
      for row in 0..<30 {
        let (a, b) = (Double(row % 5) / 2 - 1, Double(row % 7) / 3 - 1 + 0.1 * Double(number))
        lines.append(
          "\(a),\(b),\(site),\(a - b),\(0.5 * b + 1),\(a > 0 ? 1 : 0),\(b > a ? 1 : 0),\(row % 3 == 2 ? "test" : "train")"
        )
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }()

  private static func scenario(_ data: String, _ loss: String) -> String {
    """
    name: mine
    seeds: [1, 2]
    rounds: 5
    data: {source: csv, file: sites.csv, client: site, split: split, \(data)}
    model: {kind: mlp, hidden: [6]}
    loss: \(loss)
    client: {batch_size: 5, optimizer: {kind: sgd, learning_rate: 0.1}}
    evaluation: {every: 1, subject: [client, union], phase: [after-aggregation, after-training]}
    checkpoint: {every: 1}
    arms:
      - {name: fedavg}
      - {name: fedbn, norm: fedbn}

    """
  }

  private static let numbers = "target: [first, second], ignore: [up, high]"
  private static let labels = "target: [up, high], ignore: [first, second]"

  private func covey(_ arguments: [String], in folder: TemporaryFolder) throws -> String {
    let result = try CoveyProcess.run(arguments, in: folder.url)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result.output
  }

  @Test(
    "a run on them is recorded, listed, compared, drawn and verified without an accuracy",
    arguments: [
      (numbers, "huber", "2 numbers to predict"),
      (labels, "{kind: bce, positive_weights: [2, 1]}", "2 labels, each 0 or 1"),
    ])
  func wholeRun(data: String, loss: String, words: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.table, to: "sites.csv")
    try folder.write(Self.scenario(data, loss), to: "mine.yaml")
    #expect(try covey(["validate", "mine.yaml"], in: folder).hasPrefix("mine: 4 runs, \(words)\n"))
    let plan = try covey(["validate", "mine.yaml", "--format", "json"], in: folder)
    #expect(plan.contains("\"labels\": null") && plan.contains("\"target\": \"\(words)\""), "\(plan)")
    let run = try CoveyProcess.run(["run", "mine.yaml"], in: folder.url)
    try #require(run.status == 0, "\(run.errors)")
    #expect(!run.output.contains("nan") && !run.errors.contains("accuracy"), "\(run.output)\(run.errors)")

    func selected(_ sql: String) throws -> [String] {
      try covey(["sql", sql, "--format", "csv"], in: folder).split(whereSeparator: \.isNewline).dropFirst().map(
        String.init)
    }
    // Six rounds of three clients and the union, and five of three clients after training, in four runs.
    #expect(
      try selected("SELECT count(*), count(loss), count(accuracy) FROM evaluations") == [
        "\(4 * (6 * 4 + 5 * 3)),\(4 * (6 * 4 + 5 * 3)),0"
      ])
    #expect(try selected("SELECT count(train_loss), count(train_accuracy) FROM rounds") == ["20,0"])
    #expect(try selected("SELECT count(train_loss), count(train_accuracy) FROM participations") == ["60,0"])
    #expect(try selected("SELECT count(mean_loss), count(mean_accuracy), count(jain) FROM round_summary") == ["24,0,0"])
    #expect(
      try selected(
        "SELECT count(*) FROM round_summary a JOIN round_summary b USING (run_id) WHERE a.round = 0 AND b.round = 5 AND b.mean_loss < a.mean_loss"
      ) == ["4"])
    #expect(
      try selected("SELECT DISTINCT label_histogram FROM clients").allSatisfy { ["", "[]", "\"[]\""].contains($0) })

    let rounds = try covey(["history", "1"], in: folder)
    #expect(
      rounds.contains("–") && !rounds.contains(#/[0-9]\.[0-9]%/#) && !rounds.lowercased().contains("nan"),
      "\(rounds)")
    let clients = try covey(["history", "1", "--clients", "--format", "csv"], in: folder)
    #expect(!clients.lowercased().contains("nan"), "\(clients)")
    #expect(!(try covey(["history"], in: folder)).contains("%"))
    let compared = try covey(["compare", "--metric", "loss"], in: folder)
    #expect(compared.contains("fedbn") && !compared.lowercased().contains("nan"), "\(compared)")
    #expect(try covey(["verify", "1", "--quiet"], in: folder).hasPrefix("mine/fedavg/1: same result"))
    _ = try covey(["report", "--metric", "loss", "-o", "report.html"], in: folder)
    let best = try CoveyProcess.run(["export", "1", "--weights", "w.safetensors", "--round", "best"], in: folder.url)
    #expect(best.status == 0, "\(best.errors)")
  }

  @Test("partitions that go by classes refuse data without")
  func partitions() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.table, to: "sites.csv")
    let text = Self.scenario(Self.numbers, "mse").replacing("client: site, ", with: "")
      .replacing("ignore: [", with: "ignore: [site, ")
    for (partition, name) in [
      ("{kind: dirichlet, clients: 3}", "dirichlet"), ("{kind: shards, clients: 3}", "shards"),
      ("{kind: pathological, clients: 3, classes_per_client: 1}", "pathological"),
    ] {
      try folder.write(text.replacing("split: split,", with: "split: split, partition: \(partition),"), to: "mine.yaml")
      let result = try CoveyProcess.run(["validate", "mine.yaml"], in: folder.url)
      #expect(result.status == 65)
      #expect(
        result.errors.contains("'\(name)' goes by classes, and these data have none (allowed: by-domain, "),
        "\(result.errors)")
    }
    try folder.write(
      text.replacing("split: split,", with: "split: split, partition: {kind: iid, clients: 3},"), to: "mine.yaml")
    #expect(try covey(["validate", "mine.yaml"], in: folder).hasPrefix("mine: 4 runs, 2 numbers to predict\n"))
  }
}

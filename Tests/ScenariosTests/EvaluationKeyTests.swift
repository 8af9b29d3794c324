import Federation
import Testing

@testable import Scenarios

/// A scenario of five clients with a line more of data, and more keys behind it.
private func unseen(_ line: String, _ more: String = "") -> String {
  "name: a\nrounds: 1\nmodel: mlp\ndata:\n  train_per_client: 4\n  test_per_client: 2\n  \(line)\n\(more)"
}

private let sources = "own, global, average, pooled, nearest, recalibrated, batch, initial"

@Suite("what a scenario says of evaluations and unseen clients")
struct EvaluationKeyTests {
  @Test(
    "messages",
    arguments: [
      (
        "evaluation: {subject: clint}",
        "f.yaml:5:23: evaluation.subject: 'clint' is not allowed; did you mean 'client'? (allowed: client, union, unseen)"
      ),
      (
        "evaluation: {subject: [client, client]}",
        "f.yaml:5:32: evaluation.subject[1]: names 'client' twice"
      ),
      ("evaluation: {model: []}", "f.yaml:5:21: evaluation.model: is an empty list"),
      (
        "evaluation: {models: global}",
        "f.yaml:5:14: evaluation.models: unknown key; did you mean 'model'? "
          + "(allowed: every, subset, subject, model, phase, norm_source)"
      ),
      (
        "evaluation: {phase: {a: 1}}",
        "f.yaml:5:21: evaluation.phase: '{a: 1}' is not allowed (allowed: after-aggregation, after-training)"
      ),
      (
        "evaluation: {norm_source: averag}",
        "f.yaml:5:27: evaluation.norm_source: unknown norm source 'averag'; did you mean 'average'? (allowed: \(sources))"
      ),
      (
        "evaluation: {norm_source: [recalibrated(3), {kind: recalibrated}]}",
        "f.yaml:5:45: evaluation.norm_source[1]: names 'recalibrated' twice"
      ),
      (
        "evaluation: {norm_source: calibrated(3)}",
        "f.yaml:5:27: evaluation.norm_source: unknown norm source 'calibrated'; did you mean 'recalibrated'? "
          + "(allowed: \(sources))"
      ),
      (
        "evaluation: {norm_source: batch(3)}",
        "f.yaml:5:27: evaluation.norm_source: 'batch' takes nothing in parentheses"
      ),
      (
        "evaluation: {norm_source: recalibrated(0)}",
        "f.yaml:5:27: evaluation.norm_source.samples: '0' is not allowed (allowed: a whole number from 1 to 10000000)"
      ),
      (
        "evaluation: {norm_source: average}",
        "f.yaml:5:27: evaluation.norm_source: 'average' can't be used: norm 'fedavg' leaves no γ, β or statistics with the clients "
          + "(allowed: global, recalibrated, batch, initial), in arm 'fedavg'"
      ),
      (
        "norm: {affine: local, statistics: averaged}\nevaluation: {norm_source: [average, pooled]}",
        "f.yaml:6:37: evaluation.norm_source: 'pooled' can't be used: norm 'matrix' leaves no running statistics with "
          + "the clients (allowed: own, global, average, recalibrated, batch, initial), in arm 'matrix'"
      ),
      (
        "norm: fedbn\nevaluation: {subject: unseen}",
        "f.yaml:6:23: evaluation.subject: 'unseen' has no clients; 'data.unseen' is not given (allowed: client, union), "
          + "in arm 'fedbn'"
      ),
      (
        "evaluation: {subject: union, model: personal}",
        "f.yaml:5:37: evaluation.model: 'personal' can't be used for subject 'union', which is no client that trains "
          + "(allowed: global), in arm 'fedavg'"
      ),
      (
        "evaluation: {subject: union, phase: after-training}",
        "f.yaml:5:23: evaluation.subject: 'union' has no phase 'after-training', which is of clients that train "
          + "(allowed: client), in arm 'fedavg'"
      ),
      (
        "evaluation: {model: global, phase: after-training}",
        "f.yaml:5:21: evaluation.model: 'global' has no phase 'after-training', which is before aggregation "
          + "(allowed: personal), in arm 'fedavg'"
      ),
      (
        "norm: fedbn\nevaluation: {norm_source: [own, average], phase: after-training}",
        "f.yaml:6:33: evaluation.norm_source: 'average' can't be used in phase 'after-training': after training, before "
          + "aggregation, a client has only its own model (allowed: own, recalibrated, batch, initial), in arm 'fedbn'"
      ),
      (
        "norm: fedbn\nevaluation: {subject: union, norm_source: own}",
        "f.yaml:6:43: evaluation.norm_source: 'own' can't be used for subject 'union' and model 'global': the clients "
          + "together have no values of their own (allowed: global, average, pooled, nearest, recalibrated, batch, "
          + "initial), in arm 'fedbn'"
      ),
      (
        "norm: silobn\nevaluation: {model: global, norm_source: own}",
        "f.yaml:6:42: evaluation.norm_source: 'own' can't be used for subject 'client' and model 'global': the global "
          + "model has nothing of one client (allowed: global, average, pooled, nearest, recalibrated, batch, initial), "
          + "in arm 'silobn'"
      ),
    ])
  func messages(keys: String, expected: String) { #expect(complaints(small(keys)) == expected) }

  @Test(
    "models without what a source needs",
    arguments: [
      (
        "recalibrated", "[flatten, {dense: 10}]",
        "'recalibrated' can't be used: the model has no running statistics (allowed: global), in arm 'fedavg'"
      ),
      (
        "batch", "[flatten, {dense: 8}, {group_norm: 2}, {dense: 10}]",
        "'batch' can't be used: no layer of the model normalizes over the batch (allowed: global), in arm 'fedavg'"
      ),
      (
        "initial", "[flatten, {dense: 8}, {batch_norm: {track: false}}, {dense: 10}]",
        "'initial' can't be used: nothing is local, and the model has no running statistics (allowed: global, batch), "
          + "in arm 'fedavg'"
      ),
    ])
  func models(source: String, layers: String, expected: String) {
    let text = inline(String(layers.dropFirst().dropLast()), "evaluation: {norm_source: \(source)}\n")
    #expect(complaints(text) == "f.yaml:6:27: evaluation.norm_source: \(expected)")
  }

  @Test("what a quirk leaves with the clients is what an evaluation may use")
  func quirks() {
    let layers =
      "flatten, {dense: 8}, {batch_norm: {name: bn1, track: false}}, {dense: 8}, {batch_norm: {name: norm2}}, {dense: 10}"
    let text = inline(layers, "norm: fedbn\nquirks: med-air\nevaluation: {norm_source: pooled}\n")
    #expect(
      complaints(text)
        == "f.yaml:8:27: evaluation.norm_source: 'pooled' can't be used: norm 'fedbn+med-air' leaves no running statistics "
        + "with the clients (allowed: own, global, average, recalibrated, batch, initial), in arm 'fedbn'")
  }

  @Test(
    "messages on unseen clients",
    arguments: [
      (
        "unseen: {domains: [inc]}",
        "f.yaml:7:22: data.unseen.domains[0]: unknown domain 'inc'; did you mean 'ink'? "
          + "(allowed: ink, typeset, colour, chalk, street)"
      ),
      (
        "unseen: {domains: [ink, chalk, ink]}", "f.yaml:7:34: data.unseen.domains[2]: names domain 'ink' twice"
      ),
      (
        "unseen: {domains: [ink, typeset, colour, chalk, street]}",
        "f.yaml:7:21: data.unseen.domains: names all domains, which leaves no client to train"
      ),
      ("unseen: {clients: 5}", "f.yaml:7:21: data.unseen.clients: '5' of 5 clients leaves none to train"),
      ("unseen: {clients: 0.95}", "f.yaml:7:21: data.unseen.clients: '0.95' of 5 clients leaves none to train"),
      ("unseen: {clients: 0.05}", "f.yaml:7:21: data.unseen.clients: '0.05' of 5 clients is none"),
      (
        "unseen: {clients: 1.5}",
        "f.yaml:7:21: data.unseen.clients: '1.5' is not allowed (allowed: a whole number from 1 to 10000000, or a number "
          + "> 0 and < 1, or a list, each text)"
      ),
      (
        "unseen: {clients: [ink, colour, typesett]}",
        "f.yaml:7:35: data.unseen.clients[2]: unknown client 'typesett'; did you mean 'typeset'? (allowed: ink, typeset, "
          + "colour, chalk, street)"
      ),
      (
        "unseen: {clients: [ink, typeset, colour, chalk, street]}",
        "f.yaml:7:21: data.unseen.clients: names all clients, which leaves none to train"
      ),
      (
        "unseen: {domains: [ink], clients: 1}", "f.yaml:7:11: data.unseen: needs exactly one of 'domains' and 'clients'"
      ),
      ("unseen: 3", "f.yaml:7:11: data.unseen: '3' is not allowed (allowed: a mapping of domains, clients)"),
      (
        "unseen: {domain: [ink]}",
        "f.yaml:7:12: data.unseen.domain: unknown key; did you mean 'domains'? (allowed: domains, clients)"
      ),
      (
        "partition: {kind: iid, clients: 3}\n  unseen: {domains: [ink]}",
        "f.yaml:8:21: data.unseen.domains: needs clients of one domain each, and this partition mixes domains "
          + "(allowed: partition by-domain)"
      ),
    ])
  func unseenMessages(line: String, expected: String) { #expect(complaints(unseen(line)) == expected) }

  private func words(_ text: String) throws -> [String] {
    try experiment(text).runs[0].configuration.evaluationPlan.evaluations.map(\.words)
  }

  @Test("lists are combined, without the combinations that can't be")
  func product() throws {
    let more = """
      norm: fedbn
      evaluation:
        subject: [client, unseen]
        phase: [after-aggregation, after-training]
        norm_source: [own, average, recalibrated(16)]

      """
    #expect(
      try words(unseen("unseen: {clients: 1}", more)) == [
        "client personal own after-aggregation", "client personal average after-aggregation",
        "client personal recalibrated(16) after-aggregation", "unseen global average after-aggregation",
        "unseen global recalibrated(16) after-aggregation", "client personal own after-training",
        "client personal recalibrated(16) after-training",
      ])
  }

  @Test("defaults follow the policy, and unseen clients are evaluated where there are some")
  func defaults() throws {
    for (norm, seen, global) in [
      ("fedavg", "global", "global"), ("pooled", "global", "global"), ("fedbn", "own", "average"),
      ("silobn", "own", "average"), ("{affine: local}", "own", "average"),
    ] {
      #expect(try words(unseen("", "norm: \(norm)\n")) == ["client personal \(seen) after-aggregation"])
      #expect(
        try words(unseen("unseen: {domains: [chalk]}", "norm: \(norm)\n")) == [
          "client personal \(seen) after-aggregation", "unseen global \(global) after-aggregation",
        ])
      #expect(
        try words(unseen("", "norm: \(norm)\nevaluation: {subject: union}\n")) == [
          "union global \(global) after-aggregation"
        ])
      #expect(
        try words(unseen("", "norm: \(norm)\nevaluation: {phase: after-training}\n")) == [
          "client personal own after-training"
        ])
    }
  }

  @Test("a source with a number is written in two ways, and survives the command line")
  func samples() throws {
    for text in ["recalibrated(9)", "{kind: recalibrated, samples: 9}", "\"recalibrated(9)\""] {
      #expect(
        try words(small("evaluation: {norm_source: \(text)}")) == ["client personal recalibrated(9) after-aggregation"])
    }
    #expect(
      try words(small("evaluation: {norm_source: recalibrated}")) == [
        "client personal recalibrated(64) after-aggregation"
      ]
    )
    let edits = ScenarioEdits(settings: ["evaluation.norm_source=[recalibrated(9), batch]"])
    let scenario = try Scenario(text: small(), file: "f.yaml", baseDirectory: "/nowhere", edits: edits)
    #expect(try words(scenario.text) == words(small("evaluation: {norm_source: [recalibrated(9), batch]}")))
  }

  @Test("an arm may hold out other clients than the rest")
  func arms() throws {
    let text = unseen(
      "unseen: {clients: 2}",
      "arms:\n  - {name: a, norm: fedavg}\n  - {name: b, norm: fedbn, data: {unseen: {domains: [ink]}}}\n")
    let datasets = try experiment(text).runs.map(\.configuration.dataset)
    #expect(datasets.map(\.unseenCount) == [2, 1] && datasets.map(\.clientCount) == [3, 4])
    #expect(datasets[1].profile(4).domain == "ink")
  }
}

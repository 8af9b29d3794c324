import Federation
import Foundation
import Networks
import Tensors
import Testing

@testable import Scenarios

/// `client.overrides` and `client.frozen`: what is read, what is merged, and what is wrong, word by word.
@Suite("keys of clients that do otherwise")
struct OverrideKeyTests {
  /// A scenario of four named clients of two domains, a fifth that never trains, and a sixth that is the only one of its
  /// domain and never trains either; line 6 is `more`.
  private func withClients(_ more: String, _ body: (String, String) throws -> Void) throws {
    try withFolder { folder in
      var tensors: [(name: String, tensor: SafetensorsTensor)] = []
      for client in 0..<6 {
        let values = (0..<24).map { Float(($0 * 7 + client) % 5) }
        tensors.append(("client\(client).x", .floats(shape: [8, 3], values)))
        tensors.append(("client\(client).y", .integers(shape: [8], [0, 1, 1, 0, 1, 0, 0, 1])))
        tensors.append(("client\(client).test_x", .floats(shape: [1, 3], [1, 2, 3])))
        tensors.append(("client\(client).test_y", .integers(shape: [1], [1])))
      }
      let metadata = [
        "format": "covey-federation", "version": "1",
        "clients": #"["ada", "bo", "cy", "7", "eve", "flo"]"#,
        "domains": #"["west", "east", "west", "east", "west", "north"]"#,
      ]
      try Data(encodeSafetensors(tensors, metadata: metadata)).write(to: folder.appendingPathComponent("d.safetensors"))
      let text =
        "name: a\nrounds: 1\nmodel: {input: [3], layers: [{dense: {name: fc1, units: 3}}, {batch_norm: {name: bn1}}, relu, {dense: {name: fc2, units: 2}}]}\n"
        + "data: {source: safetensors, file: d.safetensors, unseen: {clients: [eve, flo]}}\n"
      try body(text + more, folder.path)
    }
  }

  private func said(_ more: String) throws -> String {
    var words = ""
    try withClients(more) { words = complaints($0, folder: $1) }
    return words
  }

  private func run(_ more: String) throws -> RunConfiguration {
    var made: RunConfiguration?
    try withClients(more) { made = try experiment($0, folder: $1).runs.first?.configuration }
    return try #require(made)
  }

  // MARK: What is read

  @Test("later entries win, key by key; steps and epochs take each other's place; kinds replace, as arms do")
  func merging() throws {
    let run = try run(
      """
      client:
        epochs: 2
        batch_size: 4
        optimizer: {learning_rate: 0.1, momentum: 0.9, learning_rate_schedule: cosine}
        overrides:
          - {domains: [east], steps: 3, optimizer: {learning_rate: 0.02}}
          - {clients: [bo], epochs: 5, batch_size: 2}
          - {clients: [ada, "7"], optimizer: {kind: adam, beta1: 0.5}}
          - {clients: ["7"], optimizer: {learning_rate: 0.03, weight_decay_on: weights}}
          - {clients: [2], optimizer: {momentum: null, learning_rate_schedule: null}}

      """)
    #expect(run.overrides.groups.map(\.clients) == [[0], [1], [2], [3]])
    let settings = (0..<4).map { run.setting(of: $0) }
    #expect(settings.map(\.work.amount) == [.epochs(2), .epochs(5), .epochs(2), .steps(3)])
    #expect(settings.map(\.work.batchSize) == [4, 2, 4, 4])
    #expect(settings.map(\.optimizer.learningRate) == [0.001, 0.02, 0.1, 0.03])
    #expect(settings[0].optimizer is Adam && settings[3].optimizer is Adam)
    #expect((settings[1].optimizer as? SGD)?.momentum == 0.9 && (settings[2].optimizer as? SGD)?.momentum == 0)
    // Another kind replaces all that stands beside it.
    #expect(settings.map { $0.learningRateSchedule != nil } == [false, true, false, false])
    #expect(settings.map(\.decayedValues) == [.all, .all, .all, .weights])
    #expect(
      run.overrides.groups.map(\.words) == [
        ["optimizer.kind adam", "optimizer.beta1 0.5"],
        ["epochs 5", "batch_size 2", "optimizer.learning_rate 0.02"],
        ["optimizer.momentum as by default", "optimizer.learning_rate_schedule as by default"],
        [
          "steps 3", "optimizer.learning_rate 0.03", "optimizer.kind adam", "optimizer.beta1 0.5",
          "optimizer.weight_decay_on weights",
        ],
      ])
  }

  @Test("clients of whom the same is said are told together; the others do as all do")
  func groups() throws {
    let run = try run("client: {overrides: [{domains: east, epochs: 3}, {clients: ada, steps: 1}]}\n")
    #expect(run.overrides.groups.map(\.clients) == [[0], [1, 3]])
    #expect(run.setting(of: 2).work == run.work && run.settings.count == 3)
    #expect(try self.run("client: {overrides: []}\n").overrides.groups.isEmpty)
  }

  @Test("what is said over another kind needs that kind's options: an option of the other is found where both meet")
  func kinds() throws {
    let words = try said(
      "client: {overrides: [{domains: [east], optimizer: adam}, {clients: [bo], optimizer: {momentum: 0.5}}]}\n")
    #expect(
      words
        == "f.yaml:5:86: client.overrides[1].optimizer.momentum: unknown key; did you mean 'client.optimizer.momentum' of sgd, rmsprop, or 'strategy.momentum' of fedavgm? (allowed: kind, learning_rate_schedule, weight_decay_on, learning_rate, beta1, beta2, epsilon, weight_decay)",
      "\(words)")
    #expect(
      try said(
        "client: {overrides: [{domains: [east], optimizer: adam}, {clients: [bo], optimizer: {beta1: 0.5}}]}\n") == "")
  }

  @Test(
    "mistakes, word by word",
    arguments: [
      (
        "{clients: [boo], epochs: 2}",
        "f.yaml:5:34: client.overrides[0].clients[0]: unknown client 'boo'; did you mean 'bo'? (allowed: ada, bo, cy, 7)"
      ),
      (
        "{clients: [7], epochs: 2}",
        "f.yaml:5:34: client.overrides[0].clients[0]: '7' is no client (allowed: 0 to 3, or a name)"
      ),
      (
        "{clients: -1, epochs: 2}",
        "f.yaml:5:33: client.overrides[0].clients: '-1' is no client (allowed: 0 to 3, or a name)"
      ),
      (
        "{clients: [ada, eve], epochs: 2}",
        "f.yaml:5:39: client.overrides[0].clients[1]: client 'eve' never trains ('data.unseen'): there is nothing to override"
      ),
      (
        "{clients: [5], epochs: 2}",
        "f.yaml:5:34: client.overrides[0].clients[0]: client 'flo' never trains ('data.unseen'): there is nothing to override"
      ),
      (
        "{clients: [bo, 1], epochs: 2}",
        "f.yaml:5:38: client.overrides[0].clients[1]: names client 'bo' twice"
      ),
      (
        "{domains: [easst], epochs: 2}",
        "f.yaml:5:34: client.overrides[0].domains[0]: unknown domain 'easst'; did you mean 'east'? (allowed: west, east, north)"
      ),
      (
        "{domains: north, epochs: 2}",
        "f.yaml:5:33: client.overrides[0].domains: the clients of domain 'north' never train ('data.unseen'): there is nothing to override"
      ),
      (
        "{domains: [east, east], epochs: 2}",
        "f.yaml:5:40: client.overrides[0].domains[1]: names domain 'east' twice"
      ),
      (
        "{epochs: 2}",
        "f.yaml:5:23: client.overrides[0]: says not whose it is (allowed: 'clients' with names or numbers, or 'domains')"
      ),
      (
        "{clients: [bo], domains: [east], epochs: 2}",
        "f.yaml:5:39: client.overrides[0].domains: can't be combined with 'client.overrides[0].clients'; give one of them"
      ),
      (
        "{clients: [bo], epochs: 2, steps: 3}",
        "f.yaml:5:50: client.overrides[0].steps: can't be combined with 'client.overrides[0].epochs'; give one of them"
      ),
      (
        "{clients: [bo]}",
        "f.yaml:5:23: client.overrides[0]: overrides nothing (allowed: one or more of epochs, steps, batch_size, optimizer)"
      ),
      (
        "{clients: [], epochs: 2}",
        "f.yaml:5:33: client.overrides[0].clients: '[]' is not allowed (allowed: a list, each text)"
      ),
      (
        "{clients: [[bo]], epochs: 2}",
        "f.yaml:5:34: client.overrides[0].clients[0]: '[bo]' is not allowed (allowed: text)"
      ),
      (
        "{clients: [bo], epochs: 0}",
        "f.yaml:5:47: client.overrides[0].epochs: '0' is not allowed (allowed: a whole number from 1 to 100000)"
      ),
      (
        "{clients: [bo], epoch: 2}",
        "f.yaml:5:39: client.overrides[0].epoch: unknown key; did you mean 'client.epochs', or 'epochs'? (allowed: clients, domains, epochs, steps, batch_size, optimizer)"
      ),
      (
        "{clients: [bo], optimizer: {learning_rate: -1}}",
        "f.yaml:5:66: client.overrides[0].optimizer.learning_rate: '-1' is not allowed (allowed: a number > 0)"
      ),
      (
        "{clients: [bo], optimizer: sdg}",
        "f.yaml:5:50: client.overrides[0].optimizer: unknown optimizer 'sdg'; did you mean 'sgd'? (allowed: sgd, adam, adamw, adagrad, rmsprop)"
      ),
      (
        "bo",
        "f.yaml:5:23: client.overrides[0]: 'bo' is not allowed (allowed: a mapping of clients, domains, epochs, steps, batch_size, optimizer)"
      ),
      (
        "{clients: [bo], batch_size: 1}",
        "f.yaml:5:51: client.overrides[0].batch_size: '1' leaves layer 'bn1' a single value a channel, which has no variance; every batch would be skipped"
      ),
    ])
  func mistakes(entry: String, words: String) throws {
    let found = try said("client: {overrides: [ \(entry)]}\n")
    #expect(found == words, "\(found)")
  }

  @Test("no list")
  func noList() throws {
    #expect(
      try said("client: {overrides: {clients: [bo], epochs: 2}}\n")
        == "f.yaml:5:21: client.overrides: '{clients: [bo], epochs: 2}' is not allowed (allowed: a list of mappings of clients, domains, epochs, steps, batch_size, optimizer)"
    )
  }

  @Test("under 'bound: central' the scenario's overrides are left aside, and an arm's own are an error")
  func central() throws {
    let overrides = "client: {overrides: [{clients: [bo], epochs: 2}]}"
    try withClients("\(overrides)\narms: [{name: fed}, {name: central, bound: central}]\n") { text, folder in
      let made = try experiment(text, folder: folder)
      #expect(made.runs.map { $0.configuration.overrides.groups.count } == [1, 0])
      #expect(made.notes.contains("arm 'central': 'bound: central' leaves 'client.overrides' of the scenario aside"))
    }
    #expect(
      try said("arms: [{name: central, bound: central, \(overrides)}]\n")
        == "f.yaml:5:49: client.overrides: can't be combined with 'bound: central', whose one client has the examples of all; leave it out"
    )
    #expect(try run("bound: local\n\(overrides)\n").setting(of: 1).work.amount == .epochs(2))
  }

  @Test("clients whose passes end with few examples are told by their own batches")
  func lastBatches() throws {
    try withClients("client: {batch_size: 4, overrides: [{clients: [bo], batch_size: 6}]}\n") { text, folder in
      let notes = try experiment(text, folder: folder).notes
      #expect(
        notes.contains {
          $0.hasPrefix("1 of 4 clients ends each pass with a batch of two or three examples (client 1 with 2)")
        }, "\(notes)")
    }
    try withClients("client: {batch_size: 8, last_batch: drop, overrides: [{clients: [bo], batch_size: 9}]}\n") {
      text, folder in
      let notes = try experiment(text, folder: folder).notes
      #expect(
        notes.contains(
          "1 of 4 clients never have a batch to train on and stay untrained: client 1 has 8 examples, less than a batch of 9, and 'client.last_batch' is drop"
        ), "\(notes)")
    }
  }

  @Test("a domain that no client has for itself is none to name")
  func mixedDomains() throws {
    let text =
      "name: a\nrounds: 1\nmodel: mlp\ndata: {domains: [ink, chalk], partition: {kind: iid, clients: 2}, train_per_client: 8, test_per_client: 2}\n"
      + "client: {overrides: [{domains: [ink], epochs: 2}]}\n"
    #expect(
      complaints(text)
        == "f.yaml:5:33: client.overrides[0].domains[0]: no client has examples of domain 'ink' alone: there is nothing to override"
    )
  }

  // MARK: Frozen layers

  @Test("layers and blocks are frozen by their names")
  func frozen() throws {
    let run = try run("client: {frozen: [fc1, bn1]}\n")
    #expect(run.frozen == ["fc1", "bn1"])
    let layout = run.network.layout
    #expect(layout.frozenTrainable.count == 12 + 6)
    #expect(try self.run("client: {frozen: fc2}\n").frozen == ["fc2"])
    #expect(try self.run("client: {frozen: []}\n").frozen.isEmpty)
    let resnet = try experiment(
      "name: a\nrounds: 1\nmodel: resnet18\ndata: {train_per_client: 4, test_per_client: 2}\nclient: {frozen: [conv1, bn1, layer1]}\n"
    ).runs[0].configuration
    let held = resnet.network.layout.tensors.filter { resnet.network.layout.sharing(of: $0) == .frozen }
    #expect(Set(held.map { String($0.layer.prefix { $0 != "." }) }) == ["conv1", "bn1", "layer1"])
    #expect(held.allSatisfy { $0.role.canFreeze })
  }

  @Test(
    "mistakes of frozen layers, word by word",
    arguments: [
      (
        "[fc3]",
        "f.yaml:5:19: client.frozen[0]: the model has no layer 'fc3' with values of its own; did you mean 'fc1'? (allowed: fc1, bn1, fc2)"
      ),
      ("[fc1, fc1]", "f.yaml:5:24: client.frozen[1]: names 'fc1' twice"),
      (
        "[fc1, bn1, fc2]",
        "f.yaml:5:10: client.frozen: leaves nothing to train in arm 'fedavg': no layer has weights, biases, γ or β that are not frozen"
      ),
      ("{fc1: true}", "f.yaml:5:18: client.frozen: '{fc1: true}' is not allowed (allowed: a list, each text, or text)"),
    ])
  func frozenMistakes(value: String, words: String) throws {
    let found = try said("client: {frozen: \(value)}\n")
    #expect(found == words, "\(found)")
  }

  @Test("γ and β that the norm policy freezes count as frozen, and a layer without them can't be")
  func frozenNorms() throws {
    #expect(
      try said("client: {frozen: [fc1, fc2]}\nnorm: {kind: frozen, affine: frozen}\n")
        == "f.yaml:5:10: client.frozen: leaves nothing to train in arm 'frozen': no layer has weights, biases, γ or β that are not frozen"
    )
    #expect(try said("client: {frozen: [fc1, fc2]}\nnorm: frozen\n") == "")
    let plain =
      "name: a\nrounds: 1\ndata: {train_per_client: 4, test_per_client: 2}\nmodel: {input: [28, 28, 3], layers: [flatten, {dense: {name: fc1, units: 4}}, {batch_norm: {name: bn1, center: false, scale: false}}, {dense: {name: fc2, units: 10}}]}\nclient: {frozen: bn1}\n"
    let found = complaints(plain)
    #expect(found == "f.yaml:5:18: client.frozen: layer 'bn1' has no weights, biases, γ or β to freeze", "\(found)")
  }
}

import Datasets
import Foundation
import Testing

@testable import Scenarios

private let allKeys =
  "name, description, rounds, seeds, data, model, client, loss, weights, cohort, bound, evaluation, stop, checkpoint, record, strategy, aggregator, personal, transforms, schedule, devices, availability, dropouts, norm, "
  + "quirks, replace_norm, init, init_prefix, arms, sweep"
private let keysOfArms =
  "rounds, seeds, data, model, client, loss, weights, cohort, bound, evaluation, stop, checkpoint, record, strategy, aggregator, personal, transforms, schedule, devices, availability, dropouts, norm, quirks, replace_norm, init, init_prefix"
private let layers =
  "conv2d, conv_transpose2d, dense, embedding, lstm, gru, batch_norm, group_norm, layer_norm, instance_norm, relu, "
  + "leaky_relu, tanh, sigmoid, gelu, max_pool2d, avg_pool2d, global_avg_pool2d, flatten, dropout, residual"

/// What users read, word by word; each message has its place, the key's path, the value, what is allowed and the
/// nearest name.
@Suite("messages")
struct MessageTests {
  @Test(
    "keys and values",
    arguments: [
      ("round: 3", "f.yaml:5:1: round: unknown key; did you mean 'rounds'? (allowed: \(allKeys))"),
      ("zzz: 3", "f.yaml:5:1: zzz: unknown key (allowed: \(allKeys))"),
      (
        "client: {batchsize: 3}",
        "f.yaml:5:10: client.batchsize: unknown key; did you mean 'batch_size'? "
          + "(allowed: batch_size, epochs, steps, shuffle, last_batch, optimizer, keep_optimizer, gradient_clip, overrides, frozen, augment)"
      ),
      (
        "seeds: x",
        "f.yaml:5:8: seeds: 'x' is not allowed (allowed: a whole number ≥ 0, or a list, each a whole number ≥ 0)"
      ),
      ("seeds: [1, 2, 1]", "f.yaml:5:8: seeds: '[1, 2, 1]' names a seed twice"),
      (
        "weights: sample",
        "f.yaml:5:10: weights: 'sample' is not allowed; did you mean 'samples'? (allowed: samples, uniform)"
      ),
      (
        "client: 3",
        "f.yaml:5:9: client: '3' is not allowed (allowed: a mapping of batch_size, epochs, steps, shuffle, last_batch, optimizer, keep_optimizer, gradient_clip, overrides, frozen, augment)"
      ),
      (
        "client: {batch_size: 0}",
        "f.yaml:5:22: client.batch_size: '0' is not allowed (allowed: a whole number from 1 to 65536)"
      ),
      (
        "client: {batch_size: 2.5}",
        "f.yaml:5:22: client.batch_size: '2.5' is not allowed (allowed: a whole number from 1 to 65536)"
      ),
      (
        "client: {batch_size: \"8\"}",
        "f.yaml:5:22: client.batch_size: '\"8\"' is not allowed (allowed: a whole number from 1 to 65536)"
      ),
      ("client: {shuffle: yes}", "f.yaml:5:19: client.shuffle: 'yes' is not allowed (allowed: true or false)"),
      (
        "client: {steps: 3, epochs: 2}",
        "f.yaml:5:10: client.steps: can't be combined with 'client.epochs'; give one of them"
      ),
      (
        "client: {optimizer: {learning_rate: -1, momentum: 1}}",
        """
        f.yaml:5:37: client.optimizer.learning_rate: '-1' is not allowed (allowed: a number > 0)
        f.yaml:5:51: client.optimizer.momentum: '1' is not allowed (allowed: a number ≥ 0 and < 1)
        """
      ),
      (
        "client: {optimizer: {learning_rate: nan}}",
        "f.yaml:5:37: client.optimizer.learning_rate: 'nan' is not allowed (allowed: a number > 0)"
      ),
      ("client: {optimizer: {nesterov: true}}", "f.yaml:5:32: client.optimizer.nesterov: needs a momentum above 0"),
      (
        "client: {optimizer: {kind: [sgd]}}",
        "f.yaml:5:28: client.optimizer.kind: '[sgd]' is not allowed (allowed: sgd, adam, adamw, adagrad, rmsprop)"
      ),
      (
        "client: {optimizer: adan}",
        "f.yaml:5:21: client.optimizer: unknown optimizer 'adan'; did you mean 'adam'? (allowed: sgd, adam, adamw, adagrad, rmsprop)"
      ),
      (
        "norm: fedbnn",
        "f.yaml:5:7: norm: unknown norm 'fedbnn'; did you mean 'fedbn'? (allowed: fedavg, pooled, fedbn, silobn, local-affine, fixbn, fedtan, hbn, fbn, recalibrated, drop, frozen, fedap, matrix)"
      ),
      ("norm:", "f.yaml:5:6: norm: has no value (allowed: a norm by name, or a mapping with 'kind')"),
      (
        "norm: {kind: null}",
        "f.yaml:5:14: norm.kind: 'null' is not allowed (allowed: fedavg, pooled, fedbn, silobn, local-affine, fixbn, fedtan, hbn, fbn, recalibrated, drop, frozen, fedap, matrix)"
      ),
      (
        "norm: {affine: pooled, statistic: local}",
        """
        f.yaml:5:16: norm.affine: 'pooled' is not allowed (allowed: averaged, local, frozen)
        f.yaml:5:24: norm.statistic: unknown key; did you mean 'statistics'? (allowed: kind, affine, statistics)
        """
      ),
      (
        "norm: {kind: fixbn, freeze_at: 1.5}",
        "f.yaml:5:32: norm.freeze_at: '1.5' is not allowed (allowed: a number ≥ 0 and < 1, or a whole number from 1 to 1000000)"
      ),
      (
        "norm: {kind: hbn, mix: 2}", "f.yaml:5:24: norm.mix: '2' is not allowed (allowed: a number ≥ 0 and ≤ 1)"
      ),
      (
        "norm: {kind: recalibrated, batches: 0}",
        "f.yaml:5:37: norm.batches: '0' is not allowed (allowed: a whole number from 1 to 1000000)"
      ),
      (
        "quirks: medair",
        "f.yaml:5:9: quirks: unknown quirk 'medair'; did you mean 'med-air'? (allowed: med-air, flower, pflib, fl-bench)"
      ),
      (
        "norm: fedtan\nquirks: pflib",
        "f.yaml:6:9: quirks: 'pflib' can't be used with norm 'fedtan': it is of code without such a policy (allowed: with fedavg, fedbn, silobn or local-affine)"
      ),
      (
        "strategy: {mu: 1}",
        "f.yaml:5:11: strategy: needs a 'kind' (allowed: fedavg, fedprox, fedavgm, fedadam, fedyogi, fedadagrad, scaffold, fednova, feddyn, moon)"
      ),
      (
        "strategy: [fedavg]",
        "f.yaml:5:11: strategy: '[fedavg]' is not allowed (allowed: a strategy by name, or a mapping with 'kind')"
      ),
      ("cohort: uniform", "f.yaml:5:9: cohort: needs exactly one of 'count' and 'fraction'"),
      ("cohort: {kind: uniform, count: 10}", "f.yaml:5:32: cohort.count: '10' is more than the 5 clients there are"),
      (
        "cohort: {kind: uniform, fraction: 0}",
        "f.yaml:5:35: cohort.fraction: '0' is not allowed (allowed: a number > 0 and ≤ 1)"
      ),
      (
        "client: {batch_size: 1}",
        "f.yaml:5:22: client.batch_size: '1' leaves layer 'bn1' a single value a channel, which has no variance; every batch would be skipped"
      ),
      (
        "evaluation: 3",
        "f.yaml:5:13: evaluation: '3' is not allowed (allowed: a mapping of every, subset, subject, model, phase, norm_source)"
      ),
      (
        "record: {drift: 5, clients: [1]}",
        "f.yaml:5:17: record.drift: '5' is not allowed (allowed: 'every N', off)\nf.yaml:5:29: record.clients: '[1]' is not allowed (allowed: 'sample N', all)"
      ),
      (
        "checkpoint: {keep: none}",
        "f.yaml:5:20: checkpoint.keep: 'none' is not allowed (allowed: a whole number from 1 to 1000000, or all)"
      ),
      ("init_prefix: x", "f.yaml:5:14: init_prefix: has no 'init' to select from"),
      (
        "loss: crossentropy",
        "f.yaml:5:7: loss: unknown loss 'crossentropy'; did you mean 'cross-entropy'? (allowed: cross-entropy, focal, bce, mse, mae, huber)"
      ),
      ("1: 2", "f.yaml:5:1: 1: unknown key (allowed: \(allKeys))"),
      ("[a]: 3", "f.yaml:5:1: a key is a list, a mapping or an alias (allowed: a word)"),
    ])
  func keys(more: String, expected: String) { #expect(complaints(small(more)) == expected) }

  @Test(
    "data",
    arguments: [
      (
        "{source: mnist}",
        "f.yaml:4:16: data: unknown source 'mnist' (allowed: \(datasetCatalog.names.joined(separator: ", ")))"
      ),
      (
        "{source: idx}",
        "f.yaml:4:7: data.root: is missing (allowed: text)\nf.yaml:4:7: data.domains: is missing (allowed: a list, each text)"
      ),
      ("{source: safetensors, file: no.safetensors}", "f.yaml:4:35: data.file: /nowhere/no.safetensors: no such file"),
      ("{source: idx, root: no, domains: [a]}", "f.yaml:4:27: data.root: /nowhere/no: no such file or folder"),
      (
        "{source: safetensors, file: x, partition: iid}",
        "f.yaml:4:49: data.partition.clients: is missing (allowed: a whole number from 1 to 10000000)"
      ),
      (
        "{partition: {clients: 3}}",
        "f.yaml:4:19: data.partition: needs a 'kind' (allowed: \(partitionCatalog.names.joined(separator: ", ")))"
      ),
      (
        "{partition: {kind: dirichlet, clients: 10, min_size: 101}}",
        "f.yaml:4:19: data.partition: 1000 examples are too few for 10 clients of at least 101"
      ),
      (
        "{partition: {kind: iid, clients: 10000000}}",
        "f.yaml:4:19: data.partition: would make 1000000000 examples to be divided (allowed: up to 12500000)"
      ),
      (
        "{partition: {kind: by-domain, clients_per_domain: 10000000}, train_per_client: 640}",
        "f.yaml:4:19: data.partition: would make 6400000000 examples of a domain (allowed: up to 2147483647)"
      ),
      (
        "{image: {width: 4, channels: 2, hight: 8}}",
        """
        f.yaml:4:23: data.image.width: '4' is not allowed (allowed: a whole number from 8 to 256)
        f.yaml:4:36: data.image.channels: '2' is not allowed (allowed: 1, 3)
        f.yaml:4:39: data.image.hight: unknown key; did you mean 'height'? (allowed: width, height, channels, mean, std)
        """
      ),
      (
        "{image: {mean: [1, 2]}}",
        "f.yaml:4:22: data.image.mean: has 2 values for 3 channels (allowed: a number, or a list of 3)"
      ),
      (
        "{domains: [inc]}",
        "f.yaml:4:18: data.domains[0]: 'inc' is not allowed; did you mean 'ink'? (allowed: ink, typeset, colour, chalk, street, meter, dot-matrix)"
      ),
      ("{domains: [ink, ink]}", "f.yaml:4:17: data.domains: names a domain twice"),
      (
        "{train_per_client: 0}",
        "f.yaml:4:26: data.train_per_client: '0' is not allowed (allowed: a whole number from 1 to 10000000)"
      ),
    ])
  func data(data: String, expected: String) {
    let text = "name: a\nrounds: 1\nmodel: mlp\ndata: \(data)\n"
    #expect(complaints(text) == expected)
  }

  @Test(
    "models",
    arguments: [
      (
        "name: a\nrounds: 1\nmodel: digit-small\n",
        "f.yaml:3:8: model: unknown model 'digit-small'; did you mean 'digits-small'? (allowed: mlp, cnn, digits-small, digits-paper, resnet18)"
      ),
      (
        "name: a\nrounds: 1\nmodel: {hidden: [2]}\n",
        "f.yaml:3:8: model: needs a 'kind' (allowed: mlp, cnn, digits-small, digits-paper, resnet18)"
      ),
      (
        "name: a\nrounds: 1\nmodel: {input: [4]}\n",
        "f.yaml:3:8: model.layers: is missing or empty (allowed: a list of layers)"
      ),
      (
        "name: a\nrounds: 1\nmodel: {layers: [relu]}\n",
        "f.yaml:3:8: model.input: is missing (allowed: a list, each a whole number from 1 to 1000000, as [28, 28, 3])"
      ),
      (
        "name: a\nrounds: 1\nmodel: {input: [28, 28, 1], layers: [flatten, {dense: 10}]}\n",
        "f.yaml:3:16: model.input: is [28, 28, 1], the data have examples of [28, 28, 3]"
      ),
      (
        inline("flatten, {dense: 9}"),
        "f.yaml:5:21: model.layers[1]: puts out [9], the data have 10 labels (allowed: [10] or more)"
      ),
      (
        inline("{dense: 9}"),
        "f.yaml:5:12: model.layers[0]: layer 'fc1': dense needs vectors or sequences, its input is an image [28×28×3]; put flatten before it"
      ),
      (
        inline("{conv2d: {name: c, filters: 6, kernel: 3}}, {group_norm: {name: n, groups: 4}}, flatten, {dense: 10}"),
        "f.yaml:5:56: model.layers[1]: layer 'n': 4 groups do not divide 6 channels"
      ),
      (
        inline("flatten, {dense: {name: x, units: 4}}, {dense: {name: x, units: 10}}"),
        "f.yaml:5:51: model.layers[2]: layer 'x': another layer is called 'x'"
      ),
      (
        inline("flaten"),
        "f.yaml:5:12: model.layers[0]: unknown layer 'flaten'; did you mean 'flatten'? (allowed: \(layers))"
      ),
      (
        inline("{relu: 3, dense: 3}"),
        "f.yaml:5:12: model.layers[0]: '{relu: 3, dense: 3}' is not allowed (allowed: a layer's kind, or a mapping of one kind to its options)"
      ),
      (
        inline("{dense: {}}"),
        "f.yaml:5:20: model.layers[0].dense.units: is missing (allowed: a whole number from 1 to 1048576)"
      ),
      (inline("{relu: 3}"), "f.yaml:5:19: model.layers[0].relu: '3' is not allowed (allowed: a mapping of name)"),
      (
        inline("{batch_norm: {momentum: 2}}"),
        "f.yaml:5:36: model.layers[0].batch_norm.momentum: '2' is not allowed (allowed: a number ≥ 0 and ≤ 1, or cumulative)"
      ),
      (
        inline("flatten, {dense: 10}", "norm: fedbn\n"),
        "f.yaml:6:7: norm: 'fedbn' can't be used in arm 'fedbn': the model has no normalization layer for it to apply to"
      ),
      (
        inline("{conv2d: {filters: 4, kernel: 3}}, {group_norm: 2}, flatten, {dense: 10}", "norm: silobn\n"),
        "f.yaml:6:7: norm: 'silobn' can't be used in arm 'silobn': it treats running statistics, and the model's normalization layers (group_norm) keep none"
      ),
      (
        inline("flatten, {dense: 10}", "strategy: scaffold\nclient: {optimizer: adam}\n"),
        "f.yaml:6:11: strategy: 'scaffold' can't be used in arm 'fedavg': its control variates need local steps of plain SGD (allowed: client.optimizer sgd with momentum 0)"
      ),
      (
        inline("flatten, {dense: 10}", "client: {optimizer: {momentum: 0.9}}\nstrategy: {kind: scaffold}\n"),
        "f.yaml:7:11: strategy: 'scaffold' can't be used in arm 'fedavg': its control variates need local steps of plain SGD (allowed: client.optimizer sgd with momentum 0)"
      ),
    ])
  func models(text: String, expected: String) { #expect(complaints(text) == expected) }

  @Test(
    "arms and names",
    arguments: [
      ("arms:\n  - {name: x}\n  - {name: x}\n", "f.yaml:7:12: arms[1].name: another arm is called 'x'"),
      (
        "arms:\n  - {name: A b}\n",
        "f.yaml:6:12: arms[0].name: 'A b' is not allowed (allowed: letters a-z, digits, '-', '_' and '.', at most 100)"
      ),
      ("arms:\n  - {norm: fedbn}\n", "f.yaml:6:5: arms[0].name: is missing (allowed: a name)"),
      ("arms:\n  - {name: [x]}\n", "f.yaml:6:12: arms[0].name: '[x]' is not allowed (allowed: a name)"),
      ("arms: []\n", "f.yaml:5:7: arms: has no arm"),
      ("arms: x\n", "f.yaml:5:7: arms: 'x' is not allowed (allowed: a list of arms, each a mapping with a 'name')"),
      (
        "arms: [x]\n",
        "f.yaml:5:8: arms[0]: 'x' is not allowed (allowed: a mapping of name, description, \(keysOfArms))"
      ),
      (
        "arms: [{name: x, nrom: fedbn}]\n",
        "f.yaml:5:18: arms[0].nrom: unknown key; did you mean 'norm'? (allowed: name, description, \(keysOfArms))"
      ),
      (
        "arms: [{name: x, norm: fedbm}, {name: y, norm: fedbm}]\n",
        "f.yaml:5:24: norm: unknown norm 'fedbm'; did you mean 'fedbn'? (allowed: fedavg, pooled, fedbn, silobn, local-affine, fixbn, fedtan, hbn, fbn, recalibrated, drop, frozen, fedap, matrix)\nf.yaml:5:48: norm: unknown norm 'fedbm'; did you mean 'fedbn'? (allowed: fedavg, pooled, fedbn, silobn, local-affine, fixbn, fedtan, hbn, fbn, recalibrated, drop, frozen, fedap, matrix)"
      ),
    ])
  func arms(more: String, expected: String) { #expect(complaints(small(more)) == expected) }

  @Test(
    "what else is wrong is told beside what is wrong with the list of arms",
    arguments: [
      "arms: []\n", "arms: x\n", "arms: [x]\n", "arms: [{rounds: 2}]\n", "arms: [{name: [x], rounds: 2}]\n",
      "arms: [{name: A b}]\n", "arms: [{name: x}, {name: x}]\n",
    ])
  func besideArms(arms: String) {
    let wrong = "rounds: 5.5\nmodel: {foo: 1}\nnorm: {kind: fedbn, mix: 1}\nseeds: []\n"
    let alone = complaints("name: a\n" + wrong)
    let both = complaints("name: a\n" + wrong + arms)
    // The arm that has its own rounds has nothing wrong with those of the others.
    let told = alone.split(separator: "\n").filter { !arms.contains("rounds") || !$0.contains(": rounds: ") }
    #expect(told.count >= 3)
    #expect(both.split(separator: "\n").dropLast() == told[...])
    #expect(both.split(separator: "\n").last?.hasPrefix("f.yaml:6:") == true)
  }

  @Test("an arm with a wrong name is checked like the others")
  func armsWithWrongNames() {
    let text = """
      arms:
        - {name: a}
        - {name: a, norm: fedbm, strategy: {kind: fedprox, mu: -1}}
        - {rounds: 0}
      """
    #expect(
      complaints(small(text)) == """
        f.yaml:7:12: arms[1].name: another arm is called 'a'
        f.yaml:7:21: norm: unknown norm 'fedbm'; did you mean 'fedbn'? (allowed: fedavg, pooled, fedbn, silobn, \
        local-affine, fixbn, fedtan, hbn, fbn, recalibrated, drop, frozen, fedap, matrix)
        f.yaml:7:58: strategy.mu: '-1' is not allowed (allowed: a number ≥ 0)
        f.yaml:8:5: arms[2].name: is missing (allowed: a name)
        f.yaml:8:14: rounds: '0' is not allowed (allowed: a whole number from 1 to 1000000)
        """)
    // A sweep does not tell of the same names again.
    #expect(
      complaints(small("arms: [{name: x}, {name: x}, {}]\nsweep: {norm: [fedavg, fedbn]}\n")) == """
        f.yaml:5:26: arms[1].name: another arm is called 'x'
        f.yaml:5:30: arms[2].name: is missing (allowed: a name)
        """)
  }

  @Test(
    "the scenario as a whole",
    arguments: [
      ("", "f.yaml:1:1: the file is empty"), ("# nothing\n", "f.yaml:1:1: the file is empty"),
      ("- a\n", "f.yaml:1:1: is not a scenario (allowed: a mapping of \(allKeys))"),
      (
        "description: x\n",
        """
        f.yaml:1:1: name: is missing (allowed: letters a-z, digits and '-', at most 100)
        f.yaml:1:1: rounds: is missing (allowed: a whole number from 1 to 1000000)
        f.yaml:1:1: model: is missing (allowed: mlp, cnn, digits-small, digits-paper, resnet18, or {input: …, layers: […]})
        """
      ),
      (
        "name: My Run\nrounds: 1\nmodel: mlp",
        "f.yaml:1:7: name: 'My Run' is not allowed (allowed: letters a-z, digits and '-', at most 100)"
      ),
      (
        "name: a\nrounds: [1\nmodel: x\n",
        "f.yaml:3:6: not YAML: did not find expected ',' or ']' while parsing a flow sequence"
      ),
      ("name: a\n  rounds: 1\n", "f.yaml:2:9: not YAML: mapping values are not allowed in this context"),
      (
        "name: a\n\trounds: 1\n",
        "f.yaml:2:1: not YAML: found a tab character that violates indentation while scanning a plain scalar"
      ),
      ("name: a\nrounds: 1\nname: b\n", "f.yaml:1:1: the key 'name' is given again below, in the same mapping"),
      (
        "name: a\nclient: {epochs: 1, epochs: 2, steps: 1, steps: 2}",
        "f.yaml:2:10: the keys 'epochs', 'steps' are given again below, in the same mapping"
      ),
      (
        "name: a\n---\nname: b\n",
        "f.yaml:2:1: not YAML: expected a single document in the stream, but found another document"
      ),
      ("name: a\n  \u{1}x: 2", "f.yaml:2:3: not YAML: control characters are not allowed"),
      ("name: a\nrounds: *x\n", "f.yaml:2:9: not YAML: found undefined alias"),
      (
        String(repeating: "[", count: 70) + String(repeating: "]", count: 70),
        "f.yaml:1:65: values are nested more than 64 deep"
      ),
      (String(repeating: "- ", count: 5000), "f.yaml:1:1999: values are nested more than 64 deep"),
    ])
  func whole(text: String, expected: String) { #expect(complaints(text) == expected) }

  @Test("three mistakes in one file are told all three, in the order of the file")
  func three() {
    let text = """
      name: Digits
      rounds: 3
      model: mlp
      cohort: {kind: unifrom, count: 2}
      arms:
        - {name: a, strategy: {kind: fedprox, mu: -1}}
      """
    #expect(
      complaints(text) == """
        f.yaml:1:7: name: 'Digits' is not allowed (allowed: letters a-z, digits and '-', at most 100)
        f.yaml:4:16: cohort: unknown cohort 'unifrom'; did you mean 'uniform'? (allowed: everyone, uniform, listed, poisson, round-robin, weighted)
        f.yaml:6:45: strategy.mu: '-1' is not allowed (allowed: a number ≥ 0)
        """)
  }

  @Test("what a file names that is not there is missing input, what is wrong is not")
  func missingInput() throws {
    func error(_ text: String) -> ScenarioError? {
      do throws(ScenarioError) { _ = try experiment(text) } catch { return error }
      return nil
    }
    #expect(try #require(error(small("init: no.safetensors\n"))).isMissingInput)
    #expect(
      try #require(error("name: a\nrounds: 1\nmodel: mlp\ndata: {source: safetensors, file: x}\n")).isMissingInput)
    #expect(
      try #require(error("name: a\nrounds: 1\nmodel: mlp\ndata: {source: idx, root: x, domains: [a]}\n")).isMissingInput
    )
    #expect(try !#require(error(small("norm: x"))).isMissingInput)
    #expect(try !#require(error("name: a\nrounds: 1\nmodel: mlp\ninit: no\nclient: {batch_size: 1}\n")).isMissingInput)
    #expect(throws: ScenarioError.self) { try Scenario(path: "/nowhere/x.yaml") }
    do throws(ScenarioError) { _ = try Scenario(path: "/nowhere/x.yaml") } catch {
      #expect(error.isMissingInput && "\(error)" == "/nowhere/x.yaml: no such file")
    }
  }

  @Test("files that can't be scenarios", .timeLimit(.minutes(1)))
  func files() throws {
    try withFolder { folder in
      func said(_ name: String) -> String {
        do throws(ScenarioError) { _ = try Scenario(path: folder.appendingPathComponent(name).path) } catch {
          return "\(error)".replacing(folder.path + "/", with: "")
        }
        return ""
      }
      #expect(said("").hasSuffix(": is a folder, not a scenario file"))
      try #require(mkfifo(folder.appendingPathComponent("pipe").path, 0o600) == 0)
      try Data().write(to: folder.appendingPathComponent("empty"))
      #expect(said("empty") == "empty:1:1: the file is empty")
      #expect(said("pipe") == said("empty").replacing("empty", with: "pipe", maxReplacements: 1))
      try [UInt8](repeating: 0x20, count: (4 << 20) + 1).withUnsafeBytes {
        try Data($0).write(to: folder.appendingPathComponent("large"))
      }
      #expect(said("large") == "large: is larger than 4 MiB, which no scenario is")
      try Data([0x6E, 0xFF, 0xFE]).write(to: folder.appendingPathComponent("bytes"))
      #expect(said("bytes") == "bytes: is not UTF-8 text")
      try Data(small().utf8).write(to: folder.appendingPathComponent("good.yaml"))
      #expect(said("good.yaml").isEmpty)
    }
  }
}

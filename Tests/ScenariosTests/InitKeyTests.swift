import Federation
import Foundation
import Networks
import Tensors
import Testing

@testable import Scenarios

private typealias Tensors = [(name: String, tensor: SafetensorsTensor)]

/// `init` as a mapping: files whose arrays have other names, or lack some.
@Suite("files of weights with other names")
struct InitKeyTests {
  private static func floats(_ shape: [Int], from first: Float = 0.5) -> SafetensorsTensor {
    .floats(shape: shape, (0..<shape.reduce(1, *)).map { first + Float($0) / 64 })
  }

  /// As another exporter has it: behind `module.`, the body in `net`, a head of five classes.
  private static let weights: Tensors = [
    ("module.net.0.weight", floats([3, 3])), ("module.net.0.bias", floats([3])),
    ("module.net.bn.weight", floats([3])), ("module.net.bn.bias", floats([3])),
    ("module.net.bn.running_mean", floats([3])), ("module.net.bn.running_var", floats([3])),
    ("module.net.bn.num_batches_tracked", .integers(shape: [], [5])), ("module.head.weight", floats([5, 3])),
    ("module.head.bias", floats([5])), ("optimizer.state", floats([2])),
  ]

  /// The complaints or, where there are none, the notes.
  private func said(_ value: String, more: String = "", _ weights: Tensors = weights) throws -> [String] {
    var result: [String] = []
    try opened(value, more: more, weights) { experiment, words, folder in
      result = experiment?.notes ?? words.split(separator: "\n").map { String($0).replacing("\(folder)/", with: "") }
    }
    return result
  }

  private func opened(
    _ value: String, more: String = "", _ weights: Tensors = weights,
    _ body: (Experiment?, String, String) throws -> Void
  ) throws {
    try withFolder { folder in
      let data: Tensors = [
        ("client0.x", Self.floats([4, 3])), ("client0.y", .integers(shape: [4], [0, 1, 1, 0])),
        ("client0.test_x", Self.floats([1, 3])), ("client0.test_y", .integers(shape: [1], [1])),
      ]
      try Data(encodeSafetensors(data, metadata: [:])).write(to: folder.appendingPathComponent("d.safetensors"))
      try Data(encodeSafetensors(weights, metadata: [:])).write(to: folder.appendingPathComponent("w.safetensors"))
      let text =
        "name: a\nrounds: 1\nmodel: {input: [3], layers: [{dense: {name: fc1, units: 3}}, {batch_norm: {name: bn1}}, {dense: {name: fc2, units: 2}}]}\n"
        + "data: {source: safetensors, file: d.safetensors}\ninit: \(value)\n" + more
      let made = Result { try experiment(text, folder: folder.path) }
      switch made {
      case .success(let experiment): try body(experiment, "", folder.path)
      case .failure(let error): try body(nil, "\(error)", folder.path)
      }
    }
  }

  private static let names = "rename: {net.0.: fc1., net.bn.: bn1., head.: fc2.}"
  private static let headless = "rename: {net.0.: fc1., net.bn.: bn1.}, allow_missing: [fc2.*]"

  @Test("the body is read, the head keeps the initial values of each seed, and the plan says so")
  func read() throws {
    try opened("{file: w.safetensors, prefix: module., \(Self.headless)}", more: "seeds: [1, 2]\n") { made, words, _ in
      let experiment = try #require(made, "\(words)")
      for run in experiment.runs.map(\.configuration) {
        let state = try #require(run.initialState)
        let initial = ModelState(initial: run.network.layout, seed: run.seed)
        #expect(state.counters == [5])
        for tensor in run.network.layout.tensors where tensor.role != .batchCount {
          let values = Array(state.values[tensor.range])
          if tensor.layer == "fc2" {
            #expect(values == Array(initial.values[tensor.range]))
          } else {
            #expect(values == values.indices.map { 0.5 + Float($0) / 64 })
          }
        }
      }
      #expect(experiment.runs[0].configuration.initialState != experiment.runs[1].configuration.initialState)
      #expect(experiment.runs[0].inputs.contains { $0.kind == .initialModel && $0.name == "w.safetensors" })
      #expect(
        Array(experiment.notes.suffix(2)) == [
          "arm 'fedavg': 2 arrays of the model are not in 'w.safetensors' and keep initial values: 'fc2.weight', 'fc2.bias'",
          "arm 'fedavg': 2 arrays of 'w.safetensors' are none of the model's and passed over: 'module.head.bias', 'module.head.weight'",
        ])
    }
  }

  @Test("a path beside 'init_prefix' and a mapping with 'prefix' are one input to the record")
  func sameInput() throws {
    let plain =
      Self.weights.map { entry in
        (
          entry.name.replacing("net.0", with: "fc1").replacing("net.bn", with: "bn1").replacing("head", with: "old"),
          entry.tensor
        )
      } + [("module.fc2.weight", Self.floats([2, 3])), ("module.fc2.bias", Self.floats([2]))]
    var inputs: [[String]] = []
    var states: [ModelState?] = []
    for (value, more) in [("w.safetensors", "init_prefix: module.\n"), ("{file: w.safetensors, prefix: module.}", "")] {
      try opened(value, more: more, plain) { made, words, _ in
        let run = try #require(made?.runs.first, "\(words)")
        inputs.append(run.inputs.map { "\($0.kind) \($0.name) \($0.sha256)" })
        states.append(run.configuration.initialState)
      }
    }
    #expect(inputs[0] == inputs[1] && states[0] == states[1] && states[0] != nil)
  }

  @Test(
    "mistakes, word by word",
    arguments: [
      ("{prefix: module.}", "f.yaml:5:7: init.file: is missing (allowed: the path of a safetensors file)"),
      (
        "{file: w.safetensors, prefx: module.}",
        "f.yaml:5:29: init.prefx: unknown key; did you mean 'prefix'? (allowed: file, prefix, rename, allow_missing)"
      ),
      (
        "{file: w.safetensors, rename: [a]}",
        "f.yaml:5:37: init.rename: '[a]' is not allowed (allowed: a mapping of how names begin in the file to how they begin in the model)"
      ),
      (
        "{file: w.safetensors, rename: {a: [b]}}",
        "f.yaml:5:41: init.rename.a: '[b]' is not allowed (allowed: text, \"\" for nothing)"
      ),
      (
        "{file: w.safetensors, allow_missing: {a: b}}",
        "f.yaml:5:44: init.allow_missing: '{a: b}' is not allowed (allowed: a list, each text, or text)"
      ),
      (
        "{file: w.safetensors, prefix: module., \(names)}",
        "f.yaml:5:14: init: w.safetensors: does not fit the model: 'module.head.weight' has shape [5, 3], the model needs [2, 3]; 'module.head.bias' has shape [5], the model needs [2]"
      ),
      (
        "{file: w.safetensors, prefix: module., rename: {net.0.: fc1., net.bn.: bn1.}}",
        "f.yaml:5:14: init: w.safetensors: does not fit the model: 'fc2.weight' is missing; 'fc2.bias' is missing; the file has besides: 'module.head.bias' [5], 'module.head.weight' [5, 3], 'optimizer.state' [2]"
      ),
      (
        "{file: w.safetensors, prefix: module., rename: {net.0.: fc1., net.bn.: bn1., haed.: fc2.}}",
        "f.yaml:5:84: init.rename.haed.: begins no name of w.safetensors behind 'module.'; did you mean 'head.'?"
      ),
      (
        "{file: w.safetensors, prefix: module., rename: {net.0: fc1, net.0.: fc1., net.bn.: bn1.}, allow_missing: fc2.*}",
        "f.yaml:5:55: init.rename.net.0: replaces nothing: of each name that begins so, a longer beginning is renamed"
      ),
      (
        "{file: w.safetensors, prefix: module., rename: {net.0.: fc1., net.bn.: fc1.}, allow_missing: fc2.*}",
        "f.yaml:5:14: init: w.safetensors: does not fit the model: 'module.net.0.bias' and 'module.net.bn.bias' both become 'fc1.bias'"
      ),
      (
        "{file: w.safetensors, prefix: module., rename: {net.0.: fc1., net.bn.: bn1.}, allow_missing: [fc2.*, fc3.*]}",
        "f.yaml:5:108: init.allow_missing[1]: 'fc3.*' matches no name of the model; did you mean 'fc1.*'? (allowed: names and patterns of layers bn1, fc1, fc2)"
      ),
      (
        "{file: w.safetensors, prefix: other., allow_missing: \"*\"}",
        "f.yaml:5:14: init: w.safetensors: does not fit the model: it has no array of the model, all of which may be missing"
      ),
    ])
  func mistakes(value: String, words: String) throws {
    let found = try said(value)
    #expect(found == [words], "\(found)")
  }

  @Test("a prefix that is missing is named with the mapping's key, and 'init_prefix' does not stand beside a mapping")
  func prefixes() throws {
    let behind = Self.weights.map { entry in
      (
        entry.name.replacing("net.0", with: "fc1").replacing("net.bn", with: "bn1").replacing("head", with: "old"),
        entry.tensor
      )
    }
    #expect(
      try said("{file: w.safetensors, allow_missing: fc2.*}", behind).first?.hasSuffix(
        "; the model's arrays are there behind 'module.': write 'init.prefix: module.'") == true)
    #expect(
      try said("{file: w.safetensors}", more: "init_prefix: module.\n").first
        == "f.yaml:6:1: init_prefix: can't be combined with a mapping at 'init'; write 'init.prefix'")
  }

  @Test("a pattern that was not needed is told, and so is what is passed over")
  func unneeded() throws {
    let notes = try said(
      "{file: w.safetensors, prefix: module., rename: {net.0.: fc1., net.bn.: bn1.}, allow_missing: [fc2.*, bn1.*]}")
    #expect(
      notes.contains(
        "arm 'fedavg': 'init.allow_missing[1]' matches nothing that 'w.safetensors' lacks: all that 'bn1.*' names is read from it"
      ), "\(notes)")
  }

  @Test("arms merge mappings, and keys that are no plain words are written down again")
  func merging() throws {
    let arms = "arms: [{name: a}, {name: b, init: {rename: {\"he ad.\": null, \"head.\": \"old: \"}}}]\n"
    let value = "{file: w.safetensors, prefix: module., rename: {net.0.: fc1., net.bn.: bn1.}, allow_missing: [fc2.*]}"
    try opened(value, more: arms) { made, words, _ in
      let experiment = try #require(made, "\(words)")
      #expect(experiment.runs.count == 2)
      #expect(
        experiment.runs[0].configuration.initialState == experiment.runs[1].configuration.initialState)
    }
    let text = small("init: {file: w, rename: {\"a b\": \"\", \"x: y\": z, enc.: \"q\"}}\n")
    let scenario = try Scenario(
      text: text, file: "f.yaml", baseDirectory: "/", edits: ScenarioEdits(settings: ["client.epochs=2"]))
    #expect(scenario.text.contains("\"x: y\": z") && scenario.text.contains("\"a b\": \"\""), "\(scenario.text)")
  }
}

import Foundation
import Networks
import Tensors
import Testing

@testable import Scenarios

/// Files that scenarios name: weights and examples.
@Suite("files of a scenario")
struct InputFileTests {
  private typealias Tensors = [(name: String, tensor: SafetensorsTensor)]

  private static func floats(_ shape: [Int], _ value: Float = 0.5) -> SafetensorsTensor {
    .floats(shape: shape, (0..<shape.reduce(1, *)).map { value + Float($0) / 64 })
  }

  /// Two clients with 6 and 4 examples of three values; the second has test examples.
  private static func clients() -> Tensors {
    [
      ("client0.x", floats([6, 3])), ("client0.y", .integers(shape: [6], [0, 1, 2, 0, 1, 2])),
      ("client1.x", floats([4, 3], 2)),
      ("client1.y", .integers(shape: [4], [2, 1, 0, 2])), ("client1.test_x", floats([2, 3], -1)),
      ("client1.test_y", .integers(shape: [2], [1, 1])),
    ]
  }

  private static let model = "model: {input: [3], layers: [{dense: {name: fc, units: 3}}, {batch_norm: {name: bn}}]}\n"

  private static func weights() -> Tensors {
    [
      ("fc.weight", floats([3, 3])), ("fc.bias", floats([3])), ("bn.weight", floats([3], 1)), ("bn.bias", floats([3])),
      ("bn.running_mean", floats([3])), ("bn.running_var", floats([3])),
      ("bn.num_batches_tracked", .integers(shape: [], [5])),
    ]
  }

  private func write(_ tensors: Tensors, to url: URL) throws {
    try Data(encodeSafetensors(tensors, metadata: [:])).write(to: url)
  }

  /// What a scenario says about this data file, and this file of weights, without the folder.
  private func said(_ data: Tensors, _ weights: Tensors? = nil, more: String = "") throws -> String {
    var result = ""
    try withFolder { folder in
      try write(data, to: folder.appendingPathComponent("d.safetensors"))
      if let weights { try write(weights, to: folder.appendingPathComponent("w.safetensors")) }
      result = complaints(
        "name: a\nrounds: 1\n\(Self.model)data: {source: safetensors, file: d.safetensors}\n"
          + (weights == nil ? "" : "init: w.safetensors\n") + more, folder: folder.path
      ).replacing(folder.path + "/", with: "")
    }
    return result
  }

  private func changed(_ tensors: Tensors, _ name: String, _ tensor: SafetensorsTensor?) -> Tensors {
    tensors.filter { $0.name != name } + (tensor.map { [(name, $0)] } ?? [])
  }

  @Test("clients come from a file beside the scenario, wherever the program runs")
  func clientsAndPaths() throws {
    try withFolder { folder in
      let inner = folder.appendingPathComponent("scenarios")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      try write(Self.clients(), to: folder.appendingPathComponent("d.safetensors"))
      try write(Self.weights().map { ("net." + $0.name, $0.tensor) }, to: inner.appendingPathComponent("w.safetensors"))
      let text =
        "name: a\nrounds: 1\n\(Self.model)data: {source: safetensors, file: ../d.safetensors}\ninit: w.safetensors\ninit_prefix: net.\n"
      let file = inner.appendingPathComponent("s.yaml")
      try Data(text.utf8).write(to: file)
      let scenario = try Scenario(path: file.path)
      #expect(scenario.baseDirectory == inner.standardizedFileURL.path && scenario.file == file.path)
      let experiment = try Experiment(scenario)
      let configuration = try #require(experiment.runs.first).configuration
      #expect(configuration.dataset.clientCount == 2)
      #expect(
        configuration.dataset.profile(0).labelHistogram == [2, 2, 2]
          && configuration.dataset.profile(1).labelHistogram == [1, 1, 2])
      #expect(configuration.dataset.examples(1, .test).labels == [1, 1] && configuration.dataset.testCount(0) == 0)
      #expect(configuration.initialState?.counters == [5])
      #expect(try #require(configuration.initialState).values.prefix(2) == [0.5, 0.515625])
      #expect(
        try #require(experiment.runs.first).configuration.description.clients.map(\.domain) == ["client0", "client1"])
      let absolute = text.replacing("../d", with: folder.path + "/d").replacing(
        "init: w", with: "init: \(inner.path)/w")
      #expect(complaints(absolute).isEmpty)
    }
  }

  @Test("a data set without test examples is noted")
  func notes() throws {
    try withFolder { folder in
      try write(Self.clients().filter { !$0.name.contains("test") }, to: folder.appendingPathComponent("d.safetensors"))
      let text = "name: a\nrounds: 1\n\(Self.model)data: {source: safetensors, file: d.safetensors}\n"
      #expect(
        try experiment(text, folder: folder.path).notes
          == ["no client has test examples: there is no test value, no mean over test data and no best round"])
      try write(Self.clients(), to: folder.appendingPathComponent("d.safetensors"))
      #expect(
        try experiment(text, folder: folder.path).notes
          == ["1 of 2 clients has no test examples: it has no test value and is in no mean"])
    }
  }

  @Test("data files that don't fit")
  func dataFiles() throws {
    let clients = Self.clients()
    let place = "f.yaml:4:35: data.file: d.safetensors: "
    #expect(try said(clients).isEmpty)
    #expect(try said([("x", Self.floats([2]))]) == place + "has no tensor 'client0.x' (nearest there: 'x')")
    #expect(
      try said(changed(clients, "client1.y", nil)) == place
        + "has no tensor 'client1.y' (nearest there: 'client0.y', 'client1.x', 'client0.x' and 2 more)")
    #expect(
      try said(changed(clients, "client1.test_x", nil)).hasPrefix(
        place + "has no tensor 'client1.test_x' (nearest there: "))
    #expect(
      try said(changed(clients, "client1.x", Self.floats([4, 2]))) == place
        + "'client1.x' has examples of 2, those before have 3")
    #expect(
      try said(changed(clients, "client1.x", Self.floats([4]))) == place
        + "'client1.x' has shape [4] (allowed: N×C×H×W, N×T×C or N×C)")
    #expect(
      try said(changed(clients, "client1.y", .integers(shape: [3], [0, 1, 2]))) == place
        + "'client1.y' has shape [3] for 4 examples")
    #expect(
      try said(changed(clients, "client1.y", .integers(shape: [4], [0, 1, -2, 1]))) == place
        + "'client1.y' holds label -2 at [2] (allowed: 0 to 65535)")
    #expect(
      try said(clients + [("client3.x", Self.floats([4, 3]))]) == place + "has a tensor 'client3.x' but no 'client2.x'")
    #expect(
      try said(changed(clients, "client0.y", Self.floats([6])))
        == place
        + "'client0.y' has the value 0.5 at [0] (allowed: an integer type, with labels from 0 to 65535; numbers to be predicted are N×D)"
    )
    #expect(
      try said(changed(clients, "client1.y", .integers(shape: [4], [0, 1, 3, 1])))
        == "f.yaml:3:61: model.layers[1]: puts out [3], the data have 4 labels (allowed: [4] or more)")
  }

  @Test("initial weights that don't fit")
  func weightFiles() throws {
    let (clients, weights) = (Self.clients(), Self.weights())
    let place = "f.yaml:5:7: init: w.safetensors: "
    #expect(try said(clients, weights).isEmpty)
    #expect(try said(clients, changed(weights, "bn.num_batches_tracked", nil)).isEmpty)
    #expect(
      try said(clients, changed(changed(weights, "fc.bias", nil), "fc.weight", Self.floats([3, 4])))
        == place
        + "does not fit the model: 'fc.weight' has shape [3, 4], the model needs [3, 3]; 'fc.bias' is missing; a file must have every array of the model"
    )
    #expect(
      try said(clients, weights, more: "init_prefix: x.\n").hasPrefix(
        place + "does not fit the model: 'x.fc.weight' is missing;"))
    #expect(
      try said(clients, changed(weights, "fc.bias", .floats(shape: [3], [0, .infinity, 1])))
        == place + "'fc.bias' has the value inf (allowed: finite numbers)")
    #expect(
      try said(clients, changed(weights, "bn.running_var", .floats(shape: [3], [0, 1, -1])))
        == place + "'bn.running_var' has the value -1.0 (allowed: numbers ≥ 0)")
    for count in [-1, Int64.max] {
      #expect(
        try said(clients, changed(weights, "bn.num_batches_tracked", .integers(shape: [], [count])))
          == place + "'bn.num_batches_tracked' is \(count) (allowed: a number of batches)")
    }
  }

  @Test("a policy that mixes starts from a file without a mix, each arm from its own, or from the file's")
  func mixing() throws {
    try withFolder { folder in
      try write(Self.clients(), to: folder.appendingPathComponent("d.safetensors"))
      func states(_ weights: Tensors) throws -> [ModelState] {
        try write(weights, to: folder.appendingPathComponent("w.safetensors"))
        return try experiment(
          "name: a\nrounds: 1\n\(Self.model)data: {source: safetensors, file: d.safetensors}\ninit: w.safetensors\n"
            + "arms: [{name: x, norm: {kind: hbn, mix: 0.5}}, {name: y, norm: {kind: hbn, mix: 0.9}}, {name: z}]\n",
          folder: folder.path
        ).runs.map { run in
          let state = try #require(run.configuration.initialState)
          #expect(state.values.count == run.configuration.network.layout.valueCount)
          return state
        }
      }
      let given = try states(Self.weights())
      // 12 weights and biases and 6 γ and β, then the mix.
      #expect(given[0].values[18..<21].allSatisfy { $0 == 0 })
      #expect(given[1].values[18..<21].allSatisfy { abs($0 - 2.197_224_6) < 1e-6 })
      #expect(given[2].values == Array(given[0].values[..<18] + given[0].values[21...]))
      let own = try states(Self.weights() + [("bn.mixing", .floats(shape: [3], [1, 2, 3]))])
      #expect(own[0].values[18..<21] == [1, 2, 3] && own[1].values[18..<21] == [1, 2, 3])
    }
  }

  @Test("one file of weights for arms whose states are laid out differently is the file's in each")
  func layouts() throws {
    try withFolder { folder in
      let model =
        "model: {input: [3], layers: [{dense: {name: fc, units: 3}}, {batch_norm: {name: bn}}, {dense: {name: fc2, units: 3}}, {batch_norm: {name: other}}]}\n"
      let more = Self.weights().map { name, tensor in
        (name.replacing("fc", with: "fc2").replacing("bn", with: "other"), tensor)
      }
      let weights = (Self.weights() + more).map { name, tensor -> (name: String, tensor: SafetensorsTensor) in
        switch tensor {
        case .floats(let shape, let values): (name, .floats(shape: shape, values.map { $0 + Float(name.count) }))
        case .integers(let shape, _): (name, .integers(shape: shape, [Int64(name.count)]))
        }
      }
      try write(Self.clients(), to: folder.appendingPathComponent("d.safetensors"))
      try write(weights, to: folder.appendingPathComponent("w.safetensors"))
      let text =
        "name: a\nrounds: 1\n\(model)data: {source: safetensors, file: d.safetensors}\ninit: w.safetensors\nnorm: fedbn\n"
        + "arms: [{name: x}, {name: y, quirks: med-air}, {name: z, norm: fedavg}]\n"
      let runs = try experiment(text, folder: folder.path).runs
      #expect(runs.count == 3)
      let given = Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.tensor) })
      for run in runs {
        let state = try #require(run.configuration.initialState)
        let tensors = state.tensors(layout: run.configuration.network.layout)
        #expect(Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) }) == given)
      }
      // The quirk changes where things lie: what the test is about.
      #expect(
        runs[0].configuration.initialState?.values != runs[1].configuration.initialState?.values
          && runs[0].configuration.initialState?.values == runs[2].configuration.initialState?.values)
    }
  }

  @Test("one file of weights for arms whose shapes differ fits one and is wrong for the other")
  func sharedWeights() throws {
    try withFolder { folder in
      let text = """
        name: a
        rounds: 1
        model: {kind: mlp, hidden: [2]}
        init: w.safetensors
        arms:
          - {name: grey, data: {image: {channels: 1, width: 8, height: 8}, train_per_client: 4}}
          - {name: colour, data: {image: {channels: 3, width: 8, height: 8}, train_per_client: 4}}
        """
      let grey = try modelCatalog.make("mlp", ["hidden": .list([.integer(2)])]).network(input: [8, 8, 1], outputs: 10)
      try write(
        ModelState(initial: grey.layout, seed: 1).tensors(layout: grey.layout),
        to: folder.appendingPathComponent("w.safetensors"))
      let expected =
        "f.yaml:4:7: init: w.safetensors: does not fit the model: 'fc1.weight' has shape [2, 64], the model needs [2, 192]"
      #expect(complaints(text, folder: folder.path).replacing(folder.path + "/", with: "") == expected)
    }
  }

  @Test("damaged files are errors, wherever they are cut")
  func truncated() throws {
    try withFolder { folder in
      let bytes = encodeSafetensors(Self.clients(), metadata: [:])
      for length in 0..<bytes.count where length < 300 || length % 7 == 0 {
        try Data(bytes[..<length]).write(to: folder.appendingPathComponent("d.safetensors"))
        let text = "name: a\nrounds: 1\n\(Self.model)data: {source: safetensors, file: d.safetensors}\n"
        #expect(complaints(text, folder: folder.path).hasPrefix("f.yaml:4:35: data.file: "), "\(length) bytes")
      }
    }
  }

  @Test("IDX files: a federation, and what is wrong with truncated ones and unknown domains")
  func idx() throws {
    func idx(_ extents: [Int], _ bytes: [UInt8]) -> Data {
      Data([0, 0, 8, UInt8(extents.count)] + extents.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 255)] } + bytes)
    }
    try withFolder { folder in
      let images = idx([3, 8, 8], (0..<192).map { UInt8($0) })
      for split in ["train", "test"] {
        try images.write(to: folder.appendingPathComponent("tiny-\(split)-images-idx3-ubyte"))
        try idx([3], [0, 1, 2]).write(to: folder.appendingPathComponent("tiny-\(split)-labels-idx1-ubyte"))
      }
      func text(_ domain: String = "tiny") -> String {
        "name: a\nrounds: 1\nmodel: {kind: mlp, hidden: [2]}\ndata: {source: idx, root: ., domains: [\(domain)], image: {width: 8, height: 8}}\n"
      }
      let run = try #require(try experiment(text(), folder: folder.path).runs.first).configuration
      #expect(run.dataset.sampleShape == [8, 8, 3] && run.dataset.classCount == 3 && run.dataset.trainCount(0) == 3)
      func said(_ text: String) -> String { complaints(text, folder: folder.path).replacing(folder.path, with: "ROOT") }
      #expect(
        said(text("tinyy"))
          == "f.yaml:4:27: data.root: ROOT: no file tinyy-train-images-idx{3,4}-{ubyte,float}[.gz]; did you mean 'tiny'? "
          + "(domains there: tiny)")
      for length in 0..<images.count {
        try Data(images.prefix(length)).write(to: folder.appendingPathComponent("tiny-train-images-idx3-ubyte"))
        #expect(
          said(text()).hasPrefix("f.yaml:4:27: data.root: ROOT/tiny-train-images-idx3-ubyte: "),
          "\(length) bytes: \(said(text()))")
      }
    }
  }
}

import Foundation
import Networks
import Tensors
import Testing

@testable import Scenarios

private typealias Tensors = [(name: String, tensor: SafetensorsTensor)]

/// Files of weights as people have them: other prefixes, older counters, other heads, other formats.
@Suite("files of weights")
struct WeightFileTests {
  private static let model =
    "model: {input: [3], layers: [{dense: {name: fc1, units: 3}}, {batch_norm: {name: bn1}}, {dense: {name: fc2, units: 2}}]}\n"

  private static func floats(_ shape: [Int]) -> SafetensorsTensor {
    .floats(shape: shape, (0..<shape.reduce(1, *)).map { 0.5 + Float($0) / 64 })
  }

  private static let weights: Tensors = [
    ("fc1.weight", floats([3, 3])), ("fc1.bias", floats([3])), ("bn1.weight", floats([3])), ("bn1.bias", floats([3])),
    ("bn1.running_mean", floats([3])), ("bn1.running_var", floats([3])),
    ("bn1.num_batches_tracked", .integers(shape: [], [5])), ("fc2.weight", floats([2, 3])), ("fc2.bias", floats([2])),
  ]

  private func changed(_ name: String, _ tensor: SafetensorsTensor?, as other: String? = nil) -> Tensors {
    Self.weights.compactMap { entry in
      if entry.name != name { return entry }
      return (tensor ?? (other == nil ? nil : entry.tensor)).map { (other ?? name, $0) }
    }
  }

  /// What a scenario says of this file of weights without the place, or the counter that it starts from.
  private func said(_ bytes: [UInt8], _ more: String = "") throws -> String {
    var result = ""
    try withFolder { folder in
      let data: Tensors = [
        ("client0.x", Self.floats([4, 3])), ("client0.y", .integers(shape: [4], [0, 1, 1, 0])),
        ("client0.test_x", Self.floats([1, 3])), ("client0.test_y", .integers(shape: [1], [1])),
      ]
      try Data(encodeSafetensors(data, metadata: [:])).write(to: folder.appendingPathComponent("d.safetensors"))
      try Data(bytes).write(to: folder.appendingPathComponent("w.safetensors"))
      let text =
        "name: a\nrounds: 1\n\(Self.model)data: {source: safetensors, file: d.safetensors}\ninit: w.safetensors\n"
        + more
      do {
        let state = try #require(try experiment(text, folder: folder.path).runs.first?.configuration.initialState)
        result = "counter \(state.counters)"
      } catch let error as ScenarioError {
        result = "\(error)".replacing("f.yaml:5:7: init: \(folder.path)/w.safetensors: ", with: "")
      }
    }
    return result
  }

  private func said(_ weights: Tensors, _ more: String = "") throws -> String {
    try said(encodeSafetensors(weights, metadata: [:]), more)
  }

  private func prefixed(_ prefix: String, _ tensors: Tensors = weights) -> Tensors {
    tensors.map { (prefix + $0.name, $0.tensor) }
  }

  @Test("counters of shape [1], and of floats with whole values, are taken")
  func counters() throws {
    let name = "bn1.num_batches_tracked"
    #expect(try said(Self.weights) == "counter [5]")
    #expect(try said(changed(name, .integers(shape: [1], [7]))) == "counter [7]")
    #expect(try said(changed(name, .floats(shape: [], [1_000]))) == "counter [1000]")
    #expect(try said(changed(name, .floats(shape: [1], [0]))) == "counter [0]")
    let misfit = "does not fit the model: '\(name)' "
    #expect(try said(changed(name, .floats(shape: [], [2.5]))) == misfit + "is 2.5 (allowed: a number of batches)")
    #expect(try said(changed(name, .floats(shape: [], [.nan]))) == misfit + "is nan (allowed: a number of batches)")
    #expect(
      try said(changed(name, .floats(shape: [], [-1]))) == "'\(name)' is -1 (allowed: a number of batches)")
    #expect(
      try said(changed(name, .integers(shape: [0], []))) == misfit + "has shape [0], the model needs [] or [1]")
    #expect(
      try said(changed(name, .integers(shape: [2], [1, 1]))) == misfit + "has shape [2], the model needs [] or [1]")
  }

  @Test(
    "a prefix behind which all of the model stands is named, with the key",
    arguments: ["module.", "model.", "_orig_mod.", "state_dict.module.", "client3."])
  func prefixes(prefix: String) throws {
    let message = try said(prefixed(prefix))
    #expect(
      message.hasSuffix("; the model's arrays are there behind '\(prefix)': write 'init_prefix: \(prefix)'"),
      "\(message)")
    #expect(message.hasPrefix("does not fit the model: 'fc1.weight' is missing; "))
    #expect(try said(prefixed(prefix), "init_prefix: \(prefix)\n") == "counter [5]")
    // Without the dot, or with another prefix, the right one is named as well.
    #expect(
      try said(prefixed(prefix), "init_prefix: \(prefix.dropLast())\n").hasSuffix("write 'init_prefix: \(prefix)'"))
  }

  @Test("a prefix that is not there, two that are, and one behind which only a part stands")
  func otherPrefixes() throws {
    #expect(
      try said(Self.weights, "init_prefix: net.\n").hasSuffix(
        "; the model's arrays are there without a prefix: leave out 'init_prefix'"))
    #expect(
      try said(prefixed("client0.") + prefixed("client1.")).hasSuffix(
        "; the model's arrays are there behind 'client0.' and 'client1.': choose one with 'init_prefix'"))
    #expect(
      try said(prefixed("module.", changed("fc2.weight", nil))).hasSuffix(
        "; 7 of the model's 8 arrays are there behind 'module.': write 'init_prefix: module.'"))
  }

  @Test("a head that is missing, that has another name, or another number of labels")
  func heads() throws {
    let headless = Self.weights.filter { !$0.name.hasPrefix("fc2") }
    let missing = "does not fit the model: 'fc2.weight' is missing; 'fc2.bias' is missing"
    #expect(try said(headless) == missing + "; a file must have every array of the model")
    let renamed: Tensors = [("head.bias", Self.floats([2])), ("head.weight", Self.floats([2, 3]))]
    #expect(try said(headless + renamed) == missing + "; the file has besides: 'head.bias' [2], 'head.weight' [2, 3]")
    #expect(
      try said(changed("fc2.weight", Self.floats([10, 3])))
        == "does not fit the model: 'fc2.weight' has shape [10, 3], the model needs [2, 3]")
  }

  @Test("files of other formats are called by their names")
  func formats() throws {
    let hint = "(allowed: a safetensors file, as safetensors.torch.save_file or safetensors.numpy.save_file writes it)"
    let name = Array("archive/data.pkl".utf8)
    let torch: [UInt8] = [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 22) + [UInt8(name.count), 0, 0, 0] + name
    #expect(try said(torch) == "is not a safetensors file: it is a PyTorch file (torch.save) \(hint)")
    #expect(
      try said([0x80, 2, 0x63, 0x63, 0, 0, 0, 0, 0])
        == "is not a safetensors file: it is a Python pickle (also torch.save of old) \(hint)")
    #expect(
      try said([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10])
        == "is not a safetensors file: it is an HDF5 file (also Keras .h5) \(hint)")
  }
}

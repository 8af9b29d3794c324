import Networks
import Testing

@testable import Scenarios

/// What users read of layers within layers: the path to the innermost, and its place in the file.
@Suite("messages of residual blocks")
struct ResidualTests {
  private static let layers = layerCatalog.names.joined(separator: ", ")

  private static let mistakes: [(text: String, expected: String)] = [
    (
      inline("{residual: {name: b, layers: [{conv2d: {filters: 8, kernel: 3, stride: 2, padding: 1}}]}}"),
      "f.yaml:5:12: model.layers[0]: layer 'b': its layers put out [14×14×8], without a shortcut its input of [28×28×3] is added to that; give it one that puts out the same shape"
    ),
    (
      inline(
        "{residual: {layers: [{conv2d: {filters: 8, kernel: 1}}], shortcut: [{conv2d: {filters: 4, kernel: 1}}]}}"),
      "f.yaml:5:12: model.layers[0]: layer 'block1': its layers put out [28×28×8], its shortcut [28×28×4]; both must put out the same shape"
    ),
    (
      inline("relu, {residual: {layers: [relu, batchnorm]}}"),
      "f.yaml:5:45: model.layers[1].residual.layers[1]: unknown layer 'batchnorm'; did you mean 'batch_norm'? (allowed: \(layers))"
    ),
    (
      inline("{residual: {layers: [relu], shortcut: [{conv2d: {filters: 3}}]}}"),
      "f.yaml:5:60: model.layers[0].residual.shortcut[0].conv2d.kernel: is missing (allowed: a whole number from 1 to 1024, or a list of 2, each a whole number from 1 to 1024)"
    ),
    (
      inline("{residual: {layers: [relu, {residual: {layers: [tanh, {dense: 3}]}}]}}"),
      "f.yaml:5:66: model.layers[0].residual.layers[1].residual.layers[1]: layer 'block1.block1.fc1': dense needs vectors or sequences, its input is an image [28×28×3]; put flatten before it"
    ),
    (
      inline("{residual: [tanh, {max_pool2d: 40}]}"),
      "f.yaml:5:30: model.layers[0].residual.layers[1]: layer 'block1.maxpool1': a window of 40×40 does not fit an image of 28×28"
    ),
    (
      inline("{residual: {name: b, layers: [tanh]}}, {relu: {name: b}}"),
      "f.yaml:5:51: model.layers[1]: layer 'b': another layer is called 'b'"
    ),
    (
      inline("{residual: {name: b, layers: [{tanh: {name: x}}], shortcut: [{relu: {name: x}}]}}"),
      "f.yaml:5:73: model.layers[0].residual.shortcut[0]: layer 'b.x': another layer is called 'b.x'"
    ),
    (
      inline("{residual: {name: b}}"),
      "f.yaml:5:23: model.layers[0].residual.layers: is missing (allowed: a list of layers)"
    ),
    (
      inline("{residual: {layers: []}}"),
      "f.yaml:5:32: model.layers[0].residual.layers: '[]' is not allowed (allowed: a list of layers)"
    ),
    (
      inline("{residual: {layers: relu}}"),
      "f.yaml:5:32: model.layers[0].residual.layers: 'relu' is not allowed (allowed: a list of layers)"
    ),
    (
      inline("{residual: {layers: [relu], activation: relu}}"),
      "f.yaml:5:40: model.layers[0].residual.activation: unknown key (allowed: name, layers, shortcut)"
    ),
    ("name: a\nrounds: 1\nmodel: resnet18\n", ""),
  ]

  @Test("mistakes within blocks", arguments: mistakes)
  func residuals(text: String, expected: String) { #expect(complaints(text) == expected) }

  @Test("a bare list and a mapping with the list make the same layers")
  func shorthand() throws {
    func layers(_ block: String) throws -> [String] {
      let text = inline("\(block), relu, global_avg_pool2d, {dense: 10}")
      return try experiment(text).runs[0].configuration.network.layers.map { "\($0.name) \($0.layer) \($0.reads)" }
    }
    let inner = "[{conv2d: {filters: 3, kernel: 1}}, batch_norm]"
    let bare = try layers("{residual: \(inner)}")
    #expect(try layers("{residual: {layers: \(inner)}}") == bare)
    #expect(
      bare.map { String($0.prefix { $0 != " " }) } == [
        "block1.conv1", "block1.bn1", "block1.add1", "relu1", "globalavgpool1", "fc1",
      ])
    #expect(bare[2].hasSuffix("[2, 0]"))
  }
}

import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite struct ReplacingTests {
  private func small() throws -> Network {
    try Network(
      input: [4, 4, 3],
      layers: [
        Conv2D(name: "stem", filters: 6, kernel: [1, 1]), BatchNorm(name: "a"), ReLU(),
        Residual(name: "block", layers: [Conv2D(filters: 6, kernel: [3, 3], padding: .same), BatchNorm()]), ReLU(),
        Flatten(), Dense(name: "head", units: 2),
      ])
  }

  @Test func withoutReplacementsAllStaysAsItWas() throws {
    let network = try small()
    let same = try network.replacing { _ in nil }
    #expect(same.layout == network.layout)
    #expect(same.layers.map(\.name) == network.layers.map(\.name))
    #expect(same.layers.map(\.reads) == network.layers.map(\.reads))
    #expect(same.layers.map(\.resolved.output) == network.layers.map(\.resolved.output))
    #expect(same.trainingFLOPs == network.trainingFLOPs)
    let input = randomValues(2 * network.input.count, seed: 1)
    let outputs = try [network, same].map { try LayerRun($0, batch: 2, mode: .training).forward(input) }
    #expect(outputs[0] == outputs[1])
  }

  @Test func namesAndReadsStayAndTensorsAreSettledAnew() throws {
    let network = try small()
    let changed = try network.replacing { placed in
      placed.layer is BatchNorm ? GroupNorm(name: "other", groups: 3) : nil
    }
    #expect(changed.layers.map(\.name) == network.layers.map(\.name))
    #expect(changed.layers.map(\.reads) == network.layers.map(\.reads))
    #expect(changed.normalizationLayers.map(\.name) == ["a", "block.bn1"])
    #expect(changed.normalizationLayers.allSatisfy { $0.layer is GroupNorm })
    #expect(
      changed.layout.tensors.map(\.name)
        == network.layout.tensors.map(\.name).filter { !$0.contains("running") && !$0.contains("num_") })
    #expect(changed.layout.counterCount == 0)
    #expect(changed.layout.trainableCount == changed.layout.valueCount)
    // What keeps its name starts the same.
    let states = [network, changed].map { ($0.layout, ModelState(initial: $0.layout, seed: 5)) }
    for name in ["stem.weight", "block.conv1.weight", "head.weight", "head.bias"] {
      let values = try states.map { layout, state in Array(state.values[try #require(layout.tensor(name)).range]) }
      #expect(values[0] == values[1], "\(name)")
    }
    // The replaced network is one that could have been written so.
    let written = try Network(
      input: [4, 4, 3],
      layers: [
        Conv2D(name: "stem", filters: 6, kernel: [1, 1]), GroupNorm(name: "a", groups: 3), ReLU(),
        Residual(
          name: "block",
          layers: [Conv2D(filters: 6, kernel: [3, 3], padding: .same), GroupNorm(name: "bn1", groups: 3)]),
        ReLU(), Flatten(), Dense(name: "head", units: 2),
      ])
    #expect(changed.layout == written.layout && changed.forwardFLOPs == written.forwardFLOPs)
    let input = randomValues(3 * network.input.count, seed: 2)
    let runs = try [changed, written].map { try LayerRun($0, batch: 3, mode: .training) }
    let outputs = try runs.map { try $0.forward(input) }
    #expect(outputs[0] == outputs[1])
    let gradients = try runs.map { try $0.backward(randomValues(6, seed: 3)) }
    #expect(gradients[0] == gradients[1] && runs[0].gradients == runs[1].gradients)
  }

  @Test func whatABatchMustHaveIsSettledAnew() throws {
    let network = try Network(input: [3], layers: [Dense(units: 4), BatchNorm(), Dense(units: 2)])
    #expect(!network.canTrain(batchOf: 1))
    let changed = try network.replacing { $0.layer is BatchNorm ? LayerNorm() : nil }
    #expect(changed.canTrain(batchOf: 1))
  }

  @Test func whatIsReplacedAndPutBackIsTheSame() throws {
    let network = try modelCatalog.make("resnet18").network(input: [32, 32, 3], outputs: 10)
    let changed = try network.replacing { $0.layer is BatchNorm ? GroupNorm(groups: 2) : nil }
    let back = try changed.replacing { $0.layer is GroupNorm ? BatchNorm() : nil }
    #expect(back.layout == network.layout)
  }

  @Test func aReplacementMustFit() throws {
    let network = try small()
    func problem(
      _ kind: String, _ replacement: (NetworkLayer) throws(LayerProblem) -> (any Layer)?
    ) throws {
      let error = #expect(throws: NetworkProblem.self) { try network.replacing(replacement) }
      #expect(error.map { "\($0)" } == kind)
    }
    try problem("layer 'a': 4 groups do not divide 6 channels") { $0.layer is BatchNorm ? GroupNorm(groups: 4) : nil }
    try problem("layer 'stem': its replacement, 'conv2d', does not put out [4×4×6] as it does") {
      $0.name == "stem" ? Conv2D(filters: 5, kernel: [1, 1]) : nil
    }
    try problem("layer 'a': 'residual' can't stand for a single layer") {
      $0.name == "a" ? Residual(layers: [BatchNorm()]) : nil
    }
    try problem("layer 'block.add1': 'relu' does not read as many values as 'add'") {
      $0.name == "block.add1" ? ReLU() : nil
    }
    try problem("layer 'a': 'add' does not read as many values as 'batch_norm'") { $0.name == "a" ? Add() : nil }
    try problem("layer 'head': does not please") { placed throws(LayerProblem) in
      if placed.name == "head" { throw LayerProblem("does not please") }
      return nil
    }
  }
}

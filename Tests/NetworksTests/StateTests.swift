import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite struct StateTests {
  private static func network(outputs: Int = 2) throws -> Network {
    try Network(
      input: [4, 4, 2],
      layers: [
        Conv2D(name: "conv", filters: 3, kernel: [3, 3]), BatchNorm(name: "norm"), ReLU(), Flatten(),
        Dense(name: "head", units: outputs), GroupNorm(name: "last", groups: 1),
      ])
  }

  @Test func arraysAreInTheOrderOfTheLayersAndInThreeBlocks() throws {
    let layout = try Self.network().layout
    #expect(
      layout.tensors.map(\.name) == [
        "conv.weight", "conv.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var",
        "norm.num_batches_tracked", "head.weight", "head.bias", "last.weight", "last.bias",
      ])
    #expect(
      layout.tensors.map(\.shape) == [[3, 2, 3, 3], [3], [3], [3], [3], [3], [], [2, 12], [2], [2], [2]])
    #expect(
      layout.tensors.map(\.range) == [
        0..<54, 54..<57, 83..<86, 86..<89, 93..<96, 96..<99, 0..<1, 57..<81, 81..<83, 89..<91, 91..<93,
      ])
    #expect(layout.weightCount == 83)
    #expect(layout.trainableCount == 93)
    #expect(layout.valueCount == 99)
    #expect(layout.counterCount == 1)
    #expect(layout.normalizationRange == 83..<99)
    #expect(layout.tensor("norm.bias")?.role == .normShift)
    #expect(layout.tensor("norm") == nil)
    #expect(layout.tensors(ofLayer: "head").map(\.name) == ["head.weight", "head.bias"])
  }

  @Test func weightsStartAsInPyTorch() throws {
    let layout = try modelCatalog.make("digits-small").network(input: [28, 28, 3], outputs: 10).layout
    let state = ModelState(initial: layout, seed: 3)
    let fanIns = ["conv1": 75, "conv2": 400, "fc1": 1568, "fc2": 128]
    for tensor in layout.tensors {
      let values = tensor.role == .batchCount ? [] : Array(state.values[tensor.range])
      switch tensor.role {
      case .weight, .bias:
        let bound = 1 / Float(try #require(fanIns[tensor.layer])).squareRoot()
        #expect(values.allSatisfy { abs($0) <= bound }, "\(tensor.name)")
        let square = values.reduce(0) { $0 + Double($1 * $1) } / Double(values.count)
        if values.count > 1000 { #expect(abs(square / Double(bound * bound) - 1.0 / 3) < 0.02, "\(tensor.name)") }
        #expect(Set(values).count > values.count * 9 / 10, "\(tensor.name)")
      case .normScale, .runningVariance: #expect(values.allSatisfy { $0 == 1 }, "\(tensor.name)")
      case .normShift, .normMixing, .runningMean: #expect(values.allSatisfy { $0 == 0 }, "\(tensor.name)")
      case .batchCount: #expect(state.counters[tensor.range.lowerBound] == 0)
      }
    }
  }

  @Test func aLayerStartsTheSameInEveryModelAndOtherwiseUnderAnotherSeed() throws {
    let one = try Self.network().layout
    let other = try Network(
      input: [4, 4, 2],
      layers: [Conv2D(name: "conv", filters: 3, kernel: [3, 3]), Flatten(), Dense(name: "end", units: 5)]
    ).layout
    func weights(_ layout: StateLayout, _ name: String, _ seed: UInt64) throws -> [Float] {
      let tensor = try #require(layout.tensor(name))
      return Array(ModelState(initial: layout, seed: seed).values[tensor.range])
    }
    #expect(try weights(one, "conv.weight", 1) == weights(other, "conv.weight", 1))
    #expect(try weights(one, "conv.weight", 1) != weights(one, "conv.weight", 2))
    #expect(try weights(one, "conv.weight", 1).prefix(24) != weights(one, "head.weight", 1).prefix(24))
  }

  /// A state in which every number is different.
  private static func numbered(_ layout: StateLayout) -> ModelState {
    ModelState(
      values: (0..<layout.valueCount).map(Float.init), counters: (0..<layout.counterCount).map { Int64($0) + 5 })
  }

  @Test func statesSurviveAFile() throws {
    let layout = try Self.network().layout
    let state = Self.numbered(layout)
    let tensors = state.tensors(layout: layout).map { (name: "global." + $0.name, tensor: $0.tensor) }
    let file = try SafetensorsFile(bytes: encodeSafetensors(tensors, metadata: [:]), path: "model.safetensors")
    #expect(try ModelState(file: file, prefix: "global.", layout: layout) == state)
    #expect(file.entries["global.conv.weight"]?.shape == [3, 2, 3, 3])
    #expect(file.entries["global.norm.num_batches_tracked"]?.type == .int64)
  }

  private func message(_ edit: (inout [(name: String, tensor: SafetensorsTensor)]) -> Void, prefix: String = "") throws
    -> String
  {
    let layout = try Self.network().layout
    var tensors = Self.numbered(layout).tensors(layout: layout)
    edit(&tensors)
    let file = try SafetensorsFile(bytes: encodeSafetensors(tensors, metadata: [:]), path: "model.safetensors")
    do {
      _ = try ModelState(file: file, prefix: prefix, layout: layout)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func filesThatDoNotFit() throws {
    #expect(try message { $0.removeAll { $0.name == "norm.num_batches_tracked" } } == "no error")
    #expect(
      try message { $0.removeAll { $0.name == "conv.bias" } }
        == "model.safetensors: does not fit the model: 'conv.bias' is missing; a file must have every array of the model"
    )
    let wrong = try message { tensors in
      tensors.removeAll { $0.name == "head.bias" || $0.name == "conv.weight" }
      tensors.append(("head.bias", .floats(shape: [1, 2], [0, 0])))
    }
    #expect(
      wrong
        == "model.safetensors: does not fit the model: 'conv.weight' is missing; 'head.bias' has shape [1, 2], the model needs [2]; a file must have every array of the model"
    )
    #expect(
      try message({ _ in }, prefix: "client3.")
        == "model.safetensors: does not fit the model: 'client3.conv.weight' is missing; 'client3.conv.bias' is missing; "
        + "'client3.norm.weight' is missing; 'client3.norm.bias' is missing; and 6 more; the model's arrays are there without a prefix: leave out 'init_prefix'"
    )
  }
}

@Suite struct NetworkTests {
  private func message(_ input: Shape, _ layers: [any Layer]) -> String {
    do throws(NetworkProblem) {
      _ = try Network(input: input, layers: layers)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func layersAreNumberedByKindAroundGivenNames() throws {
    let network = try Network(
      input: [4],
      layers: [
        Dense(units: 3), BatchNorm(name: "bn2"), BatchNorm(), Dense(name: "fc3", units: 2), BatchNorm(),
        Dense(units: 2),
      ])
    #expect(network.layers.map(\.name) == ["fc1", "bn2", "bn3", "fc3", "bn4", "fc4"])
    #expect(network.normalizationLayers.map(\.name) == ["bn2", "bn3", "bn4"])
  }

  @Test func layersThatDoNotFit() {
    #expect(message([4], []) == "the model has no layers")
    #expect(message([4], [ReLU(name: "a"), Tanh(name: "a")]) == "layer 'a': another layer is called 'a'")
    #expect(
      message([4, 4, 3], [Dense(units: 2)])
        == "layer 'fc1': dense needs vectors or sequences, its input is an image [4×4×3]; put flatten before it")
    #expect(
      message([4], [Conv2D(filters: 2, kernel: [1, 1])])
        == "layer 'conv1': conv2d needs images [H, W, C], its input is [4]")
    #expect(
      message([4, 4, 3], [Conv2D(filters: 2, kernel: [5, 3])])
        == "layer 'conv1': a kernel of 5×3 does not fit an image of 4×4")
    #expect(
      message([4, 4, 3], [Conv2D(filters: 4, kernel: [1, 1], groups: 2)])
        == "layer 'conv1': 2 groups do not divide 3 input channels and 4 filters")
    #expect(
      message([4, 4, 3], [MaxPool2D(kernel: [2, 2], padding: [2, 0])])
        == "layer 'maxpool1': padding 2×0 is more than half of the kernel 2×2")
    #expect(message([4, 4, 3], [GroupNorm(groups: 2)]) == "layer 'gn1': 2 groups do not divide 3 channels")
    #expect(
      message([3], [InstanceNorm()])
        == "layer 'in1': instance_norm would normalize single values: its input is [3] in 3 groups")
    #expect(
      message([3], [GlobalAvgPool2D()])
        == "layer 'globalavgpool1': global_avg_pool2d needs images or sequences, its input is [3]")
  }

  @Test func operationsOfADenseAndAConvolution() throws {
    let network = try Network(
      input: [5, 5, 2], layers: [Conv2D(filters: 3, kernel: [3, 3]), Flatten(), Dense(units: 4)])
    #expect(network.forwardFLOPs == 2 * 18 * 27 + 2 * 27 * 4)
    #expect(network.trainingFLOPs == 3 * network.forwardFLOPs - 2 * 18 * 27)
    #expect(network.parameterCount == 54 + 3 + 108 + 4)
  }
}

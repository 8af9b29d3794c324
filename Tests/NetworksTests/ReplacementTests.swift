import Tensors
import TestSupport
import Testing

@testable import Networks

/// What each replacement makes of a layer.
@Suite struct ReplacementTests {
  private func replaced(
    _ name: String, _ layers: [any Layer], input: Shape = [4, 4, 3], groups: Int? = nil
  ) throws -> [any Layer] {
    let replacement = try replacementCatalog.make(name, groups.map { ["groups": .integer($0)] } ?? [:])
    return try Network(input: input, layers: layers).replacingNormalization(by: replacement).layers.map(\.layer)
  }

  @Test func optionsCarryOver() throws {
    let keras = BatchNorm(convention: .keras, center: false, hasReLU: true)
    let group = try #require(try replaced("group", [keras], groups: 3)[0] as? GroupNorm)
    #expect(group.groups == 3 && group.epsilon == 1e-3 && !group.center && group.scale && group.hasReLU)
    let layer = try #require(try replaced("layer", [BatchNorm(epsilon: 0.5, scale: false)])[0] as? LayerNorm)
    #expect(layer.epsilon == 0.5 && layer.center && !layer.scale && !layer.hasReLU && layer.over == nil)
    let instance = try #require(try replaced("instance", [BatchNorm(hasReLU: true)])[0] as? InstanceNorm)
    #expect(instance.epsilon == 1e-5 && instance.center && instance.scale && instance.hasReLU)
  }

  @Test func layersThatNormalizeBySampleAreReplacedByNoneAlone() throws {
    let layers: [any Layer] = [BatchNorm(), GroupNorm(groups: 3, hasReLU: true), InstanceNorm(), LayerNorm()]
    func kinds(_ name: String, groups: Int? = nil) throws -> [String] {
      try replaced(name, layers, groups: groups).map { type(of: $0).kind }
    }
    #expect(try kinds("group", groups: 3) == ["group_norm", "group_norm", "instance_norm", "layer_norm"])
    #expect(try kinds("layer") == ["layer_norm", "group_norm", "instance_norm", "layer_norm"])
    #expect(try kinds("instance") == ["instance_norm", "group_norm", "instance_norm", "layer_norm"])
    #expect(try kinds("none") == ["identity", "relu", "identity", "identity"])
    #expect(try kinds("keep") == ["batch_norm", "group_norm", "instance_norm", "layer_norm"])
  }

  @Test func withNothingToReplaceItIsAMistake() throws {
    func problem(_ name: String, _ layers: [any Layer], groups: Int? = nil) -> String? {
      do { _ = try replaced(name, layers, groups: groups) } catch { return "\(error)" }
      return nil
    }
    for name in ["group", "layer", "instance"] {
      #expect(
        problem(name, [GroupNorm(groups: 3)], groups: name == "group" ? 1 : nil)
          == "the model has no batch_norm layer to replace")
    }
    #expect(problem("none", [ReLU()]) == "the model has no normalization layer to remove")
    #expect(problem("none", [LayerNorm()]) == nil)
    #expect(problem("keep", [ReLU()]) == nil)
    #expect(
      problem("weight-standardized", [BatchNorm()])
        == "the model has no conv2d layer whose weights it could standardize")
  }

  @Test func groupsMustDivideTheChannels() throws {
    let error = #expect(throws: NetworkProblem.self) {
      try replaced("group", [BatchNorm(name: "a")], groups: 2)
    }
    #expect(error.map { "\($0)" } == "layer 'a': 2 groups do not divide 3 channels")
  }

  @Test func layerNormalizesTheSampleOfAnImageAndTheChannelsOfAVector() throws {
    for (input, groups) in [([2, 2, 3], 1), ([4, 3], 4), ([12], 1)] as [(Shape, Int)] {
      let network = try Network(input: input, layers: [BatchNorm()]).replacingNormalization(by: LayerReplacement())
      let values = randomValues(2 * input.count, seed: 3)
      let output = try LayerRun(network, batch: 2, mode: .training).forward(values)
      // By the mean and the variance of what is normalized together.
      let size = input.count / groups
      for start in stride(from: 0, to: output.count, by: size) {
        let part = values[start..<(start + size)].map(Double.init)
        let mean = part.reduce(0, +) / Double(size)
        let variance = part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
        let expected = part.map { Float(($0 - mean) / (variance + 1e-5).squareRoot()) }
        let problem = difference(Array(output[start..<(start + size)]), expected, absolute: 1e-4, relative: 1e-4)
        #expect(problem == nil)
      }
    }
  }

  @Test func weightStandardizedRemovesNormalizationAndStandardizesConvolutions() throws {
    let layers: [any Layer] = [
      Conv2D(name: "c", filters: 4, kernel: [3, 3], stride: [2, 1], padding: .same, hasBias: false),
      BatchNorm(hasReLU: true), ConvTranspose2D(filters: 2, kernel: [1, 1]), LayerNorm(), Flatten(), Dense(units: 2),
    ]
    let after = try replaced("weight-standardized", layers)
    #expect(
      after.map { type(of: $0).kind } == ["conv2d", "relu", "conv_transpose2d", "identity", "flatten", "dense"])
    let convolution = try #require(after[0] as? Conv2D)
    #expect(convolution.standardization == WeightStandardization() && convolution.hasBias)
    #expect(convolution.filters == 4 && convolution.stride == [2, 1] && convolution.padding == .same)
    // One that standardizes already keeps its own settings.
    let own = WeightStandardization(gamma: 1, hasGain: false)
    let kept = try replaced("weight-standardized", [Conv2D(filters: 2, kernel: [1, 1], standardization: own)])
    #expect((kept[0] as? Conv2D)?.standardization == own)
  }

  @Test func filtersAreStandardizedWhateverTheirScale() throws {
    let network = try Network(
      input: [5, 5, 2],
      layers: [Conv2D(filters: 3, kernel: [3, 3], hasBias: false, standardization: WeightStandardization())])
    #expect(network.layout.tensors.map(\.name) == ["conv1.weight", "conv1.gain"])
    #expect(network.layout.tensors.map(\.shape) == [[3, 2, 3, 3], [3, 1, 1, 1]])
    #expect(network.layout.tensors.map(\.role) == [.weight, .weight])
    #expect(abs(WeightStandardization.reluGamma - 1.712_858_550_449_662_7) < 1e-15)
    let state = ModelState(initial: network.layout, seed: 1)
    let input = randomValues(2 * network.input.count, seed: 2)
    let output = try LayerRun(network, batch: 2, mode: .inference, state: state).forward(input)
    var moved = state
    for place in 0..<54 { moved.values[place] = 50 * state.values[place] + 3 }
    let same = try LayerRun(network, batch: 2, mode: .inference, state: moved).forward(input)
    let problem = difference(same, output, absolute: 1e-3, relative: 1e-3)
    #expect(problem == nil)
    // A filter of equal weights passes nothing, and its gradient is finite.
    for place in 0..<54 { moved.values[place] = 0.25 }
    let run = try LayerRun(network, batch: 2, mode: .training, state: moved)
    #expect(try run.forward(input).allSatisfy { $0 == 0 })
    _ = try run.backward(randomValues(output.count, seed: 4))
    #expect(run.gradients.allSatisfy { $0.isFinite })
  }

  @Test func aStepChangesTheRawWeights() throws {
    let network = try Network(
      input: [5, 5, 2],
      layers: [
        Conv2D(filters: 3, kernel: [3, 3], standardization: WeightStandardization()), ReLU(), Flatten(),
        Dense(units: 3),
      ])
    var states: [ModelState] = []
    for isFolded in [true, false] {
      let workspace = NetworkWorkspace()
      let state = ModelState(initial: network.layout, seed: 1)
      workspace.load(state, of: network)
      let optimizer = SGD(learningRate: 0.1)
      workspace.prepareTraining(optimizer)
      let plan = try workspace.plan(batch: 4, mode: .training)
      for (place, value) in randomValues(4 * 50, seed: 3).enumerated() { workspace.input(of: plan)[place] = value }
      var gradients: [Float] = []
      _ = try workspace.trainStep(
        plan, labels: [0, 1, 2, 0], loss: .crossEntropy, stepKey: 1,
        adjust: isFolded
          ? nil
          : { pointer, _ in
            gradients = Array(UnsafeBufferPointer(start: pointer, count: network.layout.trainableCount))
          })
      states.append(workspace.state())
      guard !isFolded, let weight = network.layout.tensor("conv1.weight")?.range else { continue }
      let stepped = weight.map { state.values[$0] - 0.1 * gradients[$0] }
      #expect(difference(Array(workspace.state().values[weight]), stepped, absolute: 1e-7, relative: 1e-6) == nil)
      // Moving all of a filter's weights alike changes nothing, so that its gradients sum to 0.
      for filter in 0..<3 {
        let own = gradients[(weight.lowerBound + 18 * filter)..<(weight.lowerBound + 18 * filter + 18)]
        #expect(abs(own.reduce(0, +)) < 1e-5 && own.contains { abs($0) > 1e-4 })
      }
    }
    #expect(difference(states[0].values, states[1].values, absolute: 1e-7, relative: 1e-6) == nil)
  }

  @Test(arguments: [false, true]) func bothAlgorithmsStandardizeTheSame(isResidual: Bool) throws {
    let gamma = WeightStandardization()
    func layers(_ algorithm: Conv2D.Algorithm) -> [any Layer] {
      let convolution = Conv2D(
        filters: 16, kernel: [3, 3], padding: .each(height: 1, width: 1), algorithm: algorithm, standardization: gamma)
      var layers: [any Layer] = [convolution, ReLU(), convolution, ReLU()]
      if isResidual { layers += [Residual(layers: [convolution, ReLU(), convolution]), ReLU()] }
      return layers + [GlobalAvgPool2D(), Dense(units: 3)]
    }
    let input = randomValues(4 * 12 * 12 * 3, seed: 1)
    let results = try [Conv2D.Algorithm.direct, .auto].map { algorithm in
      let network = try Network(input: [12, 12, 3], layers: layers(algorithm))
      let state = ModelState(initial: network.layout, seed: 2)
      let run = try LayerRun(
        network, batch: 4, mode: .training, state: state,
        plan: NetworkPlan(network, batch: 4, mode: .training))
      let output = try run.forward(input)
      try run.backwardWithoutInput(randomValues(12, seed: 3))
      return [output, run.gradients]
    }
    #expect(difference(results[1][0], results[0][0], absolute: 2e-3, relative: 2e-3) == nil)
    #expect(difference(results[1][1], results[0][1], absolute: 5e-3, relative: 5e-3) == nil)
  }
}

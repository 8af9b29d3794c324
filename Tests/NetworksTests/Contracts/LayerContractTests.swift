import Tensors
import TestSupport
import Testing

@testable import Networks

/// What every layer of the catalog promises.
@Suite struct LayerContractTests {
  @Test(arguments: layerCatalog.names) func acceptsSomeInput(kind: String) {
    #expect(LayerExample.plain.contains { $0.kind == kind })
  }

  @Test(arguments: LayerExample.plain + LayerExample.varied + LayerExample.blocks) func gradientsAreThoseOfTheFunction(
    _ example: LayerExample
  ) throws {
    for statistics in [PassMode.Statistics.batch, .running] {
      // Renormalization holds what differences would move; it has tests of its own.
      if statistics == .batch, example.options["renorm"] != nil { continue }
      try checkGradients(example, PassMode(isTraining: true, statistics: statistics))
    }
  }

  private func checkGradients(_ example: LayerExample, _ mode: PassMode) throws {
    let batch = 4
    let state = example.state(seed: 3)
    let run = try LayerRun(example.network, batch: batch, mode: mode, state: state)
    let input = example.inputs(batch: batch, seed: 5)
    let weights = randomValues(batch * example.network.output.count, seed: 7)
    func loss(_ input: [Float], _ state: ModelState) throws -> Double {
      run.state = state
      return zip(try run.forward(input), weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    _ = try loss(input, state)
    let inputGradient = try run.backward(weights)
    let gradients = run.gradients

    if example.tokens == nil {
      let (told, problem) = try FiniteDifference { try loss($0, state) }.check(inputGradient, at: input)
      #expect(problem == nil, "\(example), \(mode): gradient of the input")
      let share = example.isBent ? 0.1 : 0.8
      #expect(Double(told) >= share * Double(input.count), "\(example): only \(told) derivatives could be told")
    }
    for tensor in example.network.layout.tensors where tensor.role.isTrainable {
      let values = Array(state.values[tensor.range])
      let (told, problem) = try FiniteDifference { moved in
        var changed = state
        changed.values.replaceSubrange(tensor.range, with: moved)
        return try loss(input, changed)
      }.check(Array(gradients[tensor.range]), at: values)
      #expect(problem == nil, "\(example), \(mode): gradient of \(tensor.name)")
      // A shift under a ReLU moves some value across its kink whatever the inputs.
      let bends = example.isBent || example.options["activation"] == .text("relu")
      #expect(bends || Double(told) >= 0.8 * Double(values.count), "\(example): \(tensor.name)")
    }
  }

  @Test(arguments: LayerExample.plain + LayerExample.varied + LayerExample.blocks) func tensorsHaveRolesNamesAndPlaces(
    _ example: LayerExample
  ) throws {
    let layout = example.network.layout
    #expect(Set(layout.tensors.map(\.name)).count == layout.tensors.count)
    var places: Set<Int> = []
    for tensor in layout.tensors {
      let owner = try #require(example.network.layers.first { $0.name == tensor.layer })
      #expect(tensor.shape.reduce(1, *) == tensor.range.count, "\(tensor.name)")
      #expect(tensor.role.isNormalization == (owner.layer is any NormalizationLayer), "\(tensor.name)")
      if tensor.role == .batchCount { continue }
      #expect(tensor.role.isTrainable == (tensor.range.upperBound <= layout.trainableCount), "\(tensor.name)")
      #expect(tensor.range.allSatisfy { places.insert($0).inserted }, "\(tensor.name) overlaps another")
    }
    #expect(places.count == layout.valueCount)
    let hasStatistics = layout.tensors.contains { $0.role == .runningMean }
    #expect(hasStatistics == layout.tensors.contains { $0.role == .runningVariance })
  }

  /// A network in which the layer stands behind and before layers with weights.
  private func surrounded(_ example: LayerExample) throws -> Network {
    let layer = try layerCatalog.make(example.kind, example.options)
    if example.tokens != nil { return try Network(input: example.input, layers: [layer, Flatten(), Dense(units: 3)]) }
    let front: any Layer =
      example.input.rank == 3
      ? Conv2D(filters: example.input.channels, kernel: [1, 1]) : Dense(units: example.input.channels)
    return try Network(input: example.input, layers: [front, layer, Flatten(), Dense(units: 3)])
  }

  private func inputs(_ network: Network, _ batch: Int, seed: UInt64) -> [Float] {
    let values = randomValues(batch * network.input.count, seed: seed)
    guard let tokens = network.layers[0].resolved.tokenCount else { return values }
    return values.map { (abs($0) * 1000).rounded().truncatingRemainder(dividingBy: Float(tokens)) }
  }

  private func train(
    _ network: Network, in workspace: NetworkWorkspace, batch: Int, steps: Int
  ) throws -> (state: ModelState, losses: [Double]) {
    workspace.load(ModelState(initial: network.layout, seed: 9), of: network)
    let optimizer = Adam(learningRate: 0.01)
    workspace.prepareTraining(optimizer)
    let plan = try workspace.plan(batch: batch, mode: .training)
    var losses: [Double] = []
    for step in 1...steps {
      let input = inputs(network, batch, seed: UInt64(step))
      for (place, value) in input.enumerated() { workspace.input(of: plan)[place] = value }
      let result = try workspace.trainStep(
        plan, labels: randomLabels(batch, classes: 3, seed: UInt64(step)), loss: .crossEntropy, stepKey: UInt64(step),
        adjust: nil)
      losses.append(result.loss)
    }
    return (workspace.state(), losses)
  }

  @Test(arguments: LayerExample.plain) func trainsToTheSameBits(_ example: LayerExample) throws {
    let network = try surrounded(example)
    let workspace = NetworkWorkspace()
    let first = try train(network, in: workspace, batch: 8, steps: 3)
    // A plan of another batch size, other passes and another network share the workspace.
    _ = try train(network, in: workspace, batch: 3, steps: 2)
    let evaluation = try workspace.plan(batch: 17, mode: .inference)
    let filler: Float = example.tokens == nil ? 1e6 : 0
    workspace.input(of: evaluation).update(repeating: filler, count: 17 * network.input.count)
    _ = try workspace.evaluateStep(evaluation, labels: [Int32](repeating: 0, count: 17), loss: .crossEntropy)
    let again = try train(network, in: workspace, batch: 8, steps: 3)
    #expect(first.state == again.state)
    #expect(first.losses == again.losses)
    let elsewhere = try train(try surrounded(example), in: NetworkWorkspace(), batch: 8, steps: 3)
    #expect(first.state == elsewhere.state)
    #expect(first.losses == elsewhere.losses)
  }

  @Test(arguments: LayerExample.plain) func infersEachSampleByItself(_ example: LayerExample) throws {
    let state = example.state(seed: 4)
    let network = example.network
    let inputs = example.inputs(batch: 5, seed: 6)
    let padding = [Float](repeating: example.tokens == nil ? 100 : 0, count: 3 * example.input.count)
    let batched = try LayerRun(network, batch: 8, mode: .inference, state: state)
    let together = Array(try batched.forward(inputs + padding).prefix(5 * network.output.count))
    #expect(batched.state == state, "inference changes the state")
    let single = try LayerRun(network, batch: 1, mode: .inference, state: state)
    var alone: [Float] = []
    for sample in 0..<5 {
      alone += try single.forward(Array(inputs[(sample * example.input.count)..<((sample + 1) * example.input.count)]))
    }
    let problem = difference(together, alone, absolute: 1e-5, relative: 1e-5)
    #expect(problem == nil, "\(example)")
  }
}

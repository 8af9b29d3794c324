import Tensors
import TestSupport
import Testing

@testable import Networks

/// Batch normalization on inputs of every rank, along every axis, under every option, against its definition.
@Suite struct BatchNormShapeTests {
  private static let shapes: [Shape] = [[6], [5, 6], [4, 3, 6]]

  struct Variant: Sendable, CustomStringConvertible {
    let description: String
    let layer: BatchNorm
  }

  private static let variants: [Variant] = [
    Variant(description: "defaults", layer: BatchNorm()),
    Variant(description: "keras", layer: BatchNorm(convention: .keras)),
    Variant(description: "keras, momentum", layer: BatchNorm(convention: .keras, momentum: .fixed(0.6))),
    Variant(description: "momentum", layer: BatchNorm(momentum: .fixed(0.3))),
    Variant(description: "cumulative", layer: BatchNorm(momentum: .cumulative)),
    Variant(description: "keras, cumulative", layer: BatchNorm(convention: .keras, momentum: .cumulative)),
    Variant(description: "epsilon", layer: BatchNorm(epsilon: 0.5)),
    Variant(description: "no center", layer: BatchNorm(center: false)),
    Variant(description: "no scale", layer: BatchNorm(scale: false)),
    Variant(description: "neither", layer: BatchNorm(center: false, scale: false)),
    Variant(description: "no track", layer: BatchNorm(track: false)),
    Variant(description: "relu", layer: BatchNorm(hasReLU: true)),
  ]

  private static let batch = 7

  private func values(_ run: LayerRun, _ role: TensorRole) -> [Double]? {
    run.network.layout.tensors.first { $0.role == role }.map { run.values($0).map(Double.init) }
  }

  private func reference(_ layer: BatchNorm, _ run: LayerRun, axis: Int? = nil) -> BatchNormReference {
    let extents = [run.plan.batch] + run.network.output.dimensions
    return BatchNormReference(
      extents: extents, axis: axis ?? extents.count - 1, epsilon: layer.epsilon, gamma: values(run, .normScale),
      beta: values(run, .normShift), hasReLU: layer.hasReLU)
  }

  private func expect(
    _ actual: [Float], _ expected: [Double], _ what: String, absolute: Double = 2e-5,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let problem = difference(actual, expected.map(Float.init), absolute: absolute, relative: 2e-5)
    #expect(problem == nil, "\(what)", sourceLocation: sourceLocation)
  }

  /// A state away from its start.
  private func state(_ network: Network) -> ModelState {
    LayerExample(kind: "batch_norm", options: [:], input: network.input, network: network).state(seed: 3)
  }

  /// Runs two batches forward and one inference, and compares all with the definition.
  private func check(_ layer: BatchNorm, _ network: Network, axis: Int? = nil, input: (UInt64) -> [Float]) throws {
    let start = state(network)
    let run = try LayerRun(network, batch: Self.batch, mode: .training, state: start)
    let reference = reference(layer, run, axis: axis)
    // What the layer sees: the network's input, or what the embedding before it makes of it.
    func seen(_ input: [Float]) throws -> [Double] {
      guard let embedding = network.layers[0].layer as? Embedding else { return input.map(Double.init) }
      let table = run.values(try #require(network.layout.tensors.first))
      return input.flatMap { token in
        table[(Int(token) * embedding.dimensions)..<((Int(token) + 1) * embedding.dimensions)].map(Double.init)
      }
    }
    var (mean, variance) = (values(run, .runningMean) ?? [], values(run, .runningVariance) ?? [])
    let count = Double(reference.places(0).count)
    for step in 1...2 {
      let x = input(UInt64(step))
      expect(try run.forward(x), reference.output(try seen(x)), "output of step \(step)")
      for (channel, moment) in reference.moments(try seen(x)).enumerated() {
        var newShare = 1 / Double(step)
        if case .fixed(let momentum) = layer.momentum {
          newShare = layer.convention == .keras ? 1 - momentum : momentum
        }
        let taken = layer.convention == .keras ? moment.variance : moment.variance * count / (count - 1)
        guard layer.track else { continue }
        mean[channel] = (1 - newShare) * mean[channel] + newShare * moment.mean
        variance[channel] = (1 - newShare) * variance[channel] + newShare * taken
      }
      if layer.track {
        expect(try #require(values(run, .runningMean)).map(Float.init), mean, "mean after step \(step)")
        expect(try #require(values(run, .runningVariance)).map(Float.init), variance, "variance after step \(step)")
        #expect(run.state.counters == [Int64(step)])
      } else {
        #expect(run.state.values == start.values && run.state.counters.isEmpty)
      }
    }
    let inference = try LayerRun(network, batch: Self.batch, mode: .inference, state: run.state)
    let x = input(9)
    let given = layer.track ? zip(mean, variance).map { (mean: $0, variance: $1) } : nil
    expect(try inference.forward(x), reference.output(try seen(x), by: given), "inference")
    #expect(inference.state == run.state)
  }

  @Test(arguments: shapes, variants) func followsItsDefinition(shape: Shape, variant: Variant) throws {
    let network = try Network(input: shape, layers: [variant.layer])
    try check(variant.layer, network) { randomValues(Self.batch * shape.count, seed: $0).map { 2 * $0 + 0.5 } }
  }

  @Test(arguments: variants) func followsItsDefinitionBehindAnEmbedding(variant: Variant) throws {
    let network = try Network(input: [5], layers: [Embedding(count: 9, dimensions: 6), variant.layer])
    try check(variant.layer, network) { seed in
      randomValues(Self.batch * 5, seed: seed).map { (abs($0) * 1000).rounded().truncatingRemainder(dividingBy: 9) }
    }
  }

  // MARK: Another axis

  private static let axes: [(shape: Shape, axis: Int)] = [
    ([5, 6], 1), ([4, 3, 6], 1), ([4, 3, 6], 2), ([4, 1, 6], 2), ([4, 3, 1], 1), ([5, 6], 2), ([4, 3, 6], 3), ([6], 1),
  ]

  @Test(arguments: axes, variants)
  func followsItsDefinitionAlongAnyAxis(place: (shape: Shape, axis: Int), variant: Variant) throws {
    let plain = variant.layer
    let layer = BatchNorm(
      convention: plain.convention, momentum: plain.momentum, epsilon: plain.epsilon, center: plain.center,
      scale: plain.scale, track: plain.track, hasReLU: plain.hasReLU, axis: place.axis)
    let network = try Network(input: place.shape, layers: [layer])
    #expect(network.layout.tensors.allSatisfy { $0.role == .batchCount || $0.shape == [place.shape[place.axis - 1]] })
    try check(layer, network, axis: place.axis) { randomValues(Self.batch * place.shape.count, seed: $0) }
  }

  @Test(
    arguments: [([4, 3, 6], 1, [3, 6, 4]), ([4, 3, 6], 2, [4, 6, 3]), ([5, 6], 1, [6, 5])] as [(Shape, Int, Shape)])
  func anAxisIsTheLastOfTheTurnedInput(shape: Shape, axis: Int, turned: Shape) throws {
    let extents = [Self.batch] + shape.dimensions
    let behind = extents[(axis + 1)...].reduce(1, *)
    let channels = extents[axis]
    /// The values with the axis moved to the end.
    func turn(_ values: [Float]) -> [Float] {
      stride(from: 0, to: values.count, by: channels * behind).flatMap { start in
        (0..<behind).flatMap { place in (0..<channels).map { values[start + $0 * behind + place] } }
      }
    }
    for relu in [false, true] {
      let networks = [
        try Network(input: shape, layers: [BatchNorm(hasReLU: relu, axis: axis)]),
        try Network(input: turned, layers: [BatchNorm(hasReLU: relu)]),
      ]
      let start = state(networks[0])
      let runs = try networks.map { try LayerRun($0, batch: Self.batch, mode: .training, state: start) }
      let input = randomValues(Self.batch * shape.count, seed: 1)
      let weights = randomValues(Self.batch * shape.count, seed: 2)
      #expect(try turn(runs[0].forward(input)) == runs[1].forward(turn(input)))
      #expect(try turn(runs[0].backward(weights)) == runs[1].backward(turn(weights)))
      #expect(runs[0].gradients == runs[1].gradients && runs[0].state == runs[1].state)
    }
  }

  @Test func jointStatisticsAreThoseOfTheTurnedInput() throws {
    let shape: Shape = [4, 3, 6]
    let input = randomValues(Self.batch * shape.count, seed: 1)
    /// Axis 1 moved to the end.
    let turned: [Float] = (0..<Self.batch).flatMap { (sample: Int) -> [Float] in
      (0..<18).flatMap { (place: Int) -> [Float] in
        (0..<4).map { (channel: Int) -> Float in input[sample * 72 + channel * 18 + place] }
      }
    }
    // The first value is the first of the turned ones too.
    let labels = [Int32](repeating: 0, count: Self.batch)
    let results = try [(shape, 1, input), ([3, 6, 4], -1, turned)].map {
      (shape: Shape, axis: Int, input: [Float]) throws -> [[Float]] in
      // Of the first nobody wants the gradient of its input.
      let network = try Network(input: shape, layers: [BatchNorm(axis: axis), BatchNorm(epsilon: 0.5, axis: axis)])
      let workspace = NetworkWorkspace()
      workspace.load(state(network), of: network)
      workspace.prepareTraining(SGD(learningRate: 0.1))
      let plan = try workspace.plan(batch: Self.batch, mode: PassMode(isTraining: true, statistics: .joint))
      func fill() { for (place, value) in input.enumerated() { workspace.input(of: plan)[place] = value } }
      /// What a step needs that is not among what is known.
      func need(_ joint: JointStatistics) throws -> JointStatisticsNeed? {
        fill()
        workspace.joint = joint
        do {
          _ = try workspace.trainStep(plan, labels: labels, loss: .crossEntropy, stepKey: 1, adjust: nil)
        } catch let need as JointStatisticsNeed {
          return need
        }
        return nil
      }
      var joint = JointStatistics()
      var found: [[Float]] = []
      for _ in 0..<2 {
        guard case .moments(let means, let variances, let rows)? = try need(joint) else { return [] }
        let (mean, variance) = (means.map { Float($0) }, variances.map { Float($0) })
        #expect(rows == Self.batch * 18)
        joint.moments.append(JointStatistics.Moments(mean: mean, variance: variance, count: Double(rows)))
        found += [mean, variance]
      }
      guard case .sums(let sum, let dot)? = try need(joint) else { return [] }
      #expect(sum.count == 4)
      return found + [sum, dot]
    }
    try #require(results.allSatisfy { $0.count == 6 })
    for (own, other) in zip(results[0], results[1]) {
      #expect(difference(own, other, absolute: 1e-5, relative: 1e-5) == nil)
    }
  }

  @Test func anAxisThatIsNotThereIsAnError() throws {
    func problem(_ input: Shape, _ axis: Int) -> String? {
      do { _ = try Network(input: input, layers: [BatchNorm(name: "a", axis: axis)]) } catch { return "\(error)" }
      return nil
    }
    #expect(
      problem([28, 28], 3) == "layer 'a': its input [28×28] has no axis 3 (allowed: -1, or 1 to 2; 0 is the batch)")
    #expect(problem([28, 28], 2) == nil)
  }

  @Test func theAxisSaysWhatABatchMustHave() throws {
    #expect(try !Network(input: [1, 6], layers: [BatchNorm()]).canTrain(batchOf: 1))
    #expect(try Network(input: [1, 6], layers: [BatchNorm(axis: 1)]).canTrain(batchOf: 1))
    #expect(try !Network(input: [6, 1], layers: [BatchNorm(axis: 1)]).canTrain(batchOf: 1))
  }

  @Test func anotherAxisIsNotReplaced() throws {
    let convolution = Conv2D(filters: 16, kernel: [3, 3], padding: .same)
    func network(_ axis: Int) throws -> Network {
      try Network(
        input: [8, 8, 3],
        layers: [convolution, BatchNorm(name: "a", axis: axis), ReLU(), convolution, GlobalAvgPool2D()])
    }
    #expect(throws: Never.self) { try network(3).replacingNormalization(by: LayerReplacement()) }
    let error = #expect(throws: NetworkProblem.self) {
      try network(1).replacingNormalization(by: GroupReplacement(groups: 2))
    }
    #expect(
      error.map { "\($0)" } == "layer 'a': its channels are axis 1, those of group_norm are the last axis")
    #expect(throws: Never.self) { try network(1).replacingNormalization(by: NoneReplacement()) }
  }
}

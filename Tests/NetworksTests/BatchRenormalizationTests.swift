import Catalogs
import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite struct BatchRenormalizationTests {
  private static let batch = 6
  private static let shapes: [Shape] = [[4], [3, 4], [3, 2, 4]]

  private func layer(_ ratio: Double, _ shift: Double, relu: Bool = false) -> BatchNorm {
    BatchNorm(
      momentum: .fixed(0.3), hasReLU: relu,
      renormalization: BatchRenormalization(ratioLimit: ratio, shiftLimit: shift))
  }

  private func start(_ network: Network) -> ModelState {
    LayerExample(kind: "batch_norm", options: [:], input: network.input, network: network).state(seed: 3)
  }

  private func run(_ layer: BatchNorm, _ shape: Shape, _ mode: PassMode = .training) throws -> LayerRun {
    let network = try Network(input: shape, layers: [layer])
    return try LayerRun(network, batch: Self.batch, mode: mode, state: start(network))
  }

  private func values(_ run: LayerRun, _ role: TensorRole) throws -> [Double] {
    run.values(try #require(run.network.layout.tensors.first { $0.role == role })).map(Double.init)
  }

  /// The definition with r and d of the statistics that a run has before a batch.
  private func reference(_ run: LayerRun, _ layer: BatchNorm, _ x: [Double]) throws -> BatchNormReference {
    let extents = [Self.batch] + run.network.input.dimensions
    var reference = BatchNormReference(
      extents: extents, axis: extents.count - 1, epsilon: layer.epsilon, gamma: try values(run, .normScale),
      beta: try values(run, .normShift), hasReLU: layer.hasReLU)
    let limits = try #require(layer.renormalization)
    let (means, variances) = (try values(run, .runningMean), try values(run, .runningVariance))
    let moments = reference.moments(x)
    reference.ratios = moments.indices.map { c in
      let ratio = ((moments[c].variance + layer.epsilon) / (variances[c] + layer.epsilon)).squareRoot()
      return min(max(ratio, 1 / limits.ratioLimit), limits.ratioLimit)
    }
    reference.shifts = moments.indices.map { c in
      let shift = (moments[c].mean - means[c]) / (variances[c] + layer.epsilon).squareRoot()
      return min(max(shift, -limits.shiftLimit), limits.shiftLimit)
    }
    return reference
  }

  private func expect(
    _ actual: [Float], _ expected: [Double], absolute: Double = 2e-5, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let problem = difference(actual, expected.map(Float.init), absolute: absolute, relative: 2e-5)
    #expect(problem == nil, sourceLocation: sourceLocation)
  }

  @Test(arguments: shapes, [(3, 5), (1.1, 0.2), (1, 5), (3, 0)] as [(Double, Double)])
  func followsItsDefinitionWithTheStatisticsOfBefore(shape: Shape, limits: (Double, Double)) throws {
    for relu in [false, true] {
      let layer = layer(limits.0, limits.1, relu: relu)
      let run = try run(layer, shape)
      let plain = try self.run(BatchNorm(momentum: .fixed(0.3), hasReLU: relu), shape)
      for seed in 1...3 as ClosedRange<UInt64> {
        let input = randomValues(Self.batch * shape.count, seed: seed).map { 3 * $0 + 1 }
        let x = input.map(Double.init)
        let reference = try reference(run, layer, x)
        #expect(try #require(reference.ratios).contains { $0 != 1 } || limits.0 == 1)
        expect(try run.forward(input), reference.output(x))
        // Running statistics know nothing of it.
        _ = try plain.forward(input)
        #expect(run.state == plain.state)
        // Gradients with r and d held fixed.
        let weights = randomValues(Self.batch * shape.count, seed: seed + 10)
        let gradient = try run.backward(weights)
        if !relu { expect(gradient, reference.gradient(x, weights: weights.map(Double.init)), absolute: 1e-4) }
        let output = reference.output(x)
        for channel in 0..<reference.channels {
          var (byScale, byShift) = (0.0, 0.0)
          for place in reference.places(channel) where !relu || output[place] > 0 {
            let gamma = try #require(reference.gamma)[channel]
            byScale += Double(weights[place]) * (output[place] - (try #require(reference.beta)[channel])) / gamma
            byShift += Double(weights[place])
          }
          expect([run.gradients[channel]], [byScale], absolute: 2e-4)
          expect([run.gradients[reference.channels + channel]], [byShift], absolute: 1e-4)
        }
      }
    }
  }

  /// At the limits r and d are constants, so that differences of the plan itself have them fixed.
  @Test func atTheLimitsTheGradientIsThatOfTheFunction() throws {
    let network = try Network(input: [3, 4], layers: [layer(1.1, 0.2)])
    var state = start(network)
    for tensor in network.layout.tensors {
      if tensor.role == .runningMean { for place in tensor.range { state.values[place] = -20 } }
      if tensor.role == .runningVariance { for place in tensor.range { state.values[place] = 50 } }
    }
    let run = try LayerRun(network, batch: Self.batch, mode: .training, state: state)
    let input = randomValues(Self.batch * 12, seed: 1)
    let weights = randomValues(Self.batch * 12, seed: 2)
    func loss(_ input: [Float], _ state: ModelState) throws -> Double {
      run.state = state
      return zip(try run.forward(input), weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    _ = try loss(input, state)
    let gradient = try run.backward(weights)
    let gradients = run.gradients
    let (told, problem) = try FiniteDifference { try loss($0, state) }.check(gradient, at: input)
    #expect(problem == nil && told > input.count / 2)
    let affine = try FiniteDifference { moved in
      var changed = state
      changed.values.replaceSubrange(0..<8, with: moved)
      return try loss(input, changed)
    }.check(gradients, at: Array(state.values[0..<8]))
    #expect(affine.problem == nil && affine.told == 8)
  }

  @Test(arguments: shapes) func withLimitsOfNothingItIsPlain(shape: Shape) throws {
    let runs = [try run(layer(1, 0), shape), try run(BatchNorm(momentum: .fixed(0.3)), shape)]
    for seed in 1...2 as ClosedRange<UInt64> {
      let input = randomValues(Self.batch * shape.count, seed: seed)
      let weights = randomValues(Self.batch * shape.count, seed: seed + 5)
      #expect(try runs[0].forward(input) == runs[1].forward(input))
      #expect(try runs[0].backward(weights) == runs[1].backward(weights))
      #expect(runs[0].gradients == runs[1].gradients && runs[0].state == runs[1].state)
    }
  }

  @Test(arguments: [PassMode.inference, PassMode(isTraining: true, statistics: .running)])
  func withRunningStatisticsItHasNoPart(mode: PassMode) throws {
    let input = randomValues(Self.batch * 4, seed: 1)
    let plain = try run(BatchNorm(momentum: .fixed(0.3)), [4], mode).forward(input)
    #expect(try run(layer(3, 5), [4], mode).forward(input) == plain)
  }

  @Test func aConstantChannelStaysFinite() throws {
    let run = try run(layer(3, 5), [4])
    let input = [Float](repeating: 1000, count: Self.batch * 4)
    let output = try run.forward(input)
    let (gamma, beta) = (try values(run, .normScale), try values(run, .normShift))
    // x̂ is 0 and d at its limit.
    let expected = (0..<Self.batch).flatMap { _ in (0..<4).map { gamma[$0] * 5 + beta[$0] } }
    expect(output, expected, absolute: 0.02)
    #expect(try run.backward(randomValues(output.count, seed: 2)).allSatisfy { $0.isFinite })
    #expect(run.gradients.allSatisfy { $0.isFinite } && run.state.values.allSatisfy { $0.isFinite })
  }

  @Test func withoutRunningStatisticsItIsAMistake() {
    #expect(throws: OptionProblem("renorm", "needs running statistics (allowed: with track: true)")) {
      try layerCatalog.make("batch_norm", ["renorm": .group([:]), "track": .boolean(false)])
    }
  }

  @Test func itsOptionsAreReadAndKeptByPoliciesThatMix() throws {
    let made = try #require(
      try layerCatalog.make(
        "batch_norm", ["renorm": .group(["r_max": .number(2)]), "axis": .text("1")]) as? BatchNorm)
    #expect(made.renormalization == BatchRenormalization(ratioLimit: 2, shiftLimit: 5) && made.axis == 1)
    let mixing = made.withMixing(0.5)
    #expect(mixing.renormalization == made.renormalization && mixing.axis == 1 && mixing.mixing == 0.5)
  }
}

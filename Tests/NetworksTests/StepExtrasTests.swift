import Catalogs
import Testing

@testable import Networks

/// What comes between gradient and optimizer: clips, and which values decay.
@Suite("clips and decayed values")
struct StepExtrasTests {
  private static let start = randomValues(50, seed: 3)

  private func clipped(_ clip: GradientClip, _ gradient: [Float], _ ranges: [Range<Int>]? = nil) -> [Float] {
    var gradient = gradient
    clip.clip(&gradient, ranges ?? [gradient.indices])
    return gradient
  }

  private func length(_ values: some Sequence<Float>) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  @Test("a gradient that is short enough stays as it is, to the bit")
  func short() {
    #expect(clipped(.norm(1e6), Self.start) == Self.start)
    #expect(clipped(.value(1e6), Self.start) == Self.start)
    #expect(clipped(.norm(1), [Float](repeating: 0, count: 5)) == [0, 0, 0, 0, 0])
  }

  @Test("a long gradient keeps its direction")
  func long() {
    let made = clipped(.norm(0.5), Self.start)
    #expect(abs(length(made) - 0.5) <= 1e-5)
    let factor = Float(0.5 / length(Self.start))
    for (a, b) in zip(made, Self.start) { #expect(abs(a - factor * b) <= 1e-6) }
    #expect(clipped(.value(0.5), [-3, -0.5, 0.25, 0.5, 7]) == [-0.5, -0.5, 0.25, 0.5, 0.5])
  }

  @Test("values that are not trained count for nothing and stay")
  func ranges() {
    let made = clipped(.norm(0.5), Self.start, [0..<10, 30..<50])
    #expect(made[10..<30] == Self.start[10..<30])
    #expect(abs(length(Array(made[..<10] + made[30...])) - 0.5) <= 1e-5)
    #expect(clipped(.value(0.1), [1, 1, 1], [0..<1, 2..<3]) == [0.1, 1, 0.1])
  }

  @Test("what is no number is not hidden")
  func notNumbers() {
    #expect(clipped(.norm(1), [1, .nan])[1].isNaN && clipped(.value(1), [.nan])[0].isNaN)
    #expect(clipped(.norm(1), [.infinity])[0].isNaN)
    #expect(clipped(.value(1), [.infinity, -.infinity]) == [1, -1])
  }

  @Test("which roles decay")
  func roles() {
    let decaying = DecayedValues.allCases.map { values in TensorRole.allCases.filter(values.includes) }
    #expect(decaying == [[.weight, .bias, .normScale, .normShift, .normMixing], [.weight, .bias], [.weight]])
  }

  /// The values of a small network behind some steps whose gradients are 0.
  private func stepped(
    _ optimizer: any Optimizer, _ decayed: DecayedValues, held: [Range<Int>] = [], rates: [Double] = [0.5, 0.25]
  ) throws -> (before: [Float], after: [Float], layout: StateLayout) {
    let network = try Network(
      input: [4], layers: [Dense(name: "fc1", units: 5), BatchNorm(name: "norm"), Dense(name: "fc2", units: 3)])
    var state = ModelState(initial: network.layout, seed: 5)
    for place in state.values.indices { state.values[place] = 0.5 + Float(place) / 100 }
    let workspace = NetworkWorkspace()
    workspace.load(state, of: network)
    workspace.prepareTraining(optimizer, decayed: decayed, held: held)
    let plan = try workspace.plan(batch: 6, mode: .training)
    for (place, value) in randomValues(24, seed: 6).enumerated() { workspace.input(of: plan)[place] = value }
    let count = network.layout.trainableCount
    for rate in rates {
      workspace.setLearningRates { _ in rate }
      _ = try workspace.trainStep(
        plan, labels: randomLabels(6, classes: 3, seed: 7), loss: .crossEntropy,
        stepKey: 1,
        adjust: { gradients, _ in gradients.update(repeating: 0, count: count) })
    }
    return (state.values, workspace.state().values, network.layout)
  }

  @Test("with gradients of 0 only what decays moves, by the rates of the steps", arguments: DecayedValues.allCases)
  func decay(decayed: DecayedValues) throws {
    for optimizer in [
      SGD(learningRate: 1, weightDecay: 0.1), AdamW(learningRate: 1, weightDecay: 0.1),
    ] as [any Optimizer] {
      // A part of a weight, a bias and a part of γ are held.
      let held = [3..<22, 41..<44]
      let (before, after, layout) = try stepped(optimizer, decayed, held: held)
      for tensor in layout.tensors where tensor.role.isTrainable {
        for place in tensor.range {
          let decays = decayed.includes(tensor.role) && !held.contains { $0.contains(place) }
          let expected = before[place] * (decays ? 0.95 * 0.975 : 1)
          #expect(abs(after[place] - expected) <= (decays ? 1e-6 : 0), "\(tensor.name) \(place)")
        }
      }
    }
  }

  @Test("without weight decay it does not matter what decays, to the bit", arguments: optimizerCatalog.names)
  func none(name: String) throws {
    let optimizer = try optimizerCatalog.make(name, ["weight_decay": .number(0)])
    let states = try DecayedValues.allCases.map { try stepped(optimizer, $0).after }
    #expect(states[0] == states[1] && states[0] == states[2])
  }
}

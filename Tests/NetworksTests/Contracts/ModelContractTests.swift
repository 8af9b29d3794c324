import Tensors
import TestSupport
import Testing

@testable import Networks

/// A model of the catalog on an input.
struct ModelExample: Sendable, CustomStringConvertible {
  let name: String
  let input: Shape

  var description: String { "\(name) on \(input)" }

  static let all: [ModelExample] = modelCatalog.names.flatMap { name in
    ([[28, 28, 3], [784]] as [Shape]).compactMap { shape in
      let example = ModelExample(name: name, input: shape)
      // A model of images has no place for vectors; every model takes images.
      return shape.rank == 3 || (try? example.network()) != nil ? example : nil
    }
  }

  func network() throws -> Network { try modelCatalog.make(name).network(input: input, outputs: 10) }
}

/// What every model of the catalog promises.
@Suite struct ModelContractTests {
  private static let batch = 6

  /// A workspace in which the network's initial state and a batch lie.
  private func workspace(_ network: Network, _ optimizer: any Optimizer) throws -> (NetworkWorkspace, NetworkPlan) {
    let workspace = NetworkWorkspace()
    workspace.load(ModelState(initial: network.layout, seed: 5), of: network)
    workspace.prepareTraining(optimizer)
    let plan = try workspace.plan(batch: Self.batch, mode: .training)
    for (place, value) in randomValues(Self.batch * network.input.count, seed: 6).enumerated() {
      workspace.input(of: plan)[place] = value
    }
    return (workspace, plan)
  }

  private let labels = randomLabels(batch, classes: 10, seed: 7)

  @Test func theMLPTakesVectors() { #expect(ModelExample.all.contains { $0.name == "mlp" && $0.input == [784] }) }

  @Test(arguments: ModelExample.all) func aStepReducesTheLoss(_ example: ModelExample) throws {
    let network = try example.network()
    #expect(network.output == [10])
    let optimizer = SGD(learningRate: 0.01)
    let (workspace, plan) = try workspace(network, optimizer)
    var losses: [Double] = []
    for step in 1...2 {
      let result = try workspace.trainStep(
        plan, labels: labels, loss: .crossEntropy, stepKey: 1, adjust: nil)
      losses.append(result.loss)
    }
    #expect(losses[1] < losses[0])
  }

  @Test(arguments: ModelExample.all) func everyParameterHasAGradient(_ example: ModelExample) throws {
    let network = try example.network()
    let optimizer = SGD(learningRate: 0.01)
    let (workspace, plan) = try workspace(network, optimizer)
    var gradients: [Float] = []
    _ = try workspace.trainStep(
      plan, labels: labels, loss: .crossEntropy, stepKey: 1
    ) { pointer, _ in gradients = Array(UnsafeBufferPointer(start: pointer, count: network.layout.trainableCount)) }
    for tensor in network.layout.tensors where tensor.role.isTrainable {
      let largest = gradients[tensor.range].map(abs).max() ?? 0
      let index = network.layers.firstIndex { $0.name == tensor.layer } ?? 0
      if tensor.role == .bias, index + 1 < network.layers.count, network.layers[index + 1].layer is BatchNorm {
        // Normalization takes out what a bias before it adds.
        #expect(largest < 1e-4, "\(tensor.name)")
      } else {
        #expect(largest > 1e-6, "\(tensor.name)")
      }
    }
  }

  @Test(arguments: ["mlp", "digits-small"]) func aFoldedStepIsAPlainStep(name: String) throws {
    let network = try ModelExample(name: name, input: [28, 28, 3]).network()
    let optimizer = SGD(learningRate: 0.1)
    var states: [ModelState] = []
    for isFolded in [true, false] {
      let (workspace, plan) = try workspace(network, optimizer)
      // What a folded layer leaves unwritten must not be stepped by.
      workspace.gradients.update(repeating: 7, count: network.layout.trainableCount)
      _ = try workspace.trainStep(
        plan, labels: labels, loss: .crossEntropy, stepKey: 1,
        adjust: isFolded ? nil : { _, _ in })
      #expect(plan.foldedRanges.isEmpty == false)
      states.append(workspace.state())
    }
    #expect(states[0].counters == states[1].counters)
    let problem = difference(states[0].values, states[1].values, absolute: 1e-8, relative: 1e-6)
    #expect(problem == nil)
  }

  @Test func aStepOnALossThatIsNoNumberChangesNoWeight() throws {
    let network = try Network(
      input: [4], layers: [Dense(units: 3), ReLU(), Dense(name: "large", units: 2), BatchNorm(), Dense(units: 2)])
    let workspace = NetworkWorkspace()
    var state = ModelState(initial: network.layout, seed: 1)
    if let tensor = network.layout.tensor("large.bias") { state.values[tensor.range.lowerBound] = .infinity }
    workspace.load(state, of: network)
    let optimizer = SGD(learningRate: 0.1)
    workspace.prepareTraining(optimizer)
    let plan = try workspace.plan(batch: 3, mode: .training)
    #expect(throws: NonFiniteLoss(layer: "large")) {
      try workspace.trainStep(
        plan, labels: [0, 1, 0], loss: .crossEntropy, stepKey: 1, adjust: nil)
    }
    let trainable = network.layout.trainableCount
    #expect(workspace.state().values.prefix(trainable) == state.values.prefix(trainable))
  }
}

import Foundation
import TestSupport
import Tensors
import Testing

@testable import Networks

/// Networks in which values have several readers: where everything lies, what is counted, what it is called.
@Suite struct ResidualTests {
  private static let models = ["mlp", "digits-small", "resnet18"]

  /// The network of a block, or of a model without dropout.
  private func network(_ name: String) throws -> Network {
    if let example = LayerExample.blocks.first(where: { $0.options["layers"] == .text(name) }) {
      return example.network
    }
    return try modelCatalog.make(name).network(input: [12, 12, 3], outputs: 5)
  }

  @Test(arguments: ResidualExamples.all.map(\.name) + models)
  func sharedMemoryHoldsTheSameValuesAsMemoryOfTheirOwn(name: String) throws {
    let network = try network(name)
    let input = randomValues(3 * network.input.count, seed: 2)
    let state = ModelState(initial: network.layout, seed: 3)
    // A training pass keeps every output.
    let kept = try LayerRun(network, batch: 3, mode: PassMode(isTraining: true, statistics: .running), state: state)
    let shared = try LayerRun(network, batch: 3, mode: .inference, state: state)
    let expected = try kept.forward(input)
    #expect(difference(try shared.forward(input), expected, absolute: 0, relative: 1e-6) == nil)
    // The input stays as it is, and nothing of the first pass matters in the second.
    #expect(difference(try shared.forward(input), expected, absolute: 0, relative: 1e-6) == nil)
    #expect(shared.plan.arenaCount <= kept.plan.arenaCount)
  }

  @Test(arguments: ResidualExamples.all.map(\.name) + models)
  func gradientsOfWeightsDoNotNeedThatOfTheInput(name: String) throws {
    let network = try network(name)
    let state = ModelState(initial: network.layout, seed: 3)
    let input = randomValues(3 * network.input.count, seed: 2)
    let weights = randomValues(3 * network.output.count, seed: 4)
    let plan = try NetworkPlan(network, batch: 3, mode: .training)
    #expect(plan.inputGradientOffset == nil)
    let lean = try LayerRun(network, batch: 3, mode: .training, state: state, plan: plan)
    let full = try LayerRun(network, batch: 3, mode: .training, state: state)
    #expect(try lean.forward(input) == full.forward(input))
    try lean.backwardWithoutInput(weights)
    _ = try full.backward(weights)
    #expect(lean.gradients == full.gradients)
  }

  @Test(arguments: [PassMode.inference, PassMode(isTraining: true, statistics: .running)])
  func aReLUIsFusedOnlyWithWhatNobodyElseReads(mode: PassMode) throws {
    func output(_ layers: [any Layer]) throws -> [Float] {
      try LayerRun(Network(input: [2], layers: layers), batch: 1, mode: mode).forward([-1, 2])
    }
    // x + max(x, 0) of the normalized value, and of a sum.
    let normalized = try output([BatchNorm(), Residual(layers: [ReLU()])])
    #expect(difference(normalized, [-1, 4], absolute: 1e-4, relative: 0) == nil)
    #expect(try output([Residual(layers: [Flatten()]), Residual(layers: [ReLU()])]) == [-2, 8])
    // A ReLU that begins the shortcut stands behind the layers, but does not read them.
    let branches = try output([Residual(layers: [Tanh(), BatchNorm()], shortcut: [ReLU()])])
    #expect(difference(branches, [tanh(-1), 2 + tanh(2)], absolute: 1e-4, relative: 0) == nil)
    #expect(try output([Residual(layers: [Flatten()]), ReLU()]) == [0, 4])
  }

  /// Floats of one sample's largest value but the input.
  private func largest(_ network: Network) -> Int { network.layers.map(\.resolved.output.count).max() ?? 0 }

  @Test func inferenceOfResNet18NeedsThreeBuffers() throws {
    let network = try modelCatalog.make("resnet18").network(input: [32, 32, 3], outputs: 10)
    // Seven vectors a channel for each normalization.
    let vectors = network.normalizationLayers.reduce(0) { $0 + 7 * $1.input.channels }
    let plan = try NetworkPlan(network, batch: 4, mode: .inference)
    #expect(plan.arenaCount == 4 * network.input.count + 3 * 4 * largest(network) + vectors)
    let sequence = try modelCatalog.make("digits-small").network(input: [28, 28, 3], outputs: 10)
    let ownVectors = sequence.normalizationLayers.reduce(0) { $0 + 7 * $1.input.channels }
    let smaller = try NetworkPlan(sequence, batch: 4, mode: .inference)
    #expect(smaller.arenaCount <= 4 * sequence.input.count + 2 * 4 * largest(sequence) + ownVectors)
  }

  @Test func trainingOfResNet18KeepsWhatBackwardReads() throws {
    let network = try modelCatalog.make("resnet18").network(input: [32, 32, 3], outputs: 10)
    let vectors = network.normalizationLayers.reduce(0) { $0 + 7 * $1.input.channels }
    // ReLUs run with what is before them; a sum is written over the normalization before it.
    let kept = network.layers.filter { !($0.layer is ReLU || $0.layer is Add) }
    let values = kept.reduce(0) { $0 + (4 * $1.resolved.output.count + 15) / 16 * 16 }
    let plan = try NetworkPlan(network, batch: 4, mode: .training)
    #expect(plan.arenaCount <= 4 * network.input.count + values + 3 * 4 * largest(network) + vectors)
  }

  @Test func aValueThatIsNoNumberIsFoundWhereItArises() throws {
    let block = Residual(name: "b", layers: [Dense(units: 3), BatchNorm()], shortcut: [Dense(name: "s", units: 3)])
    let network = try Network(input: [4], layers: [Dense(units: 4), block, ReLU(), Dense(units: 2)])
    var state = ModelState(initial: network.layout, seed: 1)
    state.values[try #require(network.layout.tensor("b.s.bias")).range.lowerBound] = .infinity
    let workspace = NetworkWorkspace()
    workspace.load(state, of: network)
    let optimizer = SGD(learningRate: 0.1)
    workspace.prepareTraining(optimizer)
    let plan = try workspace.plan(batch: 3, mode: .training)
    workspace.input(of: plan).update(repeating: 1, count: 12)
    #expect(throws: NonFiniteLoss(layer: "b.s")) {
      try workspace.trainStep(
        plan, labels: [0, 1, 0], loss: .crossEntropy, stepKey: 1, adjust: nil)
    }
  }

  @Test func layersAreCalledByTheirBlock() throws {
    let network = try Network(
      input: [4, 4, 2],
      layers: [
        ReLU(),
        Residual(
          layers: [ReLU(), Residual(name: "in", layers: [Tanh()]), Tanh()], shortcut: [ReLU(), Tanh(name: "tanh2")]),
        Residual(layers: [ReLU(name: "add1")]), ReLU(),
      ])
    #expect(
      network.layers.map(\.name) == [
        "relu1", "block1.relu1", "block1.in.tanh1", "block1.in.add1", "block1.tanh1", "block1.relu2", "block1.tanh2",
        "block1.add1", "block2.add1", "block2.add2", "relu2",
      ])
    #expect(
      network.layers.map(\.reads)
        == [[0], [1], [2], [3, 2], [4], [1], [6], [5, 7], [8], [9, 8], [10]])
  }

  @Test func operationsOfABlock() throws {
    let dense = 2 * 4 * 4
    func network(_ layers: [any Layer]) throws -> Network { try Network(input: [4], layers: layers) }
    let identity = try network([Residual(layers: [Dense(units: 4)]), Dense(units: 4)])
    #expect(identity.forwardFLOPs == 2 * dense + 4)
    #expect(identity.trainingFLOPs == 3 * identity.forwardFLOPs - dense)
    // Nobody needs the gradient of the input, which two layers read.
    let projection = try network([Residual(layers: [Dense(units: 4), Dense(units: 4)], shortcut: [Dense(units: 4)])])
    #expect(projection.trainingFLOPs == 3 * projection.forwardFLOPs - 2 * dense)
  }

  @Test func tokensMayBeLookedUpBesideWeights() throws {
    func branches(_ first: [any Layer], _ second: [any Layer]) throws -> Network {
      try Network(input: [3], layers: [Residual(layers: first, shortcut: second)])
    }
    let table = Embedding(count: 5, dimensions: 2)
    #expect(try branches([table], [Embedding(count: 5, dimensions: 2)]).output == [3, 2])
    #expect(throws: NetworkProblem.self) { try branches([Dense(units: 3), table], [table]) }
  }

  @Test func resNet18HasTheNamesAndShapesOfTorchvision() throws {
    let network = try modelCatalog.make("resnet18").network(input: [32, 32, 3], outputs: 10)
    #expect(network.parameterCount == 11_173_962)
    let lines = network.layout.tensors.map { "\($0.name) \($0.shape)" }
    let file = SharedFolders.fixtures.appendingPathComponent("resnet18.txt")
    #expect(lines == (try String(contentsOf: file, encoding: .utf8)).split(separator: "\n").map(String.init))
    #expect(network.layout.tensors.filter(\.role.isTrainable).count == 62)
    #expect(network.layers.filter { $0.layer is Add }.count == 8)
    #expect(network.layers[0].resolved.tensors[0].initializer == .uniform(bound: 1 / Float(27).squareRoot()))
  }
}

/// Memory that several values share.
@Suite struct BufferPoolTests {
  @Test func takesTheSmallestFreeBufferWithRoom() {
    var pool = BufferPool()
    let buffers = [100, 20, 50].map { pool.take($0) }
    #expect(buffers == [0, 1, 2])
    for buffer in buffers { pool.release(buffer) }
    #expect([30, 30, 30, 1].map { pool.take($0) } == [2, 0, 1, 3])
    // The one of 20 was made larger; each begins on a cache line.
    let places = pool.offsets(from: 16)
    #expect(places.offsets == [16, 128, 160, 224])
    #expect(places.end == 240)
  }

  @Test func keepsWhatAnyoneHolds() {
    var pool = BufferPool()
    let buffer = pool.take(8)
    #expect(pool.isOwn(buffer))
    pool.hold(buffer)
    #expect(!pool.isOwn(buffer))
    pool.release(buffer)
    #expect(pool.take(8) != buffer)
    pool.release(buffer)
    #expect(pool.take(8) == buffer)
  }
}

import TestSupport
import Tensors
import Testing

@testable import Networks

/// Layers that one plan computes together.
@Suite struct FusedLayerTests {
  private static let layers: [any Layer] = [
    Conv2D(name: "a", filters: 8, kernel: [3, 3]), BatchNorm(name: "na"), ReLU(), MaxPool2D(kernel: [2, 2]),
    Conv2D(name: "b", filters: 8, kernel: [3, 3], padding: .same), BatchNorm(name: "nb"),
    MaxPool2D(name: "pool", kernel: [3, 3]), ReLU(),
    Residual(layers: [Conv2D(filters: 8, kernel: [1, 1]), BatchNorm()]), ReLU(), Flatten(), Dense(units: 3),
  ]

  private static func network(_ layers: [any Layer] = layers) throws -> Network {
    try Network(input: [16, 12, 3], layers: layers)
  }

  /// The groups of more than one layer, by their kinds.
  private static func groups(_ network: Network, readLayer: Int? = nil) -> [[String]] {
    network.fusedGroups(readLayer: readLayer).filter { $0.count > 1 }.map { group in
      network.layers[group].map { type(of: $0.layer).kind }
    }
  }

  @Test("a normalization takes the ReLU and the pooling behind it, a sum the ReLU") func groups() throws {
    #expect(
      Self.groups(try Self.network()) == [
        ["batch_norm", "relu", "max_pool2d"], ["batch_norm", "max_pool2d"], ["add", "relu"],
      ])
    let all = try Self.network().fusedGroups()
    #expect(Array(all.joined()) == Array(0..<(try Self.network().layers.count)), "each layer is in one group")
    // What others read, too, has to be somewhere.
    let read = try Network(
      input: [8, 8, 3], layers: [BatchNorm(), Residual(layers: [ReLU(), Conv2D(filters: 3, kernel: [1, 1])])])
    #expect(Self.groups(read).isEmpty)
    #expect(
      Self.groups(try Self.network([BatchNorm(axis: 1), ReLU(), MaxPool2D(kernel: [2, 2])])) == [
        ["batch_norm", "relu"]
      ])
    #expect(
      Self.groups(try Self.network([GroupNorm(groups: 3), ReLU(), MaxPool2D(kernel: [2, 2])])) == [
        ["group_norm", "relu"]
      ])
  }

  @Test("a layer whose input somebody looks at stands at a group's begin") func readLayers() throws {
    let network = try Self.network()
    #expect(Self.groups(network, readLayer: 2).first == ["batch_norm", "max_pool2d"])
    #expect(Self.groups(network, readLayer: 3).first == ["batch_norm", "relu"])
    #expect(Self.groups(network, readLayer: 1) == Self.groups(network))
  }

  /// One step, with a term of what a layer reads.
  private static func step(
    _ network: Network, statistics: PassMode.Statistics = .batch, term layer: Int? = nil
  ) throws -> (state: ModelState, read: [Float]) {
    let workspace = NetworkWorkspace()
    workspace.load(ModelState(initial: network.layout, seed: 3), of: network)
    workspace.prepareTraining(SGD(learningRate: 0.1))
    var mode = PassMode(isTraining: true, statistics: statistics)
    mode.readLayer = layer
    let plan = try workspace.plan(batch: 4, mode: mode)
    for (place, value) in randomValues(4 * network.input.count, seed: 1).enumerated() {
      workspace.input(of: plan)[place] = value
    }
    var read: [Float] = []
    _ = try workspace.trainStep(
      plan, labels: [0, 1, 2, 0], loss: .crossEntropy, stepKey: 1, adjust: nil,
      contrast: layer.map {
        InputTerm(layer: $0) { input, gradient, rows, width in
          read = Array(UnsafeBufferPointer(start: input, count: rows * width))
          for place in 0..<(rows * width) { gradient[place] += 0.01 * input[place] }
        }
      })
    return (workspace.state(), read)
  }

  @Test("a term of a layer within a group has its effect, whatever layer it is of", arguments: [1, 2, 3, 4, 6, 7])
  func terms(layer: Int) throws {
    let network = try Self.network()
    let without = try Self.step(network)
    let with = try Self.step(network, term: layer)
    #expect(!with.read.isEmpty && with.read.contains { $0 != 0 })
    #expect(difference(with.state.values, without.state.values, absolute: 0, relative: 0) != nil)
  }

  @Test("the values are the same with and without groups") func sameValues() throws {
    let network = try Self.network()
    // Identities that other layers read keep every value where it is.
    var apart: [any Layer] = []
    for layer in Self.layers { apart += [layer, Dropout(rate: 0)] }
    let separate = try Self.network(apart)
    for statistics in [PassMode.Statistics.batch, .running] {
      let one = try Self.step(network, statistics: statistics).state
      let other = try Self.step(separate, statistics: statistics).state
      #expect(one.values == other.values)
    }
  }

  @Test("a loss that is no number is put down to the group's first layer") func reasons() throws {
    let network = try Self.network()
    let workspace = NetworkWorkspace()
    var state = ModelState(initial: network.layout, seed: 3)
    let scale = try #require(network.layout.tensor("na.weight")).range
    for place in scale { state.values[place] = .infinity }
    workspace.load(state, of: network)
    workspace.prepareTraining(SGD(learningRate: 0.1))
    let plan = try workspace.plan(batch: 4, mode: .training)
    for (place, value) in randomValues(4 * network.input.count, seed: 1).enumerated() {
      workspace.input(of: plan)[place] = value
    }
    let error = #expect(throws: NonFiniteLoss.self) {
      try workspace.trainStep(
        plan, labels: [0, 1, 2, 0], loss: .crossEntropy, stepKey: 1, adjust: nil)
    }
    #expect(error?.place == .layer("na"))
  }
}

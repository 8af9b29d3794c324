public import Tensors

/// A layer in its place: named, told what it reads, and with its shapes settled.
public struct NetworkLayer: Sendable {
  /// The name, unique in the network.
  public let name: String
  /// The hyperparameters.
  public let layer: any Layer
  /// The values that it reads: 0 is the network's input, i + 1 what layer i puts out. Always earlier ones.
  public let reads: [Int]
  /// One sample's input, the first where there are several.
  public let input: Shape
  /// What the layer makes of it.
  public let resolved: ResolvedLayer
}

/// Layers whose shapes fit, each behind those that it reads, and the layout of their state.
///
/// Most read what the layer before them puts out. Composite layers are taken apart: what stands in `layers` are their
/// parts, and a value may be read by several of these.
///
/// A model may be several networks (`init(networks:entry:exit:)`), which an objective trains in turns. Their layers stand
/// behind one another under the names of their networks, `generator.fc.weight`, in one state; so all that goes by layers,
/// roles and names knows nothing of it. Passes are those of one of `parts`.
public struct Network: Sendable {
  /// One example: `[H, W, C]`, `[T, C]` or `[C]`.
  public let input: Shape
  /// The layers, in order; the last one's output is the network's. Of several networks, those of one behind those of the
  /// other, and value 0 is the input of the layer's network.
  public private(set) var layers: [NetworkLayer]
  /// Where the state's arrays lie.
  public internal(set) var layout: StateLayout
  /// Floating-point operations of one sample's forward pass.
  public let forwardFLOPs: Int
  /// Floating-point operations of one sample's training step: forward and the gradients of weights and inputs,
  /// without the input gradients of layers with weights that have no others before them.
  public let trainingFLOPs: Int
  /// The weights whose steps can be put off; nil where there are none for which that would pay.
  package internal(set) var deferrable: DeferrableWeights?
  /// Samples of which each layer that takes statistics over the batch has two values a channel.
  private let smallestBatch: Int
  /// The same without the layers that may take running statistics instead.
  private let smallestUntrackedBatch: Int
  /// Tells plans of this network from those of others.
  package internal(set) var identity = NetworkIdentity()
  /// The networks that it is made of; empty where it is one.
  var joined: [NetworkPart] = []
  /// The numbers of those that examples enter, and by whose output the model is evaluated.
  var (entry, exit) = (0, 0)
  /// Which of the networks of a model it is.
  var number = 0

  /// Values that a model, or one sample's activations, may have: 16 GiB.
  static let valueLimit = 1 << 32

  /// Puts layers behind one another.
  ///
  /// - Throws: `NetworkProblem` with the place and name of the first layer that does not fit, or whose name is taken.
  public init(input: Shape, layers: [any Layer]) throws(NetworkProblem) {
    guard input.count <= Self.valueLimit else {
      throw NetworkProblem(message: "an input of [\(input)] is more than \(Self.valueLimit) values")
    }
    guard !layers.isEmpty else { throw NetworkProblem(message: "the model has no layers") }
    var placing = LayerPlacing(input: input, valueLimit: Self.valueLimit)
    _ = try placing.place([LayerBranch(option: "layers", layers: layers)], behind: 0, names: "", at: [])
    try self.init(input: input, placed: placing.layers)
  }

  /// A network of layers that are in their places already.
  ///
  /// - Throws: `NetworkProblem` when they are more together than any machine could do or hold.
  init(input: Shape, placed: [NetworkLayer]) throws(NetworkProblem) {
    let parameters = placed.reduce(0) { sum, layer in
      sum + layer.resolved.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }
    // Far beyond what any machine could do, long before the sums overflow.
    guard placed.reduce(0.0, { $0 + Double($1.resolved.flops) }) <= 0x1p58 else {
      throw NetworkProblem(message: "needs more than 2^58 operations a sample")
    }
    guard parameters <= Self.valueLimit else {
      throw NetworkProblem(message: "has \(parameters) values, more than \(Self.valueLimit)")
    }
    self.input = input
    self.layers = placed
    layout = StateLayout(layers: placed.map { ($0.name, $0.resolved.tensors) })
    forwardFLOPs = placed.reduce(0) { $0 + $1.resolved.flops }
    trainingFLOPs = Self.trainingFLOPs(placed, forward: forwardFLOPs)
    deferrable = Self.deferrable(placed, layout)
    func smallest(_ layers: [NetworkLayer]) -> Int {
      layers.map { ($0.resolved.batchPositions ?? 2) > 1 ? 1 : 2 }.max() ?? 1
    }
    smallestBatch = smallest(placed)
    smallestUntrackedBatch = smallest(
      placed.filter { layer in !layer.resolved.tensors.contains { $0.role == .runningMean } })
  }

  /// The same network whose state is laid out by who has each array; those that are not named are shared.
  public func sharing(_ sharing: [String: TensorSharing]) -> Network {
    guard sharing != layout.sharing else { return self }
    var other = self
    other.take(StateLayout(layers: layers.map { ($0.name, $0.resolved.tensors) }, sharing: sharing))
    if joined.isEmpty { other.deferrable = Self.deferrable(layers, other.layout) }
    return other
  }

  /// Puts a name and a dot before the names of all layers.
  mutating func layersAreCalled(by name: String) {
    layers = layers.map {
      NetworkLayer(
        name: "\(name).\($0.name)", layer: $0.layer, reads: $0.reads, input: $0.input, resolved: $0.resolved)
    }
  }

  /// The weights of the first layer that has any, if it can put its steps off and they are many.
  private static func deferrable(_ layers: [NetworkLayer], _ layout: StateLayout) -> DeferrableWeights? {
    let isBehind = valuesBehind(layers) { !$0.resolved.tensors.isEmpty }
    let first = layers.filter { !$0.resolved.tensors.isEmpty && !$0.reads.contains { isBehind[$0] } }
    guard first.count == 1, let deferring = first[0].layer as? any StepDeferring,
      let (units, inputs) = deferring.deferredWeights(input: first[0].input), units * inputs >= 1 << 15,
      let range = layout.tensors(ofLayer: first[0].name).first(where: { $0.role == .weight })?.range
    else { return nil }
    return DeferrableWeights(range: range, units: units, inputs: inputs)
  }

  /// What it makes of one example.
  public var output: Shape {
    joined.isEmpty ? layers.last?.resolved.output ?? input : joined[exit].network.output
  }

  /// Trainable numbers.
  public var parameterCount: Int { layout.trainableCount }

  private static func trainingFLOPs(_ layers: [NetworkLayer], forward: Int) -> Int {
    let isBehind = valuesBehind(layers) { !$0.resolved.tensors.isEmpty }
    return layers.reduce(3 * forward) { sum, layer in
      let isFirst = !layer.resolved.tensors.isEmpty && !layer.reads.contains { isBehind[$0] }
      return isFirst ? sum - layer.resolved.flops : sum
    }
  }

  /// Of each value, numbered as in `NetworkLayer.reads`, whether a layer that fulfils `condition` has a part in it.
  func valuesBehind(_ condition: (NetworkLayer) -> Bool) -> [Bool] { Self.valuesBehind(layers, condition) }

  private static func valuesBehind(_ layers: [NetworkLayer], _ condition: (NetworkLayer) -> Bool) -> [Bool] {
    layers.reduce(into: [false]) { isBehind, layer in
      isBehind.append(condition(layer) || layer.reads.contains { isBehind[$0] })
    }
  }

  /// Whether a batch of `count` samples has a variance in every layer that takes one over the batch, under a source of
  /// statistics.
  public func canTrain(batchOf count: Int, statistics: PassMode.Statistics = .batch) -> Bool {
    count >= (statistics == .running ? smallestUntrackedBatch : smallestBatch)
  }

  /// The layers that have weights, in order.
  public var layersWithWeights: [NetworkLayer] {
    layers.filter { $0.resolved.tensors.contains { $0.role == .weight } }
  }

  /// The layers that normalize, by type.
  public var normalizationLayers: [NetworkLayer] { layers.filter { $0.layer is any NormalizationLayer } }
}

/// A network's own token: copies of a network share it, and no other network has it.
package final class NetworkIdentity: Hashable, Sendable {
  package static func == (a: NetworkIdentity, b: NetworkIdentity) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Where a layer stands: its number in a list of the network, or of the composite layer that it belongs to.
public struct LayerPlace: Equatable, Sendable {
  /// The option that holds the list: `layers`.
  public let option: String
  /// The number in it, from 0.
  public let index: Int

  /// Makes a place.
  public init(option: String, index: Int) {
    self.option = option
    self.index = index
  }
}

/// Why layers do not make a network.
public struct NetworkProblem: Error, Equatable, CustomStringConvertible {
  /// Where the layer stands, from the network's list to that of the innermost composite; empty for the network as a
  /// whole.
  public let place: [LayerPlace]
  /// Its name.
  public let name: String?
  /// What is wrong.
  public let message: String

  init(place: [LayerPlace] = [], name: String? = nil, message: String) {
    self.place = place
    self.name = name
    self.message = message
  }

  public var description: String { name.map { "layer '\($0)': \(message)" } ?? message }
}

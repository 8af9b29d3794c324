public import Tensors

/// A layer in its place: named, and with its shapes settled.
public struct NetworkLayer: Sendable {
  /// The name, unique in the network.
  public let name: String
  /// The hyperparameters.
  public let layer: any Layer
  /// One sample's input.
  public let input: Shape
  /// What the layer makes of it.
  public let resolved: ResolvedLayer
}

/// A sequence of layers whose shapes fit, and the layout of its state.
public struct Network: Sendable {
  /// One sample's input: `[H, W, C]`, `[T, C]` or `[C]`.
  public let input: Shape
  /// The layers, in order.
  public let layers: [NetworkLayer]
  /// Where the state's arrays lie.
  public let layout: StateLayout
  /// How images lie in memory between the layers; the network's input is channels last.
  package let imageLayout: ImageLayout
  /// Tells plans of this network from those of others.
  let identity = NetworkIdentity()

  /// Values that a model, or one sample's activations, may have: 16 GiB.
  private static let valueLimit = 1 << 32

  /// Puts layers behind one another.
  ///
  /// - Throws: `NetworkProblem` with the number and name of the first layer that does not fit, or whose name is taken.
  public init(input: Shape, layers: [any Layer]) throws(NetworkProblem) {
    try self.init(input: input, layers: layers, imageLayout: nil)
  }

  /// The same with images in a given layout; nil chooses the faster one.
  package init(input: Shape, layers: [any Layer], imageLayout: ImageLayout?) throws(NetworkProblem) {
    guard input.count <= Self.valueLimit else {
      throw NetworkProblem(
        layer: nil, name: nil, message: "an input of [\(input)] is more than \(Self.valueLimit) values")
    }
    guard !layers.isEmpty else { throw NetworkProblem(layer: nil, name: nil, message: "the model has no layers") }
    var shape = input
    var placed: [NetworkLayer] = []
    var counts: [String: Int] = [:]
    let given = Set(layers.compactMap(\.name))
    var names: Set<String> = []
    for (index, layer) in layers.enumerated() {
      let prefix = type(of: layer).namePrefix
      var name = layer.name ?? ""
      if layer.name == nil {
        repeat {
          counts[prefix, default: 0] += 1
          name = "\(prefix)\(counts[prefix, default: 0])"
        } while given.contains(name)
      } else {
        counts[prefix, default: 0] += 1
      }
      guard names.insert(name).inserted else {
        throw NetworkProblem(layer: index, name: name, message: "another layer is called '\(name)'")
      }
      do throws(LayerProblem) {
        let resolved = try layer.resolve(input: shape)
        if resolved.tokenCount != nil, placed.contains(where: { !$0.resolved.tensors.isEmpty }) {
          throw LayerProblem("looks tokens up, and what layers with weights put out are none; put it first")
        }
        guard resolved.output.count <= Self.valueLimit else {
          throw LayerProblem("puts out \(resolved.output.count) values a sample, more than \(Self.valueLimit)")
        }
        placed.append(NetworkLayer(name: name, layer: layer, input: shape, resolved: resolved))
        shape = resolved.output
      } catch {
        throw NetworkProblem(layer: index, name: name, message: error.message)
      }
    }
    let parameters = placed.reduce(0) { sum, layer in
      sum + layer.resolved.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }
    guard parameters <= Self.valueLimit else {
      throw NetworkProblem(layer: nil, name: nil, message: "has \(parameters) values, more than \(Self.valueLimit)")
    }
    self.input = input
    self.layers = placed
    layout = StateLayout(layers: placed.map { ($0.name, $0.resolved.tensors) })
    self.imageLayout = imageLayout ?? Self.fasterLayout(input: input, placed)
  }

  /// Blocks of channels where a convolution gains from them and every layer can take them, else channels last. It goes
  /// by shapes alone, so that all plans of a network agree.
  private static func fasterLayout(input: Shape, _ layers: [NetworkLayer]) -> ImageLayout {
    func isImage(_ shape: Shape) -> Bool { shape.rank == 3 }
    // oneDNN has a fast way from plain to blocked images for 1 and 3 channels only.
    guard ComputeLibrary.hasWinograd, isImage(input), input.channels == 1 || input.channels == 3 else {
      return .channelsLast
    }
    let allTake = layers.allSatisfy { placed in
      let output = placed.resolved.output
      return !isImage(placed.input) && !isImage(output)
        || placed.layer.takesBlockedImages && (!isImage(output) || output.channels % ImageLayout.blockChannels == 0)
    }
    return allTake && layers.contains { $0.layer.gainsFromBlockedImages(input: $0.input) } ? .blocked : .channelsLast
  }

  /// How a batch of `shape`, put out by a layer, lies in memory.
  func layout(of shape: Shape) -> ImageLayout { shape.rank == 3 ? imageLayout : .channelsLast }

  /// One sample's output.
  public var output: Shape { layers.last?.resolved.output ?? input }

  /// Trainable numbers.
  public var parameterCount: Int { layout.trainableCount }

  /// Floating-point operations of one sample's forward pass.
  public var forwardFLOPs: Int { layers.reduce(0) { $0 + $1.resolved.flops } }

  /// Floating-point operations of one sample's training step: forward and the gradients of weights and inputs,
  /// without the input gradient of the first layer that has weights.
  public var trainingFLOPs: Int {
    let first = layers.first { !$0.resolved.tensors.isEmpty }?.resolved.flops ?? 0
    return 3 * forwardFLOPs - first
  }

  /// Whether a batch of `count` samples has a variance in every layer that takes one over the batch.
  public func canTrain(batchOf count: Int) -> Bool {
    layers.allSatisfy { ($0.resolved.batchPositions ?? 2) * count >= 2 }
  }

  /// The layers that normalize, by type.
  public var normalizationLayers: [NetworkLayer] { layers.filter { $0.layer is any NormalizationLayer } }
}

/// A network's own token: copies of a network share it, and no other network has it.
final class NetworkIdentity: Hashable, Sendable {
  static func == (a: NetworkIdentity, b: NetworkIdentity) -> Bool { a === b }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Why layers do not make a network.
public struct NetworkProblem: Error, Equatable, CustomStringConvertible {
  /// The number of the layer, from 0, or nil for the network as a whole.
  public let layer: Int?
  /// Its name.
  public let name: String?
  /// What is wrong.
  public let message: String

  public var description: String { name.map { "layer '\($0)': \(message)" } ?? message }
}

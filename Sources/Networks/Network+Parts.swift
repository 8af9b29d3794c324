internal import Tensors

/// One of the networks of a model.
public struct NetworkPart: Sendable {
  /// Its name in the model; empty where the model is one network.
  public let name: String
  /// The network. Its layers have their names in the model, and its state's arrays their places there.
  public internal(set) var network: Network
}

extension Network {
  /// A model of several networks, in one state under their names.
  ///
  /// - Parameters:
  ///   - networks: The networks, each with a name of its own.
  ///   - entry: The network that examples enter.
  ///   - exit: The one by whose outputs the model is evaluated.
  /// - Throws: `NetworkProblem` when a name is empty, has a dot or stands twice, when `entry` or `exit` is none, when
  ///   there are fewer than two, or one is such a model itself, or when they are more together than any machine could
  ///   hold.
  public init(networks: [(name: String, network: Network)], entry: String, exit: String) throws(NetworkProblem) {
    let names = networks.map(\.name)
    guard networks.count > 1 else { throw NetworkProblem(message: "a model of networks has two or more of them") }
    for (place, name) in names.enumerated() {
      if name.isEmpty || name.contains(".") {
        throw NetworkProblem(message: "'\(name)' is no name of a network (allowed: any without a dot)")
      }
      if names[..<place].contains(name) { throw NetworkProblem(message: "two networks are called '\(name)'") }
      if !networks[place].network.joined.isEmpty {
        throw NetworkProblem(message: "network '\(name)' is a model of several networks itself")
      }
    }
    let parts = networks.map { name, network in
      var part = network
      part.layersAreCalled(by: name)
      return NetworkPart(name: name, network: part)
    }
    guard let first = names.firstIndex(of: entry), let last = names.firstIndex(of: exit) else {
      let unknown = names.contains(entry) ? exit : entry
      throw NetworkProblem(
        message: "there is no network '\(unknown)' (allowed: \(names.joined(separator: ", ")))")
    }
    try self.init(joining: parts, entry: first, exit: last)
  }

  /// A model of networks whose layers have their names in it already.
  init(joining parts: [NetworkPart], entry: Int, exit: Int) throws(NetworkProblem) {
    var placed: [NetworkLayer] = []
    for part in parts {
      let before = placed.count
      placed += part.network.layers.map { layer in
        NetworkLayer(
          name: layer.name, layer: layer.layer, reads: layer.reads.map { $0 == 0 ? 0 : $0 + before },
          input: layer.input, resolved: layer.resolved)
      }
    }
    try self.init(input: parts[entry].network.input, placed: placed)
    (self.entry, self.exit) = (entry, exit)
    // Passes of several networks need the gradients of their first weights.
    deferrable = nil
    joined = parts
    for number in joined.indices {
      joined[number].network.number = number
      joined[number].network.deferrable = nil
    }
    take(layout)
  }

  /// Lays the state out anew, for all networks of the model.
  mutating func take(_ layout: StateLayout) {
    self.layout = layout
    identity = NetworkIdentity()
    for number in joined.indices { joined[number].network.take(layout) }
  }

  /// The networks of which the model is made; itself where it is one.
  public var parts: [NetworkPart] { joined.isEmpty ? [NetworkPart(name: "", network: self)] : joined }

  /// Whether the model is several networks.
  public var hasParts: Bool { !joined.isEmpty }

  /// The network of a name, which is one of the model's.
  public func part(_ name: String) -> Network? { joined.first { $0.name == name }?.network }

  /// Where the trained values of a network of the model lie in its state, in ascending order.
  func trainableRanges(of part: NetworkPart) -> [Range<Int>] {
    guard hasParts else { return [0..<layout.trainableCount] }
    let own = Set(part.network.layers.map(\.name))
    return layout.ranges { $0.role.isTrainable && own.contains($0.layer) }
  }
}

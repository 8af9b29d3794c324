internal import Tensors

/// Puts layers into a network: names them, settles their shapes, says what each reads, and takes composites apart.
struct LayerPlacing {
  /// The layers so far.
  private(set) var layers: [NetworkLayer] = []
  private let input: Shape
  private let valueLimit: Int
  private var names: Set<String> = []
  /// Of each value, whether a layer with tensors has a part in it.
  private var isBehindTensors = [false]

  /// Names of one list, or of the branches of one composite.
  private struct Scope {
    let prefix: String
    let given: Set<String>
    var counts: [String: Int] = [:]

    /// The layer's name, or its kind's prefix with the next number that no layer was given.
    mutating func name(_ layer: any Layer) -> String {
      let prefix = type(of: layer).namePrefix
      counts[prefix, default: 0] += 1
      if let name = layer.name { return self.prefix + name }
      while given.contains("\(prefix)\(counts[prefix, default: 0])") { counts[prefix, default: 0] += 1 }
      return "\(self.prefix)\(prefix)\(counts[prefix, default: 0])"
    }
  }

  /// Starts with the network's input alone.
  init(input: Shape, valueLimit: Int) {
    self.input = input
    self.valueLimit = valueLimit
  }

  /// One sample's shape of a value, numbered as in `NetworkLayer.reads`.
  private func shape(_ value: Int) -> Shape { value == 0 ? input : layers[value - 1].resolved.output }

  /// Puts the branches' layers behind a value.
  ///
  /// - Parameters:
  ///   - names: What their names begin with.
  ///   - place: Where what they belong to stands.
  /// - Returns: The value that each branch puts out.
  /// - Throws: `NetworkProblem` with the place and name of the first layer that does not fit, or whose name is taken.
  mutating func place(
    _ branches: [LayerBranch], behind value: Int, names prefix: String, at place: [LayerPlace]
  ) throws(NetworkProblem) -> [Int] {
    var scope = Scope(prefix: prefix, given: Set(branches.flatMap { $0.layers.compactMap(\.name) }))
    var outputs: [Int] = []
    for branch in branches {
      var current = value
      for (index, layer) in branch.layers.enumerated() {
        let place = place + [LayerPlace(option: branch.option, index: index)]
        let name = scope.name(layer)
        guard names.insert(name).inserted else {
          throw NetworkProblem(place: place, name: name, message: "another layer is called '\(name)'")
        }
        if let composite = layer as? any CompositeLayer {
          current = try self.place(composite, behind: current, name: name, at: place)
        } else {
          current = try add(layer, reads: [current], name: name, at: place)
        }
      }
      outputs.append(current)
    }
    return outputs
  }

  private mutating func place(
    _ composite: any CompositeLayer, behind value: Int, name: String, at place: [LayerPlace]
  ) throws(NetworkProblem) -> Int {
    let outputs = try self.place(composite.branches, behind: value, names: name + ".", at: place)
    let joint: any JoiningLayer
    do throws(LayerProblem) {
      joint = try composite.joint(of: outputs.map { shape($0) }, input: shape(value))
    } catch {
      throw NetworkProblem(place: place, name: name, message: error.message)
    }
    var scope = Scope(prefix: name + ".", given: [])
    var jointName = scope.name(joint)
    while !names.insert(jointName).inserted { jointName = scope.name(joint) }
    return try add(joint, reads: outputs, name: jointName, at: place)
  }

  /// Puts one plain layer behind the others and settles its shapes; returns the value that it puts out.
  ///
  /// - Throws: `NetworkProblem` with the place and name when it does not fit.
  mutating func add(
    _ layer: any Layer, reads: [Int], name: String, at place: [LayerPlace]
  ) throws(NetworkProblem) -> Int {
    do throws(LayerProblem) {
      let inputs = reads.map { shape($0) }
      let resolved: ResolvedLayer
      if let joining = layer as? any JoiningLayer {
        resolved = try joining.resolve(inputs: inputs)
      } else {
        resolved = try layer.resolve(input: inputs[0])
      }
      let isBehind = reads.contains { isBehindTensors[$0] }
      if resolved.tokenCount != nil, isBehind {
        throw LayerProblem("looks tokens up, and what layers with weights put out are none; put it first")
      }
      guard resolved.output.count <= valueLimit else {
        throw LayerProblem("puts out \(resolved.output.count) values a sample, more than \(valueLimit)")
      }
      layers.append(NetworkLayer(name: name, layer: layer, reads: reads, input: inputs[0], resolved: resolved))
      isBehindTensors.append(isBehind || !resolved.tensors.isEmpty)
      return layers.count
    } catch {
      throw NetworkProblem(place: place, name: name, message: error.message)
    }
  }
}

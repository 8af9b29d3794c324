internal import Tensors

extension Network {
  /// The network with some layers replaced by others that put out the same shapes.
  ///
  /// Names, places and what each layer reads stay as they are, whatever the new layers are called; shapes, tensors and
  /// the layout of the state are settled anew, and so is how images lie in memory. A tensor that keeps its name and
  /// shape starts from the same values as before.
  ///
  /// - Parameter replacement: The layer that takes the place of one, or nil to keep it. It is asked layer by layer, in
  ///   order; sums of residual blocks are layers too.
  /// - Throws: `NetworkProblem` with the name of the first layer whose replacement does not fit, or for which
  ///   `replacement` throws.
  public func replacing(
    _ replacement: (NetworkLayer) throws(LayerProblem) -> (any Layer)?
  ) throws(NetworkProblem) -> Network {
    guard !hasParts else {
      var parts = joined
      for place in parts.indices { parts[place].network = try parts[place].network.replacing(replacement) }
      return try Network(joining: parts, entry: entry, exit: exit)
    }
    var placing = LayerPlacing(input: input, valueLimit: Self.valueLimit)
    for placed in layers {
      var layer = placed.layer
      do throws(LayerProblem) {
        if let other = try replacement(placed) {
          let kind = type(of: other).kind
          guard !(other is any CompositeLayer) else { throw LayerProblem("'\(kind)' can't stand for a single layer") }
          guard other is any JoiningLayer == (layer is any JoiningLayer) else {
            throw LayerProblem("'\(kind)' does not read as many values as '\(type(of: layer).kind)'")
          }
          layer = other
        }
      } catch {
        throw NetworkProblem(name: placed.name, message: error.message)
      }
      _ = try placing.add(layer, reads: placed.reads, name: placed.name, at: [])
      guard let output = placing.layers.last?.resolved.output, output == placed.resolved.output else {
        throw NetworkProblem(
          name: placed.name,
          message: "its replacement, '\(type(of: layer).kind)', does not put out [\(placed.resolved.output)] as it does"
        )
      }
    }
    return try Network(input: input, placed: placing.layers)
  }
}

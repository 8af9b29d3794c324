internal import Tensors

/// A layer that can do what stands behind it in the same pass over memory.
protocol LayerFusing: Layer {
  /// How many of the layers behind it the layer's plan does too; none unless it says so.
  ///
  /// - Parameters:
  ///   - input: One sample's input of this layer.
  ///   - following: The layers behind it, in their order, as far as each reads the one before it and nobody else does.
  func fusedCount(of following: [any Layer], input: Shape) -> Int

  /// The layer's plan with these layers at its end; the context's output is that of the last of them.
  func makePlan(_ context: PlanContext, followedBy fused: [any Layer]) throws -> LayerPlan
}

extension LayerFusing {
  /// A ReLU.
  func fusedCount(of following: [any Layer], input: Shape) -> Int { following.first is ReLU ? 1 : 0 }
}

/// The plan of a layer whose work another plan does.
final class FusedAwayPlan: LayerPlan {
  override var isIdentity: Bool { true }
}

extension Network {
  /// The layers in groups that one plan computes each: a layer, and behind it what its plan does too. The values within a group
  /// are in nobody's memory.
  ///
  /// - Parameter readLayer: A layer whose input somebody wants to look at, so that no group may hide it.
  func fusedGroups(readLayer: Int? = nil) -> [Range<Int>] {
    var readCounts = [Int](repeating: 0, count: layers.count + 1)
    for value in layers.flatMap(\.reads) { readCounts[value] += 1 }
    /// Whether a layer reads what the one before it puts out, and nobody else does.
    func isNext(_ index: Int) -> Bool {
      index != readLayer && layers[index].reads == [index] && readCounts[index] == 1
    }
    var groups: [Range<Int>] = []
    while let first = groups.last?.upperBound ?? layers.indices.first, first < layers.count {
      var count = 0
      if let fusing = layers[first].layer as? any LayerFusing {
        let following = layers.indices[(first + 1)...].prefix(while: isNext).map { layers[$0].layer }
        count = fusing.fusedCount(of: following, input: layers[first].input)
      }
      groups.append(first..<(first + 1 + count))
    }
    return groups
  }
}

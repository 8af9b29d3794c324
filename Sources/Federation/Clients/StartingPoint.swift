internal import Networks

/// A copy of what a client starts a round from, as far as the server's state is not the same.
struct StartingPoint {
  /// Its own weights and biases; empty where it has the server's.
  private let weights: [Float]
  /// γ, β and what else is trainable of normalization layers.
  private let normalization: [Float]
  private let layout: StateLayout

  /// Copies it from a workspace in which it is loaded.
  init(_ workspace: NetworkWorkspace, _ local: LocalRanges, _ layout: StateLayout) {
    self.layout = layout
    weights = Array(UnsafeBufferPointer(start: workspace.values, count: local.weights.count))
    normalization = Array(
      UnsafeBufferPointer(
        start: workspace.values + layout.weightCount, count: layout.trainableCount - layout.weightCount))
  }

  /// Calls `body` with its trainable values in blocks, from value 0 on.
  func withBlocks<Value>(
    _ global: ModelState, _ body: ([(range: Range<Int>, values: UnsafePointer<Float>)]) throws -> Value
  ) rethrows -> Value {
    try (weights.isEmpty ? global.values : weights).withUnsafeBufferPointer { weights in
      try normalization.withUnsafeBufferPointer { own in
        var blocks: [(range: Range<Int>, values: UnsafePointer<Float>)] = []
        if let base = weights.baseAddress, layout.weightCount > 0 { blocks.append((0..<layout.weightCount, base)) }
        if let base = own.baseAddress, layout.trainableCount > layout.weightCount {
          blocks.append((layout.weightCount..<layout.trainableCount, base))
        }
        return try body(blocks)
      }
    }
  }
}

internal import Networks

/// A copy of what a client starts a round from, as far as the server's state is not the same.
struct StartingPoint {
  /// Its own copy of the shared values; empty where it has the server's.
  private let copied: [Float]
  /// The trained values that are not shared; empty where it has the server's.
  private let own: [Float]
  private let layout: StateLayout

  /// Copies it from a workspace in which it is loaded.
  init(_ workspace: NetworkWorkspace, _ local: LocalRanges, _ layout: StateLayout) {
    self.layout = layout
    copied = Array(UnsafeBufferPointer(start: workspace.values, count: local.copied.count))
    let shared = layout.sharedTrainableCount
    own = Array(
      UnsafeBufferPointer(
        start: workspace.values + shared, count: layout.localTrainable.isEmpty ? 0 : layout.trainableCount - shared))
  }

  /// Calls `body` with its trainable values in blocks, from value 0 on.
  func withBlocks<Value>(
    _ global: ModelState, _ body: ([(range: Range<Int>, values: UnsafePointer<Float>)]) throws -> Value
  ) rethrows -> Value {
    try global.values.withUnsafeBufferPointer { global in
      try copied.withUnsafeBufferPointer { copied in
        try own.withUnsafeBufferPointer { own in
          guard let base = global.baseAddress, layout.trainableCount > 0 else { return try body([]) }
          let (shared, count) = (layout.sharedTrainableCount, layout.trainableCount)
          guard !copied.isEmpty || !own.isEmpty else { return try body([(0..<count, base)]) }
          let first = copied.isEmpty ? base : copied.baseAddress ?? base
          let second = own.isEmpty ? base + shared : own.baseAddress ?? base
          return try body([(0..<shared, first), (shared..<count, second)].filter { !$0.0.isEmpty })
        }
      }
    }
  }
}

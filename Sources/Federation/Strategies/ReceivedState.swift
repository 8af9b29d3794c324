/// What a client starts a round from: the global state with its own local values in it, and what the strategy has for
/// it.
public struct ReceivedState {
  /// The trainable values in blocks that lie one behind the other, from value 0 on.
  public let trainableBlocks: [(range: Range<Int>, values: UnsafePointer<Float>)]
  /// How many of the trainable values are shared; they come first, and every vector has one number for each.
  public let sharedCount: Int
  /// The server's slots that clients receive; empty before the server's half has made them.
  public let server: SlotMemory
  /// What this client remembers since it last took part; empty when it never did.
  public let own: SlotMemory

  /// Describes a start.
  public init(
    trainableBlocks: [(range: Range<Int>, values: UnsafePointer<Float>)], sharedCount: Int = 0,
    server: SlotMemory = SlotMemory(), own: SlotMemory = SlotMemory()
  ) {
    self.trainableBlocks = trainableBlocks
    self.sharedCount = sharedCount
    self.server = server
    self.own = own
  }

  /// The blocks as far as they are shared: w.
  public var sharedBlocks: [(range: Range<Int>, values: UnsafePointer<Float>)] {
    trainableBlocks.compactMap { range, values in
      range.lowerBound < sharedCount ? (range.lowerBound..<min(range.upperBound, sharedCount), values) : nil
    }
  }
}

/// Adds to the gradients of a local step, given the values before it; both pointers start at value 0.
public typealias GradientTerm = (_ gradients: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>) -> Void

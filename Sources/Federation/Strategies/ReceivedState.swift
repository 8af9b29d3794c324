/// What a client starts a round from: the global state with its own local values in it, and what the strategy has for
/// it.
public struct ReceivedState {
  /// The trainable values in blocks that lie one behind the other, from value 0 on.
  public let trainableBlocks: [(range: Range<Int>, values: UnsafePointer<Float>)]
  /// How many of the trainable values are shared; they come first, and every vector has one number for each.
  public let sharedCount: Int
  /// The vectors of the server's memory that clients receive, as many as `StrategyVectors.received`; none before the
  /// server's half has made them.
  public let serverVectors: [[Float]]
  /// The vectors that this client kept when it last took part, as many as `StrategyVectors.kept`; none when it never
  /// did.
  public let keptVectors: [[Float]]

  /// Describes a start.
  public init(
    trainableBlocks: [(range: Range<Int>, values: UnsafePointer<Float>)], sharedCount: Int = 0,
    serverVectors: [[Float]] = [], keptVectors: [[Float]] = []
  ) {
    self.trainableBlocks = trainableBlocks
    self.sharedCount = sharedCount
    self.serverVectors = serverVectors
    self.keptVectors = keptVectors
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

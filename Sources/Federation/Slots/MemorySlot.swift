internal import Networks

/// Something that a component remembers from round to round, under a name. Who remembers declares it; checkpoints, what
/// spills to the disk, sizes, bytes on the wire and `covey export --slot` follow from the declaration.
public struct MemorySlot: Sendable, Equatable {
  /// What a slot holds.
  public enum Content: Sendable, Equatable {
    /// One number for each value that clients share and train, in the order of the state.
    case vector
    /// One number for each value that a client trains, those that stay with it included.
    case trainable
    /// So many numbers.
    case scalars(Int)
    /// All numbers of a model: values and counters.
    case state
  }

  /// Its name, by which it is exported.
  public let name: String
  /// What it holds.
  public let content: Content
  /// Of the server's slots, whether each client of a cohort receives it.
  public let isSent: Bool

  /// A vector over the shared trainable values.
  ///
  /// - Parameter isSent: Whether the server sends it to the clients of each cohort.
  public static func vector(_ name: String, isSent: Bool = false) -> MemorySlot {
    MemorySlot(name: name, content: .vector, isSent: isSent)
  }

  /// A vector over all values that a client trains.
  public static func trainable(_ name: String) -> MemorySlot {
    MemorySlot(name: name, content: .trainable, isSent: false)
  }

  /// All arrays of a model, running statistics and counters included.
  public static func state(_ name: String) -> MemorySlot { MemorySlot(name: name, content: .state, isSent: false) }

  /// So many numbers.
  public static func scalars(_ name: String, count: Int = 1) -> MemorySlot {
    MemorySlot(name: name, content: .scalars(count), isSent: false)
  }

  /// Bytes of what it holds, under a model's layout.
  func byteCount(_ layout: StateLayout, shared: Int) -> Int {
    switch content {
    case .vector: 4 * shared
    case .trainable: 4 * layout.trainableCount
    case .scalars(let count): 8 * count
    case .state: 4 * layout.valueCount + 8 * layout.counterCount
    }
  }
}

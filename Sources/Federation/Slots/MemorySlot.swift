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

  /// So many numbers.
  public static func scalars(_ name: String, count: Int = 1) -> MemorySlot {
    MemorySlot(name: name, content: .scalars(count), isSent: false)
  }

  /// How many numbers it holds, where clients share and train so many values.
  func count(shared: Int, trainable: Int) -> Int {
    switch content {
    case .vector: shared
    case .trainable: trainable
    case .scalars(let count): count
    }
  }
}

/// How clients train from what they received, and how the server goes on from what they send. Normalization statistics
/// and counters are never part of either.
///
/// Only `next` has to be written: the rest is by default that of a strategy without a client half.
public protocol Strategy: RunComponent {
  /// What the server's half remembers; its `next` makes it.
  var serverSlots: [MemorySlot] { get }
  /// What each client remembers from one round that it reports in to the next.
  var clientSlots: [MemorySlot] { get }
  /// The vectors over the shared values whose means the server's half needs: those that clients send, and those that
  /// `arrived` makes and nobody sends.
  var meanVectors: [MemorySlot] { get }

  /// The client half: from the state that the client received to the one that it sends. By default `round.run()`.
  ///
  /// - Throws: What the round's calls throw.
  func train(_ round: ClientRound) throws

  /// The server half as an update comes in, before it is summed: may set its influence, and add vectors that the server
  /// makes of it, which nobody sends.
  func arrived(_ update: inout ClientUpdate)

  /// The server half: the next shared trainable values.
  ///
  /// - Parameters:
  ///   - update: What the clients that reported made, and what they had received.
  ///   - memory: What the server's slots hold since the round before.
  func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float]
}

extension Strategy {
  public var serverSlots: [MemorySlot] { [] }
  public var clientSlots: [MemorySlot] { [] }
  public var meanVectors: [MemorySlot] { [] }
  public func train(_ round: ClientRound) throws { try round.run() }
  public func arrived(_ update: inout ClientUpdate) {}

  /// The names of the server's slots that clients receive.
  var sentSlots: [String] { serverSlots.filter(\.isSent).map(\.name) }
  /// The names of the vectors that clients send beside their updates.
  var sentVectors: [String] { meanVectors.filter(\.isSent).map(\.name) }
}

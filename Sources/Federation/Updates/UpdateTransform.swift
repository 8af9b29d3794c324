internal import Catalogs
public import Randomness

/// What happens to updates between the clients' training and the server's step: clipping, noise, compression. A scenario
/// lists them under `transforms:`, and their order counts: the clients' halves act in it, each on what the one before
/// left, and the server's halves in reverse.
///
/// A transform acts on Δ over the shared trainable values as one vector. Running statistics and counters, and all that
/// is local, are out of its reach.
public protocol UpdateTransform: RunComponent {
  /// What each client remembers of it from one round that it reports in to the next.
  var clientSlots: [MemorySlot] { get }
  /// M, beyond which the clients' half leaves no ‖Δ_k‖; nil where there is no bound.
  var normBound: Float? { get }

  /// The clients' half.
  ///
  /// - Parameters:
  ///   - memory: What the client remembers.
  ///   - stream: Random numbers of this client and round.
  func onClient(_ update: inout ClientUpdate, memory: inout SlotMemory, stream: inout RandomStream)

  /// How Δ_k is written behind the clients' half, given how it was before.
  func encoding(_ before: UpdateEncoding) -> UpdateEncoding

  /// The server's half.
  ///
  /// - Parameters:
  ///   - bound: M of the transform before this one in the list.
  ///   - stream: Random numbers of this round.
  func onServer(_ update: inout CohortUpdate, bound: Float?, stream: inout RandomStream)
}

extension UpdateTransform {
  public var clientSlots: [MemorySlot] { [] }
  public var normBound: Float? { nil }
  public func onClient(_ update: inout ClientUpdate, memory: inout SlotMemory, stream: inout RandomStream) {}
  public func encoding(_ before: UpdateEncoding) -> UpdateEncoding { before }
  public func onServer(_ update: inout CohortUpdate, bound: Float?, stream: inout RandomStream) {}
}

internal import Networks

/// Everything that a run goes on from: what a checkpoint holds.
struct RunState: Sendable {
  /// The last round that is complete.
  var round: Int
  /// The server's state.
  var global: ModelState
  /// What components remember on the server.
  var slots: SlotMemory
  /// What clients keep, of those that took part.
  var clients: ClientStore

  /// The state of a run that has not begun, or whose end has been told.
  static let none = RunState(
    round: -1, global: ModelState(values: [], counters: []), slots: SlotMemory(), clients: ClientStore())
}

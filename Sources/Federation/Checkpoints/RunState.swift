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
  /// The versions of the server's state that clients in training started from, where that may be another than the newest.
  var versions: [Int: ModelState] = [:]
  /// What the run started from; of a checkpoint that is read, where clients have models of their own.
  var initial: ModelState?
  /// The simulated seconds since the run began; nil where no time is simulated.
  var time: Double?
  /// What a stop rule goes by; nil in a run without one.
  var watch: StopWatch?

  /// The state of a run that has not begun, or whose end has been told.
  static let none = RunState(
    round: -1, global: ModelState(values: [], counters: []), slots: SlotMemory(), clients: ClientStore())
}

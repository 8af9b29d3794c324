/// When the server makes the next version of its state, and of which updates.
///
/// Whatever a schedule goes by is known before anyone trains, so that a run is planned and then computed, in parallel and
/// with the same bits for any number of threads.
public protocol Schedule: RunComponent {
  /// Plans the next version.
  ///
  /// - Throws: `TimelineProblem` where there can be none.
  func next(_ clock: inout ServerClock) throws(TimelineProblem) -> ServerStep

  /// Whether clients train from versions of their own, so that there is no cohort.
  var isAsynchronous: Bool { get }

  /// Whether the schedule goes by the times of arrivals, so that devices must be simulated.
  var needsDevices: Bool { get }

  /// What the server makes of the updates of a version.
  var merging: UpdateMerging { get }

  /// How many updates and clients the schedule has to do with at a time, at most.
  ///
  /// - Parameters:
  ///   - cohort: The most clients that the sampler names for a round.
  ///   - population: Clients that train.
  func size(cohort: Int, population: Int) -> ScheduleSize
}

/// How many updates and clients a schedule has to do with at a time, at most.
public struct ScheduleSize: Sendable, Equatable {
  /// Updates that a version is made of.
  public var updates: Int
  /// Clients in training that may have started from another version than the newest; 0 where all start from that.
  public var places: Int

  /// Makes a size.
  public init(updates: Int, places: Int = 0) {
    self.updates = updates
    self.places = places
  }
}

/// What a server makes of the updates that it takes.
public enum UpdateMerging: Sendable, Equatable {
  /// The aggregator and the strategy say.
  case aggregated
  /// One update a version: a = αs(τ), w ← (1 − a)w + a·w_k with w_k the client's values, and its statistics the same.
  case mixed(alpha: Double)
  /// w ← w + ηΣp_i s(τ_i)Δ_i, and statistics of the buffer with the weights p_i s(τ_i)/Σp_j s(τ_j).
  case buffered(serverRate: Double)
}

internal import Catalogs

/// FedBuff without updates that are too stale: the server waits while a client in training started B or more versions
/// ago. Places are given anew only after a version, and one is made also when nobody is training any more.
///
/// Source: Li et al., "plato: A framework for scalable federated learning research", 2023.
/// Differs: plato waits for clients that started more than B versions ago.
public struct SemiAsync: Schedule {
  /// What a version is made of, and how.
  public let buffered: FedBuff
  /// B.
  public let largestLag: Int

  /// Makes the schedule.
  public init(_ buffered: FedBuff, largestLag: Int) {
    self.buffered = buffered
    self.largestLag = largestLag
  }

  public var isAsynchronous: Bool { true }
  public var needsDevices: Bool { true }
  public var merging: UpdateMerging { buffered.merging }

  /// Places are given anew only after a version, which so is made of one update of each at most.
  public func size(cohort: Int, population: Int) -> ScheduleSize {
    let places = min(buffered.concurrency, population)
    return ScheduleSize(updates: places, places: places)
  }

  public func next(_ clock: inout ServerClock) throws(TimelineProblem) -> ServerStep {
    try clock.giveFreePlaces(of: buffered.concurrency)
    var arrivals: [PlannedParticipation] = []
    var count = 0
    repeat {
      var arrival = try clock.nextArrival()
      if let lag = arrival.lag {
        arrival.weightFactor = buffered.staleness.weight(lag)
        count += 1
      }
      arrivals.append(arrival)
      guard let oldest = clock.oldestBase else { break }
      if count >= buffered.buffer, clock.version - oldest < largestLag { break }
    } while true
    return clock.makeVersion(of: arrivals)
  }

  static let entry = CatalogEntry<any Schedule>(
    "semi-async", "fedbuff that waits for clients whose updates would become too stale",
    source: "Li et al. 2023 (plato)",
    options: FedBuff.options + [
      .required("max_staleness", .integer(0...1_000_000_000), "no update is taken that lags by more versions")
    ]
  ) { options in
    SemiAsync(
      FedBuff(
        concurrency: options.integer("concurrency"), buffer: options.integer("buffer"),
        serverRate: options.number("server_learning_rate"), staleness: try stalenessWeight(options)),
      largestLag: options.integer("max_staleness"))
  }
}

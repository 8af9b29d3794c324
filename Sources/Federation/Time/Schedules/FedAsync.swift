internal import Catalogs

/// Clients train at any time; each update makes a version: w ← (1 − a)w + a·w_k with a = αs(τ).
///
/// Source: Xie et al., "Asynchronous Federated Optimization", 2020, Algorithm 1; its proximal term is the strategy
/// FedProx.
public struct FedAsync: Schedule {
  /// How many clients train at any time.
  public let concurrency: Int
  /// α.
  public let alpha: Double
  /// s.
  public let staleness: any StalenessWeight

  /// Makes the schedule.
  public init(concurrency: Int, alpha: Double = 0.6, staleness: any StalenessWeight = ConstantStaleness()) {
    self.concurrency = concurrency
    self.alpha = alpha
    self.staleness = staleness
  }

  public var isAsynchronous: Bool { true }
  public var needsDevices: Bool { true }
  public var merging: UpdateMerging { .mixed(alpha: alpha) }

  public func size(cohort: Int, population: Int) -> ScheduleSize {
    ScheduleSize(updates: 1, places: min(concurrency, population))
  }

  public func next(_ clock: inout ServerClock) throws(TimelineProblem) -> ServerStep {
    var arrivals: [PlannedParticipation] = []
    while true {
      var arrival = try clock.nextArrival(giving: concurrency)
      if let lag = arrival.lag { arrival.weightFactor = staleness.weight(lag) }
      arrivals.append(arrival)
      if arrival.isTaken { return clock.makeVersion(of: arrivals) }
    }
  }

  static let entry = CatalogEntry<any Schedule>(
    "fedasync", "clients that train at any time, and a version of each update", source: "Xie et al. 2020",
    options: [
      .required("concurrency", .integer(1...10_000_000), "how many clients train at any time"),
      Option("alpha", .number(.init(0, 1, lowerIsOpen: true)), default: .number(0.6), "weight α of an update"),
      stalenessOption(default: "constant"),
    ]
  ) { options in
    FedAsync(
      concurrency: options.integer("concurrency"), alpha: options.number("alpha"),
      staleness: try stalenessWeight(options))
  }
}

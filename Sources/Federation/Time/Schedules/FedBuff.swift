internal import Catalogs

/// Clients train at any time; a version is made of every K updates: w ← w + η_sΣp_i s(τ_i)Δ_i.
///
/// Source: Nguyen et al., "Federated Learning with Buffered Asynchronous Aggregation", AISTATS 2022, Algorithm 1.
/// Differs: weights p_i of the buffer may be those of the clients' samples; FLSim divides s by its value at an average
/// staleness.
public struct FedBuff: Schedule {
  /// How many clients train at any time.
  public let concurrency: Int
  /// K.
  public let buffer: Int
  /// η_s.
  public let serverRate: Double
  /// s.
  public let staleness: any StalenessWeight

  /// Makes the schedule.
  public init(
    concurrency: Int, buffer: Int = 10, serverRate: Double = 1,
    staleness: any StalenessWeight = PolynomialStaleness(exponent: 0.5)
  ) {
    self.concurrency = concurrency
    self.buffer = buffer
    self.serverRate = serverRate
    self.staleness = staleness
  }

  public var isAsynchronous: Bool { true }
  public var needsDevices: Bool { true }
  public var merging: UpdateMerging { .buffered(serverRate: serverRate) }

  /// A client may be in a buffer more than once.
  public func size(cohort: Int, population: Int) -> ScheduleSize {
    ScheduleSize(updates: buffer, places: min(concurrency, population))
  }

  public func next(_ clock: inout ServerClock) throws(TimelineProblem) -> ServerStep {
    var arrivals: [PlannedParticipation] = []
    var count = 0
    while count < buffer {
      var arrival = try clock.nextArrival(giving: concurrency)
      if let lag = arrival.lag {
        arrival.weightFactor = staleness.weight(lag)
        count += 1
      }
      arrivals.append(arrival)
    }
    return clock.makeVersion(of: arrivals)
  }

  static let options: [Option] = [
    .required("concurrency", .integer(1...10_000_000), "how many clients train at any time"),
    Option("buffer", .integer(1...10_000_000), default: .integer(10), "of how many updates a version is made"),
    Option("server_learning_rate", .number(.above(0)), default: .number(1), "step size η_s"),
    stalenessOption(default: "polynomial"),
  ]

  static let entry = CatalogEntry<any Schedule>(
    "fedbuff", "clients that train at any time, and a version of every so many updates",
    source: "Nguyen et al., AISTATS 2022", options: options
  ) { options in
    FedBuff(
      concurrency: options.integer("concurrency"), buffer: options.integer("buffer"),
      serverRate: options.number("server_learning_rate"), staleness: try stalenessWeight(options))
  }
}

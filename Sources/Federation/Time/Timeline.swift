/// What a timeline is planned by.
public struct TimelineSetting: Sendable {
  /// When versions are made, and of what.
  public var schedule: any Schedule
  /// Who takes part.
  public var sampler: any CohortSampler
  /// How long clients take; nil where no time is simulated.
  public var devices: (any DeviceModel)?
  /// When clients are there; nil is always.
  public var availability: (any Availability)?
  /// Which participations are lost; nil is none.
  public var dropouts: (any Dropouts)?
  /// Clients that train.
  public var population: Int
  /// The seed of the run.
  public var seed: UInt64
  /// The number n_k of training examples of a client.
  public var trainCount: @Sendable (_ client: Int) -> Int
  /// Whether a client that starts for a round has a batch to train on.
  public var isTrainable: @Sendable (_ client: Int, _ round: Int) -> Bool
  /// What a client's participation takes that starts for a round.
  public var cost: @Sendable (_ client: Int, _ round: Int) -> ParticipationCost

  /// Makes a setting.
  public init(
    schedule: any Schedule = SynchronousSchedule(), sampler: any CohortSampler = Everyone(),
    devices: (any DeviceModel)? = nil, availability: (any Availability)? = nil, dropouts: (any Dropouts)? = nil,
    population: Int, seed: UInt64, trainCount: @escaping @Sendable (Int) -> Int = { _ in 1 },
    isTrainable: @escaping @Sendable (Int, Int) -> Bool = { _, _ in true },
    cost: @escaping @Sendable (Int, Int) -> ParticipationCost = { _, _ in
      ParticipationCost(bytesDown: 0, bytesUp: 0, flops: 0)
    }
  ) {
    self.schedule = schedule
    self.sampler = sampler
    self.devices = devices
    self.availability = availability
    self.dropouts = dropouts
    self.population = population
    self.seed = seed
    self.trainCount = trainCount
    self.isTrainable = isTrainable
    self.cost = cost
  }

  /// What does not go together, with the key that it is said under, in words that follow it; nil where all does.
  public var problem: (key: String, words: String)? {
    if devices == nil {
      if schedule.needsDevices { return ("schedule", "goes by times of arrival, and needs 'devices'") }
      if availability != nil { return ("availability", "goes by a clock, and needs 'devices'") }
    }
    if let words = sampler.problem(population: population, isAsynchronous: schedule.isAsynchronous) {
      return ("cohort", words)
    }
    if let words = devices?.problem(population: population) { return ("devices", words) }
    if let words = availability?.problem(population: population) { return ("availability", words) }
    if let words = dropouts?.problem(population: population) { return ("dropouts", words) }
    return nil
  }
}

/// A run's plan, version by version: who trains from which version of the server's state, when, and how it ends.
///
/// A timeline is a value that follows from its setting alone. Nobody has to train for it, so that a run can look ahead;
/// and a resumed run makes it anew and passes over the versions that it has.
public struct Timeline: Sendable {
  private let schedule: any Schedule
  private var clock: ServerClock

  /// Makes the timeline of a run that has not begun.
  ///
  /// - Precondition: The setting has no problem.
  public init(_ setting: TimelineSetting) {
    if let problem = setting.problem { preconditionFailure("'\(problem.key)' \(problem.words)") }
    schedule = setting.schedule
    clock = ServerClock(setting)
  }

  /// The newest version that is planned; 0 is the initial state.
  public var version: Int { clock.version }

  /// Seconds from the begin of the run to the newest version that is planned; nil where no time is simulated.
  public var time: Double? { clock.time }

  /// Plans the next version.
  ///
  /// - Parameter lastLoss: What samplers may ask of the clients that have trained.
  /// - Throws: `TimelineProblem` where there is none.
  /// - Complexity: In the participations that begin and end, times the clients in training; in the population only where
  ///   a sampler asks about everybody.
  public mutating func next(
    lastLoss: @escaping @Sendable (Int) -> Double? = { _ in nil }
  ) throws(TimelineProblem) -> ServerStep {
    clock.setLastLoss(lastLoss)
    return try schedule.next(&clock)
  }

  /// Plans versions up to one, as a run that is resumed after it needs.
  public mutating func pass(to version: Int) throws(TimelineProblem) {
    while self.version < version { _ = try next() }
  }
}

/// What a schedule sees and does: the moment, the version, who is training; it gives places and waits for arrivals.
public struct ServerClock: Sendable {
  /// How many participations in a row may bring nothing, at least.
  private static let patience = 10_000

  private let setting: TimelineSetting
  private var context: SamplingContext
  /// Participations of clients in training, the next to arrive last.
  private var underway: [PlannedParticipation] = []
  private var starts: [PlannedParticipation] = []
  private var beganAt: Double?
  /// When somebody comes that a place could be given to; nil while there may be someone now.
  private var nextBeginning: Double?
  private var fruitless = 0

  /// The newest version of the server's state.
  public private(set) var version = 0

  init(_ setting: TimelineSetting) {
    self.setting = setting
    var context = SamplingContext(
      round: 1, population: setting.population, seed: setting.seed, availability: setting.availability,
      time: setting.devices == nil ? nil : 0)
    context.trainCount = setting.trainCount
    if let devices = setting.devices {
      context.duration = { [setting] client, turn in
        devices.seconds(client: client, turn: turn, cost: setting.cost(client, 1), seed: setting.seed)
      }
    }
    self.context = context
    beganAt = context.time
  }

  /// The moment in seconds since the run began; nil where no time is simulated.
  public var time: Double? { context.time }
  /// How many clients are training.
  public var underwayCount: Int { underway.count }
  /// The oldest version that a client in training started from; nil where nobody is training.
  public var oldestBase: Int? { underway.map(\.baseVersion).min() }

  mutating func setLastLoss(_ lastLoss: @escaping @Sendable (Int) -> Double?) { context.lastLoss = lastLoss }

  // MARK: Rounds

  /// Starts a cohort from the newest version, as soon as somebody is there, and returns it by client. All of it ends with
  /// the next version, and those count as reported that can train and are not lost.
  public mutating func startCohort() throws(TimelineProblem) -> [PlannedParticipation] {
    let sampler = setting.sampler
    let cohort = try atBeginnings { context throws(CohortProblem) -> [Int]? in try sampler.cohort(&context) }
    let participations = cohort.map { begin($0, isUnderway: false) }
    starts = participations
    return participations
  }

  // MARK: Places

  /// Gives free places, of so many in all, to clients that are there and not training, who start from the newest version.
  /// Where nobody is training and nobody is there, time moves on to when somebody is.
  public mutating func giveFreePlaces(of concurrency: Int) throws(TimelineProblem) {
    try give(concurrency)
    guard underway.isEmpty else { return }
    let sampler = setting.sampler
    let first = try atBeginnings { context throws(CohortProblem) -> Int? in try sampler.next(&context) }
    try give(concurrency, first: first)
  }

  /// Moves time on to the next arrival, and takes the participation out of those underway. One that brings an update has
  /// a lag.
  ///
  /// - Parameter concurrency: Of how many places in all free ones are given to clients meanwhile; nil for none.
  public mutating func nextArrival(giving concurrency: Int? = nil) throws(TimelineProblem) -> PlannedParticipation {
    if let concurrency {
      try giveFreePlaces(of: concurrency)
      // Those that come before the next arrival take what is free.
      while underway.count < concurrency, let beginning = nextBeginning, beginning < underway.last?.dueAt ?? .infinity {
        move(to: beginning)
        try give(concurrency)
      }
    }
    guard var arrival = underway.popLast() else { throw .nobodyIsThere(after: time ?? 0) }
    context.time = arrival.dueAt
    context.end(arrival.client)
    noteReturn(of: arrival.client)
    fruitless = arrival.isTaken ? 0 : fruitless + 1
    if fruitless > max(Self.patience, 10 * setting.population) { throw .noUpdates(count: fruitless) }
    if arrival.isTaken { arrival.lag = version - arrival.baseVersion }
    return arrival
  }

  /// Gives free places until none is free or nobody wants one now.
  private mutating func give(_ concurrency: Int, first: Int? = nil) throws(TimelineProblem) {
    var first = first
    while underway.count < concurrency, first != nil || nextBeginning == nil {
      var client = first
      first = nil
      if client == nil {
        do throws(CohortProblem) { client = try setting.sampler.next(&context) } catch { throw .cohort(error) }
      }
      guard let client else {
        nextBeginning = beginning()
        return
      }
      let started = begin(client, isUnderway: true)
      starts.append(started)
      var (low, high) = (0, underway.count)
      while low < high {
        let middle = (low + high) / 2
        if underway[middle].isBefore(started) { high = middle } else { low = middle + 1 }
      }
      underway.insert(started, at: low)
    }
  }

  /// Asks until there is an answer, moving time on to when somebody comes.
  private mutating func atBeginnings<Answer>(
    _ ask: (inout SamplingContext) throws(CohortProblem) -> Answer?
  ) throws(TimelineProblem) -> Answer {
    while true {
      do throws(CohortProblem) {
        if let answer = try ask(&context) { return answer }
      } catch {
        throw .cohort(error)
      }
      let beginning = beginning()
      guard beginning < .infinity else { throw .nobodyIsThere(after: time ?? 0) }
      move(to: beginning)
    }
  }

  // MARK: Time

  private mutating func move(to moment: Double) {
    context.time = moment
    if let nextBeginning, nextBeginning <= moment { self.nextBeginning = nil }
  }

  /// When the first of those comes who are neither there nor training; infinite where nobody ever does.
  private mutating func beginning() -> Double {
    guard let time, setting.availability != nil else { return .infinity }
    var first = Double.infinity
    func look(_ client: Int) {
      guard !context.isTraining(client), let from = context.window(of: client, after: time)?.from else { return }
      if from > time { first = min(first, from) }
    }
    if let candidates = setting.sampler.candidates(context) {
      for client in candidates { look(client) }
    } else {
      for client in 0..<setting.population { look(client) }
    }
    return first
  }

  /// A client that has arrived may be given a place again, now or when it comes.
  private mutating func noteReturn(of client: Int) {
    guard let beginning = nextBeginning, let time else { return }
    let from = context.window(of: client, after: time)?.from ?? .infinity
    nextBeginning = from <= time ? nil : min(beginning, from)
  }

  // MARK: Participations

  private mutating func begin(_ client: Int, isUnderway: Bool) -> PlannedParticipation {
    let round = version + 1
    let turn = context.begin(client, isUnderway: isUnderway)
    let cost = setting.cost(client, round)
    var due: Double?
    var isLost = setting.dropouts?.isLost(client: client, round: round, turn: turn, seed: setting.seed) ?? false
    if let time, let devices = setting.devices {
      let arrival = time + devices.seconds(client: client, turn: turn, cost: cost, seed: setting.seed)
      due = arrival
      if let window = context.window(of: client, after: time), window.to < arrival { isLost = true }
    }
    let canTrain = setting.isTrainable(client, round)
    return PlannedParticipation(
      client: client, turn: turn, baseVersion: version, startedAt: time, dueAt: due,
      outcome: isLost ? .dropped : canTrain ? .reported : .untrained,
      lag: setting.devices == nil && canTrain && !isLost ? 0 : nil, weightFactor: 1, cost: cost)
  }

  /// Makes the next version of participations, at a moment or, where none is said, now.
  public mutating func makeVersion(of participations: [PlannedParticipation], at moment: Double? = nil) -> ServerStep {
    if let moment { move(to: moment) }
    version += 1
    let needed = Set(underway.lazy.filter(\.isTaken).map(\.baseVersion)).union([version])
    let step = ServerStep(
      version: version, beganAt: beganAt, madeAt: time, participations: participations, starts: starts,
      neededVersions: needed.sorted())
    beganAt = time
    starts = []
    context.round = version + 1
    return step
  }
}

extension PlannedParticipation {
  /// Whether it arrives before another: by the moment, then by client.
  fileprivate func isBefore(_ other: PlannedParticipation) -> Bool {
    (dueAt ?? 0, client) < (other.dueAt ?? 0, other.client)
  }
}

internal import Randomness

/// What a sampler goes by: which round it is, who is there, who is training, and what is known of each client.
///
/// Nothing in it grows with the population until someone asks about everybody.
public struct SamplingContext: Sendable {
  /// Clients that train, numbered from 0.
  public let population: Int
  /// The seed of the run.
  public let seed: UInt64
  /// The round; in an asynchronous schedule the version of the server's state that comes next. Both begin with 1.
  public internal(set) var round: Int
  /// How many participations have begun before this one.
  public internal(set) var startCount = 0
  /// The moment in seconds since the run began; nil where no time is simulated.
  public internal(set) var time: Double?
  /// The number n_k of training examples of a client.
  public var trainCount: @Sendable (Int) -> Int = { _ in 1 }
  /// The mean loss of a client's last training; nil where it is not known.
  public var lastLoss: @Sendable (Int) -> Double? = { _ in nil }
  /// The seconds that the next participation of a client would take; nil where no time is simulated.
  public internal(set) var duration: @Sendable (_ client: Int, _ turn: Int) -> Double? = { _, _ in nil }

  /// The clients that are training, and so can't be given another place.
  private(set) var training: Set<Int> = []
  private var turnCounts = ClientNumbers()
  private var lastRounds = ClientNumbers()
  private(set) var presence: ClientPresence?

  /// Makes the context of a round before which nothing has happened.
  ///
  /// - Parameter availability: When clients are there; nil is always.
  public init(round: Int, population: Int, seed: UInt64, availability: (any Availability)? = nil, time: Double? = nil) {
    self.round = round
    self.population = population
    self.seed = seed
    self.time = time ?? (availability == nil ? nil : 0)
    presence = availability.map { ClientPresence($0, seed: seed) }
  }

  // MARK: What samplers ask

  /// Whether anybody might be away or training, so that not every client can be named.
  public var isRestricted: Bool { presence != nil || !training.isEmpty }

  /// Whether a client is there now.
  public mutating func isThere(_ client: Int) -> Bool {
    guard let time else { return true }
    return window(of: client, after: time).map { $0.from <= time } ?? false
  }

  /// Whether a client is training.
  public func isTraining(_ client: Int) -> Bool { training.contains(client) }

  /// How many clients are training.
  public var trainingCount: Int { training.count }

  /// Whether a client is there and not training.
  public mutating func isIdle(_ client: Int) -> Bool { !isTraining(client) && isThere(client) }

  /// How often a client has begun to train.
  public func turns(of client: Int) -> Int { turnCounts[client] }

  /// The round or version that a client last began to train for; nil where it never did.
  public func lastRound(of client: Int) -> Int? { lastRounds[client] == 0 ? nil : lastRounds[client] }

  /// A client that is there and not training, each equally likely; nil where none is.
  ///
  /// - Complexity: As many looks as there are clients for each that is idle.
  public mutating func drawIdle() -> Int? {
    if training.count == population { return nil }
    var stream = RandomStream(seed: seed, .cohort, UInt64(startCount), 1)
    var order = RandomOrder(of: population)
    while let client = order.next(&stream) {
      if isIdle(client) { return client }
    }
    return nil
  }

  // MARK: What the clock tells

  /// The first window of a client that ends after a moment; nil where it never is there again.
  mutating func window(of client: Int, after moment: Double) -> AvailabilityWindow? {
    presence == nil ? .always : presence?.window(of: client, after: moment)
  }

  /// Notes that a client begins to train; returns how manieth time that is.
  mutating func begin(_ client: Int, isUnderway: Bool) -> Int {
    if isUnderway { training.insert(client) }
    startCount += 1
    turnCounts[client] += 1
    lastRounds[client] = round
    return turnCounts[client]
  }

  /// Notes that a client no longer trains.
  mutating func end(_ client: Int) { training.remove(client) }
}

/// A number of each client, 0 at first: a table of those that have one while they are few, then one place a client.
struct ClientNumbers: Sendable {
  private var few: [Int: Int32] = [:]
  private var all: [Int32] = []
  private var last = 0

  subscript(client: Int) -> Int {
    get { all.isEmpty ? Int(few[client] ?? 0) : client < all.count ? Int(all[client]) : 0 }
    set {
      let value = Int32(clamping: newValue)
      if all.isEmpty {
        few[client] = value
        last = max(last, client)
        // An entry of a table takes as much as several places.
        guard few.count >= 1024, last < 8 * few.count else { return }
        all = [Int32](repeating: 0, count: last + 1)
        for (client, value) in few { all[client] = value }
        few = [:]
      } else {
        if client >= all.count { all += [Int32](repeating: 0, count: max(client + 1 - all.count, all.count / 2)) }
        all[client] = value
      }
    }
  }
}

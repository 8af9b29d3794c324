import Catalogs
import Records
import Testing

@testable import Federation

/// Timelines against ones that were worked out by hand.
@Suite("timelines")
struct TimelineTests {
  /// A participation in short: client, turn, base, start, arrival, lag, outcome.
  struct Line: Equatable, CustomStringConvertible {
    let client: Int, turn: Int, base: Int
    let started: Double?, arrived: Double?
    let lag: Int?
    let outcome: ParticipationOutcome

    init(
      _ client: Int, _ turn: Int, base: Int, _ started: Double?, _ arrived: Double?, lag: Int?,
      _ outcome: ParticipationOutcome = .reported
    ) {
      (self.client, self.turn, self.base) = (client, turn, base)
      (self.started, self.arrived, self.lag, self.outcome) = (started, arrived, lag, outcome)
    }

    init(_ part: PlannedParticipation) {
      self.init(
        part.client, part.turn, base: part.baseVersion, part.startedAt, part.arrivedAt, lag: part.lag, part.outcome)
    }

    var description: String {
      "client \(client)/\(turn), base \(base), \(started ?? -1) to \(arrived ?? -1), lag \(lag ?? -1), \(outcome)"
    }
  }

  private func listed(_ seconds: [Double]) -> ListedDevices { ListedDevices(seconds: seconds.map { [$0] }) }

  private func setting(
    _ schedule: any Schedule = SynchronousSchedule(), seconds: [Double], sampler: any CohortSampler = Everyone(),
    availability: (any Availability)? = nil, dropouts: (any Dropouts)? = nil, untrained: Set<Int> = []
  ) -> TimelineSetting {
    TimelineSetting(
      schedule: schedule, sampler: sampler, devices: listed(seconds), availability: availability, dropouts: dropouts,
      population: seconds.count, seed: 3, isTrainable: { client, _ in !untrained.contains(client) })
  }

  private func steps(_ setting: TimelineSetting, _ count: Int) throws -> [ServerStep] {
    var timeline = Timeline(setting)
    return try (0..<count).map { _ in try timeline.next() }
  }

  private func windows(_ windows: [(Int, Double, Double)]) -> ListedAvailability {
    ListedAvailability(windows.map { ($0.0, AvailabilityWindow(from: $0.1, to: $0.2)) })
  }

  // MARK: Rounds

  @Test("without devices there is no time, and everybody is taken who can train and is not lost")
  func untimed() throws {
    let setting = TimelineSetting(
      dropouts: ListedDropouts([.init(client: 1, round: 2)]), population: 4, seed: 1,
      isTrainable: { client, _ in client != 3 })
    let steps = try steps(setting, 2)
    #expect(steps[0].participations.map(\.outcome) == [.reported, .reported, .reported, .untrained])
    #expect(steps[1].participations.map(\.outcome) == [.reported, .dropped, .reported, .untrained])
    #expect(
      steps[1].participations.map(Line.init)[0...1] == [
        Line(0, 2, base: 1, nil, nil, lag: 0), Line(1, 2, base: 1, nil, nil, lag: nil, .dropped),
      ])
    #expect(steps.map(\.seconds) == [nil, nil])
    #expect(steps.map(\.neededVersions) == [[1], [2]])
  }

  @Test("a round closes at the K-th usable arrival, those of one moment by client")
  func report() throws {
    // Clients 1, 2 and 3 arrive at once; client 0 can't train, and is first.
    let steps = try steps(
      setting(SynchronousSchedule(report: 2), seconds: [1, 4, 4, 4, 9], untrained: [0]), 2)
    #expect(
      steps[0].participations.map(Line.init) == [
        Line(0, 1, base: 0, 0, 1, lag: nil, .untrained), Line(1, 1, base: 0, 0, 4, lag: 0),
        Line(2, 1, base: 0, 0, 4, lag: 0), Line(3, 1, base: 0, 0, 4, lag: nil, .late),
        Line(4, 1, base: 0, 0, 9, lag: nil, .late),
      ])
    #expect(steps.map(\.madeAt) == [4, 8])
    #expect(steps.map(\.beganAt) == [0, 4])
    #expect(steps[1].participations[4].startedAt == 4)
    #expect(steps[0].taken.map(\.client) == [1, 2])
  }

  @Test("who arrives exactly at the deadline is in time; without K updates by then the round closes at it")
  func deadline() throws {
    let steps = try steps(setting(SynchronousSchedule(report: 3, deadline: 5), seconds: [5, 3, 5.5]), 1)
    #expect(steps[0].participations.map(\.outcome) == [.reported, .reported, .late])
    #expect(steps[0].madeAt == 5)
    // All that would come have come: nobody waits for the deadline.
    let early = try self.steps(setting(SynchronousSchedule(report: 3, deadline: 50), seconds: [5, 3]), 1)
    #expect(early[0].madeAt == 5)
    // K updates were there before it.
    let enough = try self.steps(setting(SynchronousSchedule(report: 1, deadline: 5), seconds: [5, 3]), 1)
    #expect(enough[0].madeAt == 3)
    #expect(enough[0].participations.map(\.outcome) == [.late, .reported])
    // Nobody is in time: the round is made of nothing.
    let nobody = try self.steps(setting(SynchronousSchedule(deadline: 2), seconds: [5, 3]), 2)
    #expect(nobody.map(\.taken.count) == [0, 0])
    #expect(nobody.map(\.madeAt) == [2, 4])
  }

  @Test("the server waits for a lost client as long as for one that comes")
  func lost() throws {
    let steps = try steps(
      setting(seconds: [2, 7], dropouts: ListedDropouts([.init(client: 1, round: 1)])), 2)
    #expect(steps[0].participations.map(\.outcome) == [.reported, .dropped])
    #expect(steps[0].participations[1].arrivedAt == nil)
    #expect(steps.map(\.madeAt) == [7, 14])
    #expect(steps[0].participations.map(\.bytesUp) == [0, 0])
  }

  @Test("who leaves before it arrives is lost; at the very end of its window it still arrives")
  func windowEnds() throws {
    let steps = try steps(
      setting(seconds: [4, 4, 4, 4], availability: windows([(0, 0, 3.5), (1, 0, 4), (2, 0.5, 9)])), 2)
    #expect(
      steps[0].participations.map(Line.init) == [
        Line(0, 1, base: 0, 0, nil, lag: nil, .dropped), Line(1, 1, base: 0, 0, 4, lag: 0),
        Line(3, 1, base: 0, 0, 4, lag: 0),
      ])
    // At 4 client 1 is gone, and client 2 is there, whose turn is its first.
    #expect(
      steps[1].participations.map(Line.init) == [
        Line(2, 1, base: 1, 4, 8, lag: 0), Line(3, 2, base: 1, 4, 8, lag: 0),
      ])
  }

  @Test("where nobody is there time moves on to when somebody is; an error where nobody ever is")
  func nobodyThere() throws {
    let setting = setting(seconds: [2, 2], availability: windows([(0, 3, 6), (1, 10, 20), (0, 30, 31)]))
    var timeline = Timeline(setting)
    let first = try timeline.next()
    #expect(first.participations.map(Line.init) == [Line(0, 1, base: 0, 3, 5, lag: 0)])
    #expect(first.beganAt == 0 && first.madeAt == 5 && first.seconds == 5)
    // At 5 client 0 is still there, for a second.
    #expect(
      try timeline.next().participations.map(Line.init) == [Line(0, 2, base: 1, 5, nil, lag: nil, .dropped)])
    #expect(try timeline.next().participations.map(Line.init) == [Line(1, 1, base: 2, 10, 12, lag: 0)])
    for _ in 0..<4 { _ = try timeline.next() }
    #expect(timeline.time == 20)
    #expect(try timeline.next().participations.map(Line.init) == [Line(0, 3, base: 7, 30, nil, lag: nil, .dropped)])
    #expect(throws: TimelineProblem.nobodyIsThere(after: 32)) { try timeline.next() }
  }

  @Test("listed rounds come again, leave out who is away, and wait where all of them are")
  func listedRounds() throws {
    let sampler = ListedCohort(.rounds([[2, 0], [1]]))
    let steps = try steps(
      setting(seconds: [1, 1, 1], sampler: sampler, availability: windows([(2, 2, 99), (1, 5, 99)])), 4)
    #expect(steps.map { $0.participations.map(\.client) } == [[0], [1], [0, 2], [1]])
    #expect(steps.map(\.madeAt) == [1, 6, 7, 8])
  }

  // MARK: Places

  @Test(
    "places are given after an arrival and after the version that it made, ties by client, a client twice in a buffer")
  func buffered() throws {
    let schedule = FedBuff(concurrency: 2, buffer: 3, staleness: PolynomialStaleness(exponent: 1))
    let sampler = ListedCohort(.order([0, 1, 0, 0, 1, 0, 0]))
    var timeline = Timeline(setting(schedule, seconds: [2, 4], sampler: sampler))
    let first = try timeline.next()
    // At 4 both arrive: client 0 first, which ends its second turn and begins its third; then client 1 makes the version.
    #expect(
      first.participations.map(Line.init) == [
        Line(0, 1, base: 0, 0, 2, lag: 0), Line(0, 2, base: 0, 2, 4, lag: 0), Line(1, 1, base: 0, 0, 4, lag: 0),
      ])
    #expect(first.starts.map { [$0.client, $0.turn] } == [[0, 1], [1, 1], [0, 2], [0, 3]])
    #expect(first.neededVersions == [0, 1], "client 0 began again at 4, before the version")
    let second = try timeline.next()
    #expect(
      second.participations.map(Line.init) == [
        Line(0, 3, base: 0, 4, 6, lag: 1), Line(0, 4, base: 1, 6, 8, lag: 0), Line(1, 2, base: 1, 4, 8, lag: 0),
      ])
    #expect(second.participations.map(\.weightFactor) == [0.5, 1, 1])
  }

  @Test("nobody starts after the last version, and an untrained arrival only frees its place")
  func untrainedPlaces() throws {
    let schedule = FedAsync(concurrency: 1)
    let order = ListedCohort(.order([0, 1, 0]))
    var timeline = Timeline(setting(schedule, seconds: [2, 3], sampler: order, untrained: [0]))
    let step = try timeline.next()
    #expect(
      step.participations.map(Line.init) == [
        Line(0, 1, base: 0, 0, 2, lag: nil, .untrained), Line(1, 1, base: 0, 2, 5, lag: 0),
      ])
    #expect(step.starts.count == 2, "client 0 starts again only for the next version")
    #expect(step.neededVersions == [1])
    // Then the order has no more: it ends where nobody is training.
    let problem = #expect(throws: TimelineProblem.self) { try timeline.next() }
    #expect(problem?.description == "the 'order' of the cohort has 3 clients, and version 2 needs one more")
  }

  @Test("whom an order names next is waited for while it is training or away")
  func waiting() throws {
    let schedule = FedAsync(concurrency: 2)
    let order = ListedCohort(.order([0, 1, 1, 2, 0]))
    var timeline = Timeline(
      setting(schedule, seconds: [2, 5, 1], sampler: order, availability: windows([(2, 8, 20)])))
    // The place that is free from 2 on waits for client 1, and then both for client 2.
    let lines = try (0..<4).map { _ in Line(try timeline.next().participations[0]) }
    #expect(
      lines == [
        Line(0, 1, base: 0, 0, 2, lag: 0), Line(1, 1, base: 0, 0, 5, lag: 1), Line(2, 1, base: 2, 8, 9, lag: 0),
        Line(1, 2, base: 2, 5, 10, lag: 1),
      ])
  }

  @Test("a free place is given to who comes before the next arrival")
  func beginnings() throws {
    var timeline = Timeline(
      setting(FedAsync(concurrency: 2), seconds: [10, 3, 1], availability: windows([(1, 4, 8), (2, 20, 21.5)])))
    let lines = try (0..<4).map { _ in try timeline.next().participations.map(Line.init) }
    #expect(
      lines == [
        [Line(1, 1, base: 0, 4, 7, lag: 0)],
        [Line(0, 1, base: 0, 0, 10, lag: 1)],
        // Client 1 left at 8; the server waits for it until 10, when it would have come, behind client 0.
        [Line(1, 2, base: 1, 7, nil, lag: nil, .dropped), Line(0, 2, base: 2, 10, 20, lag: 0)],
        [Line(2, 1, base: 3, 20, 21, lag: 0)],
      ])
  }

  @Test("semi-async waits for who would become too stale, and makes a version also of nothing")
  func semiAsynchronous() throws {
    let schedule = SemiAsync(FedBuff(concurrency: 2, buffer: 1), largestLag: 1)
    let order = ListedCohort(.order([0, 1, 0, 0, 1, 0]))
    var timeline = Timeline(setting(schedule, seconds: [2, 7], sampler: order))
    let steps = try (0..<3).map { _ in try timeline.next() }
    #expect(
      steps.map { $0.participations.map(Line.init) } == [
        [Line(0, 1, base: 0, 0, 2, lag: 0)],
        // At 4 client 1 lags by one: its update is waited for.
        [Line(0, 2, base: 1, 2, 4, lag: 0), Line(1, 1, base: 0, 0, 7, lag: 1)],
        [Line(0, 3, base: 2, 7, 9, lag: 0)],
      ])
    var idle = Timeline(
      setting(SemiAsync(FedBuff(concurrency: 2, buffer: 2), largestLag: 4), seconds: [2, 3], untrained: [0, 1]))
    let nothing = try idle.next()
    #expect(nothing.taken.isEmpty && nothing.madeAt == 3 && nothing.participations.count == 2)
  }

  @Test("where no update ever comes the timeline ends")
  func noUpdates() throws {
    var timeline = Timeline(setting(FedBuff(concurrency: 2, buffer: 1), seconds: [2, 3], untrained: [0, 1]))
    #expect(throws: TimelineProblem.noUpdates(count: 10_001)) { try timeline.next() }
  }

  // MARK: Closed forms

  @Test("a buffer of everybody with equal durations, and semi-async without staleness, are rounds")
  func closedForms() throws {
    let order = ListedCohort(.order((0..<12).map { $0 % 3 }))
    let rounds = try steps(setting(seconds: [2, 2, 2]), 4)
    let buffered = try steps(setting(FedBuff(concurrency: 3, buffer: 3), seconds: [2, 2, 2], sampler: order), 4)
    #expect(buffered.map(\.madeAt) == rounds.map(\.madeAt))
    #expect(buffered.map { $0.taken.map(\.client).sorted() } == rounds.map { $0.taken.map(\.client) })
    // Client 0 and 1 start again before the version that client 2 makes.
    let semi = try steps(
      setting(SemiAsync(FedBuff(concurrency: 3, buffer: 1), largestLag: 0), seconds: [2, 5, 3], sampler: order), 4)
    let unequal = try steps(setting(seconds: [2, 5, 3]), 4)
    #expect(semi.map(\.madeAt) == unequal.map(\.madeAt))
    #expect(semi.map { $0.taken.map(\.client).sorted() } == unequal.map { $0.taken.map(\.client) })
    #expect(semi.flatMap(\.taken).allSatisfy { $0.lag == 0 })
  }

  @Test("a clock that ticks gives the same timelines", arguments: 1...20 as ClosedRange<UInt64>)
  func ticking(seed: UInt64) throws {
    var stream = RandomNumbers(seed)
    let seconds = (0..<6).map { _ in Double(1 + stream.next(9)) }
    let order = (0..<200).map { _ in stream.next(6) }
    let schedule = FedBuff(concurrency: 3, buffer: 2)
    let planned = try steps(setting(schedule, seconds: seconds, sampler: ListedCohort(.order(order))), 20)
    // The same by asking every half second who has arrived.
    var (version, next, arrived) = (0, 0, [[String]]())
    var training: [(client: Int, base: Int, until: Double)] = []
    var (buffer, tick): ([String], Double) = ([], 0)
    func fill() {
      while training.count < 3, !training.contains(where: { $0.client == order[next] }) {
        training.append((order[next], version, tick + seconds[order[next]]))
        next += 1
      }
    }
    fill()
    while arrived.count < 20 {
      tick += 0.5
      while let place = training.indices.filter({ training[$0].until <= tick }).min(by: {
        training[$0].client < training[$1].client
      }) {
        let done = training.remove(at: place)
        buffer.append("\(done.client) of \(done.base) at \(tick)")
        if buffer.count == 2 {
          version += 1
          arrived.append(buffer)
          buffer = []
        }
        fill()
      }
    }
    #expect(
      planned.map { $0.taken.map { "\($0.client) of \($0.baseVersion) at \($0.dueAt ?? -1)" } }
        == Array(arrived.prefix(20)))
  }

  // MARK: The plan as a value

  @Test("a timeline made anew and passed on goes on as the first")
  func resuming() throws {
    let setting = TimelineSetting(
      schedule: FedBuff(concurrency: 20, buffer: 4), sampler: UniformCohort(.count(5)),
      devices: LognormalDevices(seconds: 30, sigma: 1, slow: SlowClients(fraction: 0.2, factor: 4)),
      availability: MarkovAvailability(on: 200, off: 300), dropouts: RandomDropouts(rate: 0.1), population: 200, seed: 8
    )
    var first = Timeline(setting)
    let steps = try (0..<60).map { _ in try first.next() }
    var second = Timeline(setting)
    try second.pass(to: 40)
    let copy = second
    #expect(try (40..<60).map { _ in try second.next() } == Array(steps[40...]))
    var third = copy
    #expect(try (40..<60).map { _ in try third.next() } == Array(steps[40...]), "a copy is a value of its own")
    // All that is needed later is said before.
    for (index, step) in steps.enumerated() {
      let later = Set(steps[(index + 1)...].flatMap(\.taken).map(\.baseVersion).filter { $0 <= step.version })
      #expect(later.isSubset(of: step.neededVersions))
      #expect(step.neededVersions.count <= 21)
      #expect(step.starts.allSatisfy { $0.baseVersion == step.version - 1 })
    }
    let ended = steps.flatMap(\.participations)
    #expect(Set(ended.map { [$0.client, $0.turn] }).count == ended.count)
    #expect(ended.contains { $0.outcome == .dropped })
    // What starts and what ends differ by what is underway.
    #expect(steps.reduce(0) { $0 + $1.starts.count } - ended.count <= 20)
  }

  @Test("a million clients cost no more than those that train")
  func population() throws {
    let clock = ContinuousClock()
    let setting = TimelineSetting(
      schedule: FedBuff(concurrency: 100, buffer: 10), devices: LognormalDevices(seconds: 30, sigma: 1),
      availability: MarkovAvailability(on: 500, off: 500), population: 1_000_000, seed: 8)
    var timeline = Timeline(setting)
    let spent = try clock.measure { for _ in 0..<1000 { _ = try timeline.next() } }
    // A look at everybody for each would take minutes; the machine may be busy.
    #expect(spent < .seconds(40), "\(spent) for 10,000 participations")
    var rounds = Timeline(TimelineSetting(sampler: UniformCohort(.count(100)), population: 1_000_000, seed: 8))
    let more = try clock.measure { for _ in 0..<100 { _ = try rounds.next() } }
    #expect(more < .seconds(20), "\(more) for 100 rounds")
  }

  @Test("what does not go together is said under its key")
  func problems() {
    func problem(_ change: (inout TimelineSetting) -> Void) -> String? {
      var setting = TimelineSetting(population: 3, seed: 1)
      change(&setting)
      return setting.problem.map { "\($0.key): \($0.words)" }
    }
    #expect(problem { _ in } == nil)
    #expect(
      problem { $0.schedule = SynchronousSchedule(deadline: 3) }
        == "schedule: goes by times of arrival, and needs 'devices'")
    #expect(
      problem { $0.availability = MarkovAvailability(on: 1, off: 1) }
        == "availability: goes by a clock, and needs 'devices'")
    #expect(
      problem { $0.devices = ListedDevices(seconds: [[1], [2]]) }
        == "devices: has 'seconds' of 2 clients, and there are 3")
    #expect(
      problem { $0.sampler = ListedCohort(.rounds([[0], [1, 3]])) }
        == "cohort: round 2 of 'rounds' has client 3, and the clients are 0 to 2")
    #expect(
      problem { $0.sampler = ListedCohort(.order([0])) }
        == "cohort: lists an 'order', which a synchronous schedule has no use for; it needs 'rounds'")
    #expect(
      problem {
        $0.schedule = FedAsync(concurrency: 1)
        $0.devices = LognormalDevices(seconds: 1, sigma: 1)
        $0.sampler = ListedCohort(.rounds([[0]]))
      } == "cohort: lists 'rounds', which an asynchronous schedule has none of; it needs 'order'")
    #expect(
      problem { $0.dropouts = ListedDropouts([.init(client: 4, round: 1)]) }
        == "dropouts: has a failure of client 4, and the clients are 0 to 2")
  }
}

/// Whole numbers by chance, for tests.
private struct RandomNumbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 33) % bound
  }
}

internal import Catalogs

/// Rounds: a cohort starts at once from the newest version, and the next one is made when the round closes.
///
/// It closes at the K-th usable arrival; else at the deadline, or when the last client has arrived or would have. Taken
/// are the first K that arrived by then, those of the same moment by client; others are late. Without devices there is no
/// time: everybody is taken who can train and is not lost.
public struct SynchronousSchedule: Schedule {
  /// K, of how many updates a round is made; nil is all.
  public let report: Int?
  /// Seconds after which the round closes; nil is never.
  public let deadline: Double?

  /// Makes the schedule.
  public init(report: Int? = nil, deadline: Double? = nil) {
    self.report = report
    self.deadline = deadline
  }

  public var isAsynchronous: Bool { false }
  public var needsDevices: Bool { report != nil || deadline != nil }
  public var merging: UpdateMerging { .aggregated }

  public func size(cohort: Int, population: Int) -> ScheduleSize {
    ScheduleSize(updates: min(report ?? cohort, cohort))
  }

  public func next(_ clock: inout ServerClock) throws(TimelineProblem) -> ServerStep {
    var round = try clock.startCohort()
    guard let start = clock.time else { return clock.makeVersion(of: round) }
    let usable = round.indices.filter { round[$0].isTaken }
      .sorted { (round[$0].dueAt ?? 0, $0) < (round[$1].dueAt ?? 0, $1) }
    let limit = deadline.map { start + $0 } ?? .infinity
    var taken = usable.filter { (round[$0].dueAt ?? 0) <= limit }
    let wanted = report ?? round.count
    var close = min(limit, round.compactMap(\.dueAt).max() ?? start)
    if wanted > 0, taken.count >= wanted {
      taken.removeSubrange(wanted...)
      close = round[taken[wanted - 1]].dueAt ?? close
    }
    for place in usable { round[place].outcome = .late }
    for place in taken {
      round[place].outcome = .reported
      round[place].lag = 0
    }
    return clock.makeVersion(of: round, at: close)
  }

  static let entry = CatalogEntry<any Schedule>(
    "synchronous", "rounds, each of a cohort that starts from the newest state",
    options: [
      .optional("report", .integer(1...10_000_000), "of how many updates, the first, a round is made; all unless set"),
      .optional("deadline", .number(.above(0)), "seconds after which a round closes; none unless set"),
    ]
  ) { SynchronousSchedule(report: $0.optionalInteger("report"), deadline: $0.optionalNumber("deadline")) }
}

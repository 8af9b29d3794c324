internal import Records

/// Where runs end that are compared without a round being asked for.
package enum ComparedEnds: Sendable, Equatable {
  /// All runs end at the same round.
  case equal
  /// The runs were to have as many rounds each, and `stop` ended some at others: each is compared at its own last round.
  case stopped
  /// The runs end at different rounds; `round` is the last that all of them have evaluated.
  case common(round: Int)
  /// The runs end at different rounds, and none but the untrained model is evaluated in all of them.
  case apart

  /// The round at which all are compared; nil where it is each run's last.
  package var round: Int? { if case .common(let round) = self { round } else { nil } }

  /// Whether runs are compared at one round, so that they can be pairs.
  var isPairable: Bool { self != .apart }

  /// Looks at the runs that would be compared: those that are finished and evaluated, of several with one arm and seed
  /// the first.
  package init(_ runs: [ComparedRun]) {
    struct Place: Hashable {
      var arm: String
      var seed: UInt64
    }
    var taken: Set<Place> = []
    var lasts: Set<Int> = []
    var planned: Set<Int> = []
    var isStopped = false
    var shared: Set<Int>?
    for run in runs where run.status == .finished {
      guard let last = run.rounds.last, let mean = last.mean, mean.isFinite,
        taken.insert(Place(arm: run.arm, seed: run.seed)).inserted
      else { continue }
      lasts.insert(last.round)
      planned.insert(run.roundsPlanned)
      isStopped = isStopped || run.isStopped
      let rounds = run.rounds.map(\.round)
      shared = shared.map { $0.intersection(rounds) } ?? Set(rounds)
    }
    guard lasts.count > 1 else {
      self = .equal
      return
    }
    if isStopped, planned.count == 1 {
      self = .stopped
      return
    }
    let common = (shared ?? []).max() ?? 0
    self = common > 0 ? .common(round: common) : .apart
  }
}

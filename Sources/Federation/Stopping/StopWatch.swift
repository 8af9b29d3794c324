internal import Records

/// What a run with a stop rule remembers of its evaluations.
struct StopWatch: Sendable, Equatable {
  /// Where it stands after an evaluation.
  struct Standing: Sendable, Equatable {
    /// The value to be bettered; nil while there was none.
    var best: Double?
    /// How many evaluations in a row did not better it.
    var idle = 0
  }

  /// After the last evaluation.
  private(set) var standing = Standing()
  /// Before it.
  private(set) var before = Standing()
  /// The round of the last evaluation; 0 without one.
  private(set) var lastRound = 0

  /// Takes in an evaluation; without a value it betters nothing, and counts.
  mutating func note(_ value: Double?, ofRound round: Int, _ rule: StopRule) {
    before = standing
    lastRound = round
    var margin = 0.0
    if case .patience(_, let minDelta) = rule.condition { margin = minDelta }
    if let value, standing.best.map({ rule.measure.isBetter(value, than: $0, by: margin) }) ?? true {
      standing = Standing(best: value)
    } else {
      standing.idle += 1
    }
  }

  /// Takes the last evaluation back where the run has none in its round, as where a run goes on that ended there.
  mutating func forgetLast(unless isEvaluated: (Int) -> Bool) {
    guard lastRound > 0, !isEvaluated(lastRound) else { return }
    standing = before
    lastRound = 0
  }

  /// Why the run ends here; nil where it goes on.
  func reason(_ rule: StopRule) -> StopReason? {
    switch rule.condition {
    case .target(let target):
      standing.best.map { rule.measure.isReached(target, by: $0) } ?? false ? .target : nil
    case .patience(let count, _): standing.idle >= count ? .patience : nil
    }
  }
}

// MARK: In checkpoints

extension StopWatch {
  /// As whole numbers: the last round, then before and after it the idle evaluations, whether there is a best, and its bits.
  var numbers: [Int64] {
    [Int64(lastRound)]
      + [before, standing].flatMap { standing in
        [
          Int64(standing.idle), standing.best == nil ? 0 : 1,
          Int64(bitPattern: (standing.best ?? 0).bitPattern),
        ]
      }
  }

  /// What these numbers mean; nil where they can't be those of a run that has made so many rounds.
  init?(_ numbers: [Int64], rounds: Int) {
    func standing(_ place: Int) -> Standing? {
      let (idle, hasBest) = (Int(numbers[place]), numbers[place + 1])
      let best = Double(bitPattern: UInt64(bitPattern: numbers[place + 2]))
      guard (0...max(0, rounds)).contains(idle), (0...1).contains(hasBest), best.isFinite else { return nil }
      return Standing(best: hasBest == 1 ? best : nil, idle: idle)
    }
    guard numbers.count == 7, (0...max(0, rounds)).contains(Int(numbers[0])), let before = standing(1),
      let now = standing(4)
    else { return nil }
    (lastRound, self.before, self.standing) = (Int(numbers[0]), before, now)
  }
}

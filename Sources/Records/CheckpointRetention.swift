/// The round whose checkpoint is the best of those that a run keeps.
public struct BestCheckpoint: Sendable, Equatable {
  /// The round.
  public var round: Int
  /// The examples that it is best on.
  public var chosenOn: JudgedSplit

  /// Makes a value.
  public init(round: Int, chosenOn: JudgedSplit) {
    self.round = round
    self.chosenOn = chosenOn
  }
}

/// Which of a run's checkpoints are kept when a new one is written.
public struct CheckpointRetention: Sendable, Equatable {
  /// How many of the newest, at least 1; nil is all.
  public var last: Int?
  /// Whether the one of the best round is kept, too.
  public var best: Bool
  /// The best is one of the rounds that this divides, or the last planned one: an interruption, which leaves a
  /// checkpoint wherever it comes, does not change which is kept in the end.
  public var every: Int

  /// Makes a choice.
  ///
  /// - Precondition: `last` ≥ 1 and `every` ≥ 1.
  public init(last: Int? = 1, best: Bool = true, every: Int = 1) {
    precondition(last ?? 1 >= 1, "keeping the last \(last ?? 0) checkpoints")
    precondition(every >= 1, "checkpoints every \(every) rounds")
    self.last = last
    self.best = best
    self.every = every
  }

  /// All of them.
  public static let all = CheckpointRetention(last: nil, best: true)

  /// The newest alone.
  public static func last(_ count: Int) -> CheckpointRetention { CheckpointRetention(last: count, best: false) }
}

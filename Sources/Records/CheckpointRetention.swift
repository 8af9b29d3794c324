/// Which of a run's checkpoints are kept when a new one is written.
public struct CheckpointRetention: Sendable, Equatable {
  /// How many of the newest, at least 1; nil is all.
  public var last: Int?
  /// Whether the one of the best round is kept, too.
  public var best: Bool

  /// Makes a choice.
  ///
  /// - Precondition: `last` ≥ 1.
  public init(last: Int? = 1, best: Bool = true) {
    precondition(last ?? 1 >= 1, "keeping the last \(last ?? 0) checkpoints")
    self.last = last
    self.best = best
  }

  /// All of them.
  public static let all = CheckpointRetention(last: nil, best: true)

  /// The newest alone.
  public static func last(_ count: Int) -> CheckpointRetention { CheckpointRetention(last: count, best: false) }
}

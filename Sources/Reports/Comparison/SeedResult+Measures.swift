extension SeedResult {
  /// The run's rounds up to the compared one.
  var rounds: [ComparedRound] { run.rounds.filter { $0.round <= final.round } }

  /// The mean height of the curve over the evaluated rounds up to the compared one; nil for fewer than two, or where
  /// one has no number.
  package var area: Double? {
    let means = rounds.map(\.mean)
    let points = zip(rounds, means).compactMap { round, mean in mean.map { (x: Double(round.round), y: $0) } }
    guard points.count == means.count else { return nil }
    return AreaUnderCurve.meanHeight(points).flatMap { $0.isFinite ? $0 : nil }
  }

  /// The standard deviation over clients at the compared round, divisor n; nil where clients are not recorded.
  package var clientDeviation: Double? {
    Sample.populationDeviation(run.clients.map(\.metric)).flatMap { $0.isFinite ? $0 : nil }
  }

  /// Jain's index over clients at the compared round; nil where clients are not recorded or all are 0.
  package var jainIndex: Double? {
    Sample.jainIndex(run.clients.map(\.metric)).flatMap { $0.isFinite ? $0 : nil }
  }

  /// Whether the run has not met the target by the horizon.
  func isCensored(_ frame: ComparisonFrame) -> Bool {
    roundsToTarget.map { $0 > frame.horizon } ?? true
  }

  /// min(T, τ); nil without a target.
  func restrictedRounds(_ frame: ComparisonFrame) -> Int? {
    frame.target == nil ? nil : min(roundsToTarget ?? frame.horizon, frame.horizon)
  }

  /// The bytes up and down up to the first round that meets the target; nil where none does.
  private var bytesToTarget: Double? {
    roundsToTarget.flatMap { reached in run.rounds.first { $0.round == reached }?.bytes }
  }

  /// Whether the run has not met the target with a traffic of β.
  func isCensoredInBytes(_ frame: ComparisonFrame) -> Bool {
    bytesToTarget.map { $0 > frame.byteHorizon } ?? true
  }

  /// min(B, β); nil without a target.
  func restrictedBytes(_ frame: ComparisonFrame) -> Double? {
    frame.target == nil ? nil : min(bytesToTarget ?? frame.byteHorizon, frame.byteHorizon)
  }

  /// Whether the run has a clock.
  var hasClock: Bool { lastSeconds != nil }

  /// Whether the run has a clock and has not met the target within σ.
  func isCensoredInSeconds(_ frame: ComparisonFrame) -> Bool {
    hasClock && (secondsToTarget.map { $0 > frame.secondHorizon } ?? true)
  }

  /// min(S, σ); nil without a target or a clock.
  func restrictedSeconds(_ frame: ComparisonFrame) -> Double? {
    frame.target == nil || !hasClock ? nil : min(secondsToTarget ?? frame.secondHorizon, frame.secondHorizon)
  }
}

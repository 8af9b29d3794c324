extension Comparison {
  /// Whether a measure of simulated time was asked for.
  var asksForTime: Bool { measures.contains(where: \.isOfTime) }

  /// The arms, or single runs of arms, that have no clock; empty where all have one.
  private var clockless: [String] {
    arms.flatMap { arm -> [String] in
      let without = arm.results.filter { !$0.hasClock }
      if without.isEmpty { return [] }
      return without.count == arm.results.count
        ? [arm.arm] : without.map { "\(arm.arm) seed \($0.run.seed)" }
    }
  }

  /// A sentence that runs have no clock, where a measure of time was asked for; nil where all have one.
  var clockSentence: String? {
    let clockless = clockless
    guard asksForTime, !clockless.isEmpty else { return nil }
    if arms.allSatisfy({ $0.clockCount == 0 }) { return "no run has a clock, which 'devices' gives." }
    let names = Self.list(clockless, limit: 4)
    return clockless.count == 1
      ? "\(names) has no clock, which 'devices' gives: nothing is compared with its time, and there is no verdict on it."
      : "\(names) have no clock, which 'devices' gives: nothing is compared with their times, and there is no verdict on "
        + "them."
  }

  /// A note that the compared round is another moment in each arm, as where rounds are versions of an asynchronous run; nil
  /// where it is the same in all that have clocks.
  var momentNote: String? {
    let moments = arms.compactMap { arm in arm.simulatedSeconds.map { (arm: arm.arm, seconds: $0) } }
    guard let first = moments.first, moments.contains(where: { !Sample.areEqual($0.seconds, first.seconds) }) else {
      return nil
    }
    let words = moments.prefix(6).map { "\(MeasureUnit.seconds.words($0.seconds, metric)) in \($0.arm)" }
    let round = comparedRounds.count == 1 ? "Round \(comparedRounds[0])" : "The compared round"
    return "\(round) is not the same moment in all arms: \(words.joined(separator: ", "))"
      + (moments.count > 6 ? ", …" : "") + "."
  }

  /// A note that runs have no clock, where times of others stand in the table; nil where all have one, or it is said before.
  var clockNote: String? {
    guard showsTimeToTarget, !asksForTime, !clockless.isEmpty else { return nil }
    return "No clock, which 'devices' gives, and so no time: \(clockless.joined(separator: ", "))."
  }

  /// A note that times to the target look beyond the compared round; nil where there are none, or nothing beyond it.
  var wholeRunNote: String? {
    guard at == nil, ends != .equal, let target = frame.target,
      showsTimeToTarget || measures.contains(.secondsToTarget), arms.contains(where: { $0.clockCount > 0 })
    else { return nil }
    let missed = arms.filter { $0.notReachedInTimeCount > 0 }
    let counts = missed.map { "by \($0.notReachedInTimeCount) of \($0.clockCount) in \($0.arm)" }
    return "Time to \(metric.targetWords(target)) is looked for in each run to its own end"
      + (counts.isEmpty ? "." : "; it was not reached \(counts.joined(separator: ", ")).")
  }
}

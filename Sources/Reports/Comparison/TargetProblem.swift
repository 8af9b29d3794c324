/// Why the rounds to a target say nothing, so that they are left out.
package enum TargetProblem: Sendable, Equatable {
  /// The untrained model of a run meets the target.
  case untrained(arm: String, seed: UInt64, value: Double)
  /// Half of the baseline's runs or more do not reach it.
  case baselineMisses(reached: Int, of: Int)

  /// Whether the target is met without any training.
  var isOfUntrained: Bool { if case .untrained = self { true } else { false } }

  /// Looks whether a target is one that had to be learned, and that the baseline reaches; nil where it is.
  ///
  /// A measure of times to the target that is asked for has bounds for runs that never get there: then the baseline may
  /// be one of them.
  init?(
    _ target: Double, _ results: [SeedResult], baseline: String?, metric: ComparedMetric, measures: [ComparedMeasure]
  ) {
    for result in results {
      guard let first = result.run.rounds.first, first.round == 0, result.final.round > 0, let mean = first.mean,
        mean.isFinite, metric.isMet(target, by: mean)
      else { continue }
      self = .untrained(arm: result.run.arm, seed: result.run.seed, value: mean)
      return
    }
    let own = results.filter { $0.run.arm == baseline }
    let reached = own.count { $0.roundsToTarget != nil }
    // The median over seeds is unknown then.
    guard !own.isEmpty, 2 * reached <= own.count, !measures.contains(where: { $0.isCensored != nil }) else {
      return nil
    }
    self = .baselineMisses(reached: reached, of: own.count)
  }
}

extension Comparison {
  /// A sentence that the rounds to the target are left out, and why; nil where they are shown.
  var targetSentence: String? {
    guard let target, let targetProblem else { return nil }
    let words = metric.targetWords(target)
    let subject = arms.contains { $0.clockCount > 0 } ? "Rounds and time" : "Rounds"
    switch targetProblem {
    case .untrained(let arm, let seed, let value):
      return "\(subject) to \(words) are left out: the untrained model meets it (\(arm) seed \(seed) has "
        + "\(metric.words(value)) at round 0)."
    case .baselineMisses(let reached, let count):
      let share = reached == 0 ? "never reaches it" : "reaches it in \(reached) of \(count) seeds only"
      let who = (baseline ?? "") + (arms.count > 1 ? ", the baseline," : "")
      return "\(subject) to \(words) are left out: \(who) \(share)."
    }
  }

  /// The target whose rounds are shown; nil where there is none or it says nothing.
  var shownTarget: Double? { targetProblem == nil ? target : nil }
}

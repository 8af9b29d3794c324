internal import Records

/// How an arm stands to the baseline by the deciding test.
enum Standing {
  /// Better than the baseline.
  case better
  /// Worse than the baseline.
  case worse
  /// The difference may be luck, or there is none.
  case undecided
  /// There are no pairs, or one has no value.
  case incomparable
}

extension Comparison {
  /// What the comparison comes to by the first measure: first what keeps runs from being compared as they are, then the
  /// verdict and nothing that goes beyond it, then what was left out.
  package var conclusion: String {
    let sentences = [
      endsSentence, dataSentence, clockSentence, finding, boundsSentence, targetSentence, untestedSentence,
    ].compactMap { $0 }
    return sentences.enumerated().map { index, sentence in
      let isName = arms.contains { sentence.hasPrefix($0.arm) }
      return index == 0 || isName ? sentence : sentence.prefix(1).uppercased() + sentence.dropFirst()
    }.joined(separator: " ")
  }

  /// Returns how an arm stands to the baseline by the first measure.
  func standing(_ arm: ArmSummary) -> Standing {
    guard let comparison = arm.measures.first?.comparison, let mean = comparison.difference.mean else {
      return .incomparable
    }
    if comparison.isUnknown { return .undecided }
    let measure = measures[0]
    if comparison.difference.undefined == .noSpread, comparison.corrected == nil {
      guard isDecidedByCount(comparison) else { return .undecided }
      return measure.isBetter(mean, than: 0, metric) ? .better : .worse
    }
    let direction = decision(comparison)
    if direction == 0 { return .undecided }
    return measure.isBetter(Double(direction), than: 0, metric) ? .better : .worse
  }

  /// The arm whose value is one to point at: the best one, where the verdict says that it is better; nil where there is
  /// none, and where it is a bound.
  var leadingArm: String? {
    guard contest.count > 1, let best = bestArm, best.bound == .none else { return nil }
    let isDecided =
      best.arm == baseline ? rivals.contains { standing($0) == .worse } : standing(best) == .better
    return isDecided ? best.arm : nil
  }

  /// The arms beside the baseline that are in the means, have the same data and are no bounds.
  private var rivals: [ArmSummary] {
    contest.filter { $0.arm != baseline && !$0.results.isEmpty && $0.mismatch == nil }
  }

  /// Where the runs end, where that is not at one round.
  private var endsSentence: String? {
    if ends == .equal { return nil }
    let groups = arms.filter { !$0.results.isEmpty }.map { arm in
      let lasts = Set(arm.results.compactMap { $0.run.rounds.last?.round }).sorted().map(String.init)
      return "\(arm.arm) at \(lasts.joined(separator: " or "))"
    }
    let shown = groups.prefix(4).joined(separator: ", ") + (groups.count > 4 ? ", …" : "")
    switch ends {
    case .stopped:
      return "'stop' ended runs at different rounds (\(shown)), and each is compared at its own last round."
    case .common(let round):
      return "the runs end at different rounds (\(shown)) and are compared at round \(round), the last that all have."
    default:
      return
        "the runs end at different rounds (\(shown)) and have no evaluated round in common behind round 0: nothing is "
        + "paired, and there is no p value and no verdict."
    }
  }

  /// Which arms are no pairs of the baseline, because they have other data.
  private var dataSentence: String? {
    let others = arms.filter { $0.mismatch != nil }
    guard let first = others.first, let mismatch = first.mismatch, let baseline else { return nil }
    let alike = others.filter { $0.mismatch?.difference.kind == mismatch.difference.kind }
    let names = Self.list(others.map(\.arm), limit: 4)
    let kind =
      alike.count == others.count ? mismatch.difference.kind.title : "other data, splits or test examples"
    let instance =
      (others.count > 1 ? "\(first.arm) " : "") + "seed \(mismatch.seed): \(mismatch.difference.words)"
    return
      "\(names) \(others.count == 1 ? "has" : "have") \(kind) than \(baseline) (\(instance)): they are not paired, "
      + "and there is no p value and no verdict."
  }

  /// The verdict on the arms that can be compared; nil where all that can be said is said before.
  private var finding: String? {
    let measure = measures[0]
    let title = measure.title(metric)
    guard let best = bestArm, let mean = best.measures.first?.mean else {
      if excluded.isEmpty, arms.isEmpty { return "no runs to compare." }
      if let boundsAlone { return boundsAlone }
      if arms.contains(where: { !$0.results.isEmpty }) { return "there is no \(title) to compare." }
      let words = Set(excluded.map(\.words))
      let reason = excluded.count > 1 && words.count == 1 ? words.first.map { ": \($0)" } ?? "" : ""
      return excluded.count == 1
        ? "the one run cannot be compared: \(excluded[0].words)."
        : "none of the \(excluded.count) runs can be compared\(reason)."
    }
    if let target = frame.target, isNeverReached(measure) {
      return "no run reaches \(metric.targetWords(target)) by \(limitWords(measure))."
    }
    if let boundsAlone { return boundsAlone }
    if contest.count == 1 {
      return "\(best.arm) has \(value(mean, best)) \(title) (\(Self.seeds(best.results.count)))."
    }
    let rivals = rivals
    if rivals.isEmpty || !ends.isPairable {
      if ends == .apart || arms.contains(where: { $0.mismatch != nil }) { return nil }
      return
        "\(best.arm) has \(value(mean, best)) \(title) (\(Self.seeds(best.results.count))); no other arm can be compared."
    }
    return verdictSentence(rivals, best)
  }

  private func verdictSentence(_ rivals: [ArmSummary], _ best: ArmSummary) -> String {
    let measure = measures[0]
    let title = measure.title(metric)
    let baselineName = baseline ?? ""
    let standings = rivals.map { ($0, standing($0)) }
    func arms(_ wanted: Standing) -> [ArmSummary] { standings.filter { $0.1 == wanted }.map(\.0) }
    let undecided = arms(.undecided)
    let worse = arms(.worse)
    if let lead = self.best(of: arms(.better)), let comparison = lead.measures.first?.comparison {
      let gain = gainWords(comparison)
      let sure = certainty(comparison, measure)
      if lead.arm != best.arm {
        return
          "\(lead.arm) is better than \(baselineName) in \(title): \(gain) (\(sure))\(incomparable). No difference is "
          + "shown between \(Self.list(undecided.map(\.arm), limit: 4)) and \(baselineName)."
      }
      // Means may be over seeds that the other arm lacks.
      let isByPairs = contest.contains { hasBetterMean($0, than: lead) && $0.mismatch == nil }
      let amount = value(lead.measures.first?.mean ?? .nan, lead)
      let words =
        isByPairs
        ? "\(lead.arm) is ahead in pairs of one seed, with \(amount) \(title)"
        : "\(lead.arm) has the best \(title), \(amount)"
      return "\(words): \(gain) against \(baselineName) (\(sure))\(incomparable)."
    }
    if let lead = self.best(of: undecided), let comparison = lead.measures.first?.comparison,
      let mean = lead.measures.first?.mean
    {
      let names = Self.list(undecided.map(\.arm), limit: 4, conjunction: "or")
      let reference = baselineArm?.measures.first?.mean ?? nil
      let against = baselineArm.flatMap { arm in reference.map { " against \(value($0, arm))" } } ?? ""
      let amount = "\(value(mean, lead))\(against) \(title), \(gainWords(comparison))"
      let who = undecided.count > 1 ? "\(lead.arm) has " : ""
      let others =
        worse.isEmpty
        ? ""
        : " \(Self.list(worse.map(\.arm), limit: 4)) \(worse.count == 1 ? "is" : "are") worse than \(baselineName)."
      return "No difference shown between \(names) and \(baselineName): \(who)\(amount) "
        + "(\(certainty(comparison, measure)))\(incomparable).\(others)"
    }
    guard let mean = baselineArm?.measures.first?.mean, let reference = baselineArm, !worse.isEmpty else {
      return "No difference can be shown: \(reasonWords(rivals))."
    }
    if best.arm != baselineName, let comparison = best.measures.first?.comparison {
      // Ranks and signs may see it the other way round than the mean.
      return "\(best.arm) has the best mean \(title), \(value(best.measures.first?.mean ?? .nan, best)): "
        + "\(gainWords(comparison)) against \(baselineName) (\(certainty(comparison, measure)))\(incomparable)."
    }
    let isByPairs = contest.contains { hasBetterMean($0, than: reference) && $0.mismatch == nil }
    let place = isByPairs ? "the baseline, in pairs of one seed," : "the baseline,"
    return "no arm is ahead of \(baselineName), \(place) with \(value(mean, reference)) \(title)\(incomparable)."
  }

  /// Why no arm has a difference to the baseline.
  private func reasonWords(_ rivals: [ArmSummary]) -> String {
    let title = measures[0].title(metric)
    guard let reference = baselineArm, !reference.results.isEmpty else {
      return "no run of \(baseline ?? ""), the baseline, is in the means"
    }
    if rivals.allSatisfy({ $0.pairedSeeds.isEmpty }) {
      return "no arm has a seed in common with \(reference.arm), the baseline"
    }
    return "not every pair with \(reference.arm), the baseline, has a \(title)"
  }

  /// A sentence that clients without test examples are in no value; nil where all have some.
  private var untestedSentence: String? {
    guard let words = untestedWords, arms.contains(where: { !$0.results.isEmpty }) else { return nil }
    return "\(words) are left out."
  }

  /// How many of the evaluated clients have no test examples; nil where all have some.
  package var untestedWords: String? { UntestedClients.words(of: arms.flatMap(\.results).map(\.final.untested)) }

  /// The same behind a heading.
  package var leftOutWords: String { untestedWords.map { "; \($0) left out" } ?? "" }

  /// The best of some arms, as far as pairs with the baseline say.
  func best(of arms: [ArmSummary]) -> ArmSummary? {
    arms.dropFirst().reduce(arms.first) { best, arm in
      best.map { isAhead(arm, of: $0) ? arm : $0 } ?? arm
    }
  }

  /// A value of the first measure with its unit; of bounds the bound.
  private func value(_ value: Double, _ arm: ArmSummary) -> String {
    let isBound = arm.results.contains { measures[0].isCensored?($0, frame) ?? false }
    return (isBound ? "at least " : "") + measures[0].unit.words(value, metric)
  }

  /// A difference of the first measure with its unit.
  private func gainWords(_ comparison: PairedComparison) -> String {
    comparison.difference.mean.map {
      measures[0].unit.differenceWords($0, metric) + measures[0].unit.differenceUnit(metric)
    } ?? "–"
  }

  /// Which arms have no difference to the baseline, for the end of the verdict.
  private var incomparable: String {
    let lacking = rivals.filter { standing($0) == .incomparable }.map(\.arm)
    return lacking.isEmpty ? "" : " (\(Self.list(lacking, limit: 4)) cannot be compared)"
  }

  /// Whether all runs' values of a measure are bounds.
  private func isNeverReached(_ measure: ComparedMeasure) -> Bool {
    let results = arms.flatMap(\.results).filter { measure.value($0, frame) != nil }
    return !results.isEmpty && results.allSatisfy { measure.isCensored?($0, frame) ?? false }
  }

  /// "a", "a and b", "a, b and 3 others".
  static func list(_ names: [String], limit: Int, conjunction: String = "and") -> String {
    if names.count > limit {
      return names.prefix(limit - 1).joined(separator: ", ") + " \(conjunction) \(names.count - limit + 1) others"
    }
    return names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " \(conjunction) " + (names.last ?? "")
  }
}

extension ArmSummary {
  /// The most clients without test examples in a run at the compared round; nil without runs.
  var untested: UntestedClients? { results.map(\.final.untested).max { $0.count < $1.count } }
}

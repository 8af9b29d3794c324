internal import Tables

extension Comparison {
  /// What a reader must know beside the tables: runs left out, seeds without a partner, targets not reached.
  package var notes: [String] {
    var notes: [String] = []
    if !excluded.isEmpty {
      let runs = excluded.map { "\($0.run.arm) seed \($0.run.seed) (\($0.words))" }
      notes.append("Not in the means: \(runs.joined(separator: "; ")).")
    }
    let going = arms.flatMap(\.results).filter { $0.run.status != .finished }
    if !going.isEmpty {
      let runs = going.map { result in
        let status = result.run.isCutOff ? "cut off" : result.run.status.rawValue
        return "\(result.run.arm) seed \(result.run.seed) (\(status))"
      }
      notes.append("Not finished, but in the means: \(runs.joined(separator: "; ")).")
    }
    if let stopNote { notes.append(stopNote) }
    if comparedRounds.count > 1, ends != .stopped {
      let groups = comparedRounds.map { round in
        let runs = arms.flatMap(\.results).filter { $0.final.round == round }.map {
          "\($0.run.arm) seed \($0.run.seed)"
        }
        return "round \(round): \(runs.joined(separator: ", "))"
      }
      notes.append("Compared at different rounds: \(groups.joined(separator: "; ")).")
    }
    notes += [missingNote, cadenceNote, chosenNote, domainNote, momentNote, clockNote].compactMap { $0 }
    for arm in arms {
      if !arm.unpairedSeeds.isEmpty {
        notes.append(
          "Not in the difference: \(arm.arm) has \(Self.list(arm.unpairedSeeds)), \(baseline ?? "") does not.")
      }
      if let missing = missingSeeds[arm.arm] {
        notes.append("Not in the difference: \(baseline ?? "") has \(Self.list(missing)), \(arm.arm) does not.")
      }
    }
    if let target = shownTarget {
      let censored = arms.filter { $0.notReachedCount > 0 }
      let counts = censored.map { "by \($0.notReachedCount) of \($0.results.count) in \($0.arm)" }
      if !counts.isEmpty {
        notes.append("\(metric.targetWords(target)) was not reached \(counts.joined(separator: ", ")).")
      }
    }
    if let wholeRunNote { notes.append(wholeRunNote) }
    if let baseline = baselineArm, baseline.results.isEmpty, arms.contains(where: { !$0.results.isEmpty }) {
      notes.append("There are no differences, because no run of \(baseline.arm), the baseline, is in the means.")
    }
    return notes + boundNotes + pairNotes
  }

  /// What a reader must know to read the p values: how many there are, and what few seeds cannot show.
  private var pairNotes: [String] {
    var notes: [String] = []
    let comparisons = arms.flatMap(\.measures).compactMap(\.comparison)
    if comparisons.contains(where: { $0.difference.undefined == .onePair }) {
      notes.append(
        "One seed has no interval and no test: nothing tells the method from the luck of the seed. That many clients "
          + "gain proves nothing either, because clients of one run share its split, initial weights and cohorts.")
    }
    let counts = Set(comparisons.filter { $0.difference.interval != nil }.map(\.difference.pairCount)).sorted()
    let few = counts.filter { $0 <= 5 }.map { count in
      let smallest = NumberText.exact(FairCoin(throwCount: count).twoSidedProbability(0)) ?? ""
      return "\(smallest) with \(count) seeds"
    }
    if !few.isEmpty {
      notes.append(
        "Wilcoxon and the sign test cannot reach p < 0.05: their smallest p is \(few.joined(separator: ", ")).")
    }
    if test != .t, familySize > 1, let least = counts.first {
      let smallest = min(1, FairCoin(throwCount: least).twoSidedProbability(0) * Double(familySize))
      if least > 5, smallest >= Self.level {
        notes.append(
          "\(test == .sign ? "The sign test" : test.title) cannot decide here: with \(least) seeds and "
            + "\(familySize) comparisons its smallest corrected p is \(NumberText.probability(smallest)).")
      }
    }
    if familySize > 1 {
      let over = measures.count > 1 ? "all arms and metrics" : "all arms"
      notes.append("Holm: p corrected for the \(familySize) comparisons of \(over); the verdict is by it.")
    }
    for (index, measure) in measures.enumerated() {
      for arm in arms where arm.difference != nil && arm.bound == .none {
        let summary = arm.measures[index]
        guard let comparison = summary.comparison else {
          let reason = measure.isOfTime ? "a run of the pairs has no clock" : "a run lacks it"
          notes.append("No difference of the \(measure.title(metric)) of \(arm.arm): \(reason).")
          continue
        }
        if comparison.oneCensored + comparison.bothCensored > 0 {
          notes.append(
            "\(measure.header) of \(arm.arm): runs that miss the target count as \(limitWords(measure)), in "
              + "\(comparison.oneCensored) of \(comparison.difference.pairCount) pairs one run (the difference is a "
              + "bound), in \(comparison.bothCensored) both (it is unknown, and counted as 0).")
        }
      }
    }
    return notes
  }

  /// Up to where a measure with a target is counted.
  func limitWords(_ measure: ComparedMeasure) -> String {
    switch measure.unit {
    case .bytes: measure.unit.words(frame.byteHorizon, metric)
    case .seconds: measure.unit.words(frame.secondHorizon, metric)
    default: "round \(frame.horizon)"
    }
  }

  /// A note on the runs that a rule ended, with their rounds; nil where there are none.
  private var stopNote: String? {
    let stopped = arms.flatMap(\.results).map(\.run).filter(\.isStopped)
    guard !stopped.isEmpty else { return nil }
    let words = stopped.map { run in
      "\(run.arm) seed \(run.seed) at round \(run.roundsDone) of \(run.roundsPlanned) (\(run.stopReason?.rawValue ?? ""))"
    }
    return "Ended by 'stop': \(words.joined(separator: "; "))."
  }

  /// A note that runs have not been evaluated at the same rounds, which areas and times to the target depend on; nil
  /// where they have.
  private var cadenceNote: String? {
    var kinds: Set<[Int]> = []
    let words = arms.filter { !$0.results.isEmpty }.map { arm -> String in
      let rounds = arm.results.map { result in result.rounds.map(\.round).filter { $0 < frame.horizon } }
      kinds.formUnion(rounds)
      return "\(arm.arm) at " + Set(rounds.map(\.count)).sorted().map(String.init).joined(separator: " or ")
    }
    guard kinds.count > 1 else { return nil }
    return
      "Not evaluated at the same rounds before round \(frame.horizon) (\(words.joined(separator: ", "))): areas, best "
      + "rounds and times to the target depend on that."
  }

  /// A note on what the best rounds are chosen on where that is not the same for all runs; nil where it is.
  private var chosenNote: String? {
    let results = arms.flatMap(\.results)
    let others = results.filter { $0.bestSplit == .test }
    guard !others.isEmpty, others.count < results.count else { return nil }
    let runs = others.map { "\($0.run.arm) seed \($0.run.seed)" }
    return
      "Best rounds are chosen on validation examples, but on the compared ones where there are no others, which flatters: "
      + "\(runs.joined(separator: ", "))."
  }

  /// A note that not every seed has clients of every domain; nil where it has.
  private var domainNote: String? {
    let partial = domains.compactMap { domain -> String? in
      let counts = zip(arms, domain.arms).map { (has: $1.seedCount, of: $0.results.count) }.filter { $0.has < $0.of }
      guard let fewest = counts.min(by: { $0.has < $1.has }) else { return nil }
      return "\(domain.domain) in \(fewest.has) of \(fewest.of)"
    }
    return partial.isEmpty ? nil : "Not every seed has all: \(partial.joined(separator: ", "))."
  }

  private static func list(_ seeds: [UInt64]) -> String {
    (seeds.count == 1 ? "seed " : "seeds ") + seeds.map(String.init).joined(separator: ", ")
  }

  /// How many clients have no value of the metric at the compared round, where some have none.
  private var missingNote: String? {
    let lacking = arms.flatMap(\.results).compactMap(\.final.lacking)
    guard let most = lacking.max(by: { $0.count < $1.count }) else { return nil }
    let arms = arms.filter { $0.results.contains { $0.final.lacking != nil } }.map(\.arm)
    return
      "\(metric.capitalizedTitle) is missing for \(lacking.count > 1 ? "up to " : "")\(most.count) of "
      + "\(most.total) clients in \(arms.joined(separator: ", ")), for which it is not defined: they are in no mean."
  }
}

internal import Algorithms
internal import Records

/// Arms over seeds, side by side: how good each is, and how sure a difference to the baseline is.
///
/// Only runs that finished are in the means; with `at`, runs that are still going or were interrupted are too, if
/// they have evaluated that round. A failed run never is. Every run left out is in `excluded` with the reason.
package struct Comparison: Sendable, Equatable {
  /// The number that rounds and clients have.
  package let metric: ComparedMetric
  /// What the arms are compared by; the first decides which arm is best.
  package let measures: [ComparedMeasure]
  /// The test whose p values decide, after Holm's correction over all arms and measures.
  package let test: PairedTest
  /// The round asked for; nil means the last that all runs have.
  package let at: Int?
  /// Whether the runs end at different rounds, and what becomes of that.
  package let ends: ComparedEnds
  /// The value to reach, in the unit of the metric; nil where no arm could set one.
  package let target: Double?
  /// Why the rounds to the target are left out; nil where they are shown.
  package let targetProblem: TargetProblem?
  /// The arm that the others are compared with; nil without runs.
  package let baseline: String?
  /// The arms, in the order of their first run, those that are bounds behind the others.
  package let arms: [ArmSummary]
  /// The bounds that distances are shown to: those in the means, where there is another arm to be at a distance.
  let shownBounds: [ArmSummary]
  /// The baseline's seeds, by arm, that the arm lacks; only arms that lack some.
  package let missingSeeds: [String: [UInt64]]
  /// The domains, or the clients where there are no domains and at most 20 clients; otherwise empty.
  package let domains: [DomainSummary]
  /// Whether `domains` are clients.
  package let domainsAreClients: Bool
  /// The way to the compared round, for each arm with a run in the means.
  package let curves: [ArmCurve]
  /// The runs that are not in the means.
  package let excluded: [ExcludedRun]
  /// What measures of times to the target are taken with.
  package let frame: ComparisonFrame

  /// Compares runs.
  ///
  /// - Parameters:
  ///   - runs: All runs of the arms, also the failed and unfinished ones; of several with one arm and seed the first
  ///     that can be compared counts, so that the newest belong first. Their numbers are in the unit of `metric`.
  ///   - metric: The number that the runs' rounds and clients have.
  ///   - measures: What to compare the arms by, the deciding one first; none means the metric's mean over clients.
  ///   - test: The test whose p values decide.
  ///   - baseline: The arm that the others are compared with; nil means the first that is no bound.
  ///   - at: The round at which to compare; nil means the last evaluated one that all compared runs have.
  ///   - target: The value whose first round is looked for; nil means the whole per cent (or hundredth of a loss)
  ///     that the baseline's mean at the compared round just meets.
  /// - Throws: `ComparisonError.unknownBaseline` if `baseline` is no run's arm.
  package init(
    _ runs: [ComparedRun], metric: ComparedMetric = .accuracy, measures: [ComparedMeasure] = [], test: PairedTest = .t,
    baseline: String? = nil, at: Int? = nil, target: Double? = nil
  ) throws(ComparisonError) {
    let known = Array(runs.map(\.arm).uniqued())
    if let baseline, !known.contains(baseline) { throw .unknownBaseline(baseline, arms: known) }
    let bounds = Self.bounds(runs)
    let names = known.filter { bounds[$0] == nil } + known.filter { bounds[$0] != nil }

    let ends = at == nil ? ComparedEnds(runs) : .equal
    let (candidates, excluded) = Self.select(runs, at: at, common: ends.round, metric: metric)
    let baselineName = baseline ?? names.first
    let baselineMean = Sample.mean(candidates.filter { $0.run.arm == baselineName }.map(\.value))
    let target = target ?? baselineMean.map(metric.target(metBy:))
    var results = candidates.map { $0.result(metric: metric, target: target, at: at) }
    let problem = target.flatMap {
      TargetProblem($0, results, baseline: baselineName, metric: metric, measures: measures)
    }
    // What nobody had to learn is nothing to be reached.
    if case .untrained? = problem { results = candidates.map { $0.result(metric: metric, target: nil, at: at) } }

    // A bound that misses the target has spent no bytes, which is no budget for the others.
    let contest = results.filter { bounds[$0.run.arm] == nil || $0.run.arm == baselineName }
    let frame = ComparisonFrame(
      metric: metric, target: problem?.isOfUntrained == true ? nil : target,
      horizon: contest.map(\.final.round).min() ?? 0,
      byteHorizon: contest.filter { $0.roundsToTarget == nil }.map(\.final.bytes).min() ?? .infinity,
      secondHorizon: contest.filter { $0.secondsToTarget == nil }.compactMap(\.lastSeconds).min() ?? .infinity)
    let measures = measures.isEmpty ? [metric.measure] : measures
    self.frame = frame
    self.metric = metric
    self.measures = measures
    self.test = test
    self.at = at
    self.target = target
    self.targetProblem = problem
    self.ends = ends
    self.baseline = baselineName
    self.excluded = excluded
    // Once for all: arms can be thousands.
    let seeds = Dictionary(grouping: runs, by: \.arm).mapValues { Set($0.map(\.seed)).count }
    let byArm = Dictionary(grouping: results, by: \.run.arm).mapValues { $0.sorted { $0.run.seed < $1.run.seed } }
    var summaries = names.map { name in
      var summary = Self.summary(
        name, of: byArm, baseline: baselineName, seedCount: seeds[name] ?? 0, metric: metric,
        isPairable: ends.isPairable)
      summary.bound = bounds[name] ?? .none
      return summary
    }
    if ends.isPairable { Self.addDistances(to: &summaries) }
    arms = Self.measured(summaries, measures, baseline: baselineName, test: test, frame: frame)
    shownBounds = arms.count > 1 ? arms.filter { $0.bound != .none && !$0.results.isEmpty } : []
    missingSeeds = Self.missingSeeds(arms, baseline: baselineName)
    (domains, domainsAreClients) = Self.domains(arms, baseline: baselineName)
    curves = Self.curves(arms)
  }

  /// The arm that the others are compared with; nil without runs.
  package var baselineArm: ArmSummary? { arms.first { $0.arm == baseline } }

  /// The arm that is best by the first measure, of several the baseline or else the first; nil where no run is compared.
  /// Bounds are not ranked, unless one is the baseline.
  ///
  /// Arms are ranked by their paired differences to the baseline: means may be over different seeds. An arm without
  /// pairs is ranked by its mean; one of other data than the baseline's is not ranked.
  package var bestArm: ArmSummary? {
    var best: ArmSummary?
    let ranked = ([baselineArm].compactMap { $0 } + contest).filter { $0.mismatch == nil }
    for arm in ranked where arm.measures.first?.mean != nil {
      if best.map({ isAhead(arm, of: $0) }) ?? true { best = arm }
    }
    return best
  }

  func isAhead(_ arm: ArmSummary, of other: ArmSummary) -> Bool {
    if let gain = pairedGain(arm), let otherGain = pairedGain(other) {
      let scale = (arm.measures.first?.values ?? []).compactMap { $0 }.reduce(0) { max($0, abs($1)) }
      return abs(gain - otherGain) > 1e-12 * scale && measures[0].isBetter(gain, than: otherGain, metric)
    }
    return hasBetterMean(arm, than: other)
  }

  /// The paired difference to the baseline by the first measure; nil without pairs.
  private func pairedGain(_ arm: ArmSummary) -> Double? {
    arm.arm == baseline ? 0 : arm.measures.first?.comparison?.difference.mean
  }

  /// Whether an arm's mean over its seeds, whichever they are, is better than another's.
  func hasBetterMean(_ arm: ArmSummary, than other: ArmSummary) -> Bool {
    guard let mean = arm.measures.first?.mean, let otherMean = other.measures.first?.mean else { return false }
    return !Sample.areEqual(mean, otherMean) && measures[0].isBetter(mean, than: otherMean, metric)
  }

  /// The compared rounds of the runs in the means, ascending and each once: one number unless runs ended at different
  /// rounds.
  package var comparedRounds: [Int] {
    Set(arms.flatMap(\.results).map(\.final.round)).sorted()
  }
}

extension Comparison {
  /// "after round 20", "after each run's last round, 4 to 10 because of 'stop'": when the compared values are of.
  package var placeWords: String {
    let rounds = comparedRounds
    guard rounds.count != 1, let first = rounds.first, let last = rounds.last else {
      return rounds.first.map { "after round \($0)" } ?? "after the last round"
    }
    return ends == .stopped
      ? "after each run's last round, \(first) to \(last) because of 'stop'" : "after the last round"
  }

  /// A run that can be compared, before the target is known.
  struct Candidate {
    let run: ComparedRun
    let final: ComparedRound
    let value: Double

    /// - Parameter at: The last round that is looked at for times; nil is the run's last.
    func result(metric: ComparedMetric, target: Double?, at: Int?) -> SeedResult {
      let best = best(metric)
      let reached = target.flatMap { target in
        self.run.rounds.first { round in
          round.round <= final.round
            && (round.mean.map { $0.isFinite && metric.isMet(target, by: $0) } ?? false)
        }?.round
      }
      let timed = run.rounds.filter { $0.round <= at ?? .max }
      let hasClock = timed.allSatisfy { $0.simulatedSeconds?.isFinite ?? false }
      let reachedInTime = target.flatMap { target in
        timed.first { round in round.mean.map { $0.isFinite && metric.isMet(target, by: $0) } ?? false }
      }
      var run = run
      // Clients of another round say nothing of this one.
      if run.clientsRound ?? run.rounds.last?.round != final.round { run.clients = [] }
      return SeedResult(
        run: run, final: final, value: value, best: best.mean, bestRound: best.round, bestSplit: best.split,
        roundsToTarget: reached,
        secondsToTarget: hasClock ? reachedInTime?.simulatedSeconds : nil,
        lastSeconds: hasClock ? timed.last?.simulatedSeconds : nil)
    }

    /// The first round up to the compared one that is best, with its mean: on validation examples where the run has some,
    /// else by the mean itself.
    private func best(_ metric: ComparedMetric) -> (mean: Double, round: Int, split: JudgedSplit) {
      func first(_ judged: (ComparedRound) -> Double?) -> ComparedRound? {
        var best: (round: ComparedRound, value: Double)?
        for round in run.rounds.reversed() where round.round <= final.round {
          guard round.mean?.isFinite ?? false, let value = judged(round), value.isFinite else { continue }
          // Of rounds that are equal but for rounding the first.
          if best.map({ Sample.areEqual(value, $0.value) }) ?? false {
            best?.round = round
          } else if best.map({ metric.isBetter(value, than: $0.value) }) ?? true {
            best = (round, value)
          }
        }
        return best?.round
      }
      if let chosen = first(\.validation), let mean = chosen.mean { return (mean, chosen.round, .validation) }
      let best = first(\.mean)
      return (best?.mean ?? value, best?.round ?? final.round, .test)
    }
  }

  /// Tells the runs that can be compared from those that cannot.
  private static func select(
    _ runs: [ComparedRun], at: Int?, common: Int?, metric: ComparedMetric
  ) -> (candidates: [Candidate], excluded: [ExcludedRun]) {
    struct Place: Hashable {
      var arm: String
      var seed: UInt64
    }
    var candidates: [Candidate] = []
    var excluded: [ExcludedRun] = []
    var taken: Set<Place> = []
    for run in runs {
      var reason: ExcludedRun.Reason?
      let round: ComparedRound?
      let isDone: Bool
      if let at {
        round = run.rounds.first { $0.round == at }
        isDone = run.status == .finished || run.roundsDone >= at
      } else {
        round = common == nil ? run.rounds.last : run.rounds.first { $0.round == common }
        isDone = run.status == .finished
      }
      if run.status == .failed {
        reason = .failed
      } else if !isDone {
        reason = .unfinished
      } else if let round {
        guard let value = round.mean else {
          let isUntested = round.untested.isEveryone
          excluded.append(
            ExcludedRun(
              run: run, reason: isUntested ? .untested(round: round.round) : .lacks(metric, round: round.round)))
          continue
        }
        if !value.isFinite {
          reason = .notANumber(round: round.round)
        } else if taken.insert(Place(arm: run.arm, seed: run.seed)).inserted {
          candidates.append(Candidate(run: run, final: round, value: value))
        } else {
          reason = .repeated
        }
      } else {
        reason = .notEvaluated(round: at ?? common)
      }
      if let reason { excluded.append(ExcludedRun(run: run, reason: reason)) }
    }
    return (candidates, excluded)
  }

  private static func summary(
    _ name: String, of all: [String: [SeedResult]], baseline: String?, seedCount: Int, metric: ComparedMetric,
    isPairable: Bool
  ) -> ArmSummary {
    let own = all[name] ?? []
    let reference = baseline.flatMap { all[$0] } ?? []
    let seeds = Set(own.map(\.run.seed)).intersection(reference.map(\.run.seed))
    let difference = PairedDifference(
      own.filter { seeds.contains($0.run.seed) }.map(\.value),
      minus: reference.filter { seeds.contains($0.run.seed) }.map(\.value))
    let mismatch = name == baseline ? nil : mismatch(own, reference)
    let isCompared = name != baseline && !own.isEmpty && !reference.isEmpty && mismatch == nil && isPairable
    var summary = ArmSummary(
      arm: name, results: own, seedCount: seedCount, difference: isCompared ? difference : nil,
      pairedSeeds: isCompared ? seeds.sorted() : [],
      unpairedSeeds: isCompared ? own.map(\.run.seed).filter { !seeds.contains($0) } : [], mismatch: mismatch)
    summary.clients = clientGains(summary, over: reference, metric: metric)
    return summary
  }

  /// The first seed under which two arms have other data; nil where there is none.
  static func mismatch(_ own: [SeedResult], _ reference: [SeedResult]) -> DataMismatch? {
    for result in own {
      guard let other = reference.first(where: { $0.run.seed == result.run.seed }),
        let difference = result.run.data.difference(from: other.run.data)
      else { continue }
      return DataMismatch(seed: result.run.seed, difference: difference)
    }
    return nil
  }

  private static func missingSeeds(_ arms: [ArmSummary], baseline: String?) -> [String: [UInt64]] {
    guard let reference = arms.first(where: { $0.arm == baseline }) else { return [:] }
    var missing: [String: [UInt64]] = [:]
    for arm in arms where arm.difference != nil {
      let seeds = reference.results.map(\.run.seed).filter { !arm.pairedSeeds.contains($0) }
      if !seeds.isEmpty { missing[arm.arm] = seeds }
    }
    return missing
  }

  private static func curves(_ arms: [ArmSummary]) -> [ArmCurve] {
    let rounds = Set(arms.flatMap(\.results).flatMap { result in result.rounds.map(\.round) }).sorted()
    return arms.filter { !$0.results.isEmpty }.map { arm in
      let byRound = arm.results.map { result in
        Dictionary(result.rounds.map { ($0.round, $0.mean ?? .nan) }) { first, _ in first }
      }
      let means: [Double?] = rounds.map { round in
        let values = byRound.compactMap { $0[round] }.filter(\.isFinite)
        return values.count == byRound.count ? Sample.mean(values) : nil
      }
      return ArmCurve(arm: arm.arm, rounds: rounds, means: means)
    }
  }
}

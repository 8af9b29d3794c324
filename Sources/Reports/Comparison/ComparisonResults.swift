package import Records

/// A run that is not in the means, and why.
package struct ExcludedRun: Sendable, Equatable {
  /// Why a run is not in the means.
  package enum Reason: Sendable, Equatable {
    /// The run failed, whatever rounds it has: those that survive are not a fair sample.
    case failed
    /// The run is still running or was interrupted, and no round was asked for that it has.
    case unfinished
    /// The round asked for, or any if nil, was not evaluated.
    case notEvaluated(round: Int?)
    /// This round was evaluated, but has no value of the metric.
    case lacks(ComparedMetric, round: Int)
    /// No client that was evaluated at this round has test examples.
    case untested(round: Int)
    /// The metric at this round is NaN or infinite.
    case notANumber(round: Int)
    /// Another run of the same arm and seed, given earlier, is compared.
    case repeated
  }

  /// The run.
  package let run: ComparedRun
  /// Why.
  package let reason: Reason

  /// The reason in words, as `failed after round 7: the loss is not a number`.
  package var words: String {
    switch reason {
    case .failed: "failed after round \(run.roundsDone)" + (run.error.map { ": \($0)" } ?? "")
    case .unfinished where run.isCutOff: "cut off after round \(run.roundsDone) of \(run.roundsPlanned)"
    case .unfinished where run.status == .running: "running, at round \(run.roundsDone) of \(run.roundsPlanned)"
    case .unfinished: "\(run.status.rawValue) after round \(run.roundsDone) of \(run.roundsPlanned)"
    case .notEvaluated(let round?) where run.isStopped && round > run.roundsDone:
      "ended by 'stop' after round \(run.roundsDone) of \(run.roundsPlanned)"
    case .notEvaluated(let round?): "round \(round) was not evaluated"
    case .notEvaluated: "nothing was evaluated"
    case .lacks(let metric, let round): "round \(round) has no \(metric.title)"
    case .untested(let round): "no client that was evaluated after round \(round) has test examples"
    case .notANumber(let round): "round \(round) is not a number"
    case .repeated: "another run of this arm and seed is compared"
    }
  }
}

/// A run that is in the means: its value at the compared round and on the way there.
package struct SeedResult: Sendable, Equatable {
  /// The run.
  package let run: ComparedRun
  /// The compared round.
  package let final: ComparedRound
  /// The metric at the compared round, a finite number.
  package let value: Double
  /// The mean over clients of the best round up to the compared one.
  package let best: Double
  /// The best round: the first that no other is better than, on the examples of `bestSplit`.
  package let bestRound: Int
  /// What the best round is chosen on: validation examples where the run was evaluated on some, else what is compared.
  package let bestSplit: JudgedSplit
  /// The first round whose mean over clients meets the target; nil where none does or there is no target.
  package let roundsToTarget: Int?
  /// The simulated seconds from the run's begin to the first round of all that it has that meets the target; nil where none
  /// does, and without a target or a clock.
  package let secondsToTarget: Double?
  /// The simulated seconds at which the run was evaluated last; nil without a clock.
  package let lastSeconds: Double?
}

/// One arm over its seeds.
package struct ArmSummary: Sendable, Equatable {
  /// The arm's name.
  package let arm: String
  /// The runs in the means, by seed.
  package let results: [SeedResult]
  /// How many seeds there are, with those whose runs are all excluded.
  package let seedCount: Int
  /// The difference to the baseline in pairs of one seed; nil for the baseline itself and where there is none.
  package let difference: PairedDifference?
  /// The seeds that are pairs.
  package let pairedSeeds: [UInt64]
  /// The arm's seeds that the baseline lacks.
  package let unpairedSeeds: [UInt64]
  /// The first seed under which its data are not the baseline's, so that nothing is paired; nil where they are the same.
  package let mismatch: DataMismatch?
  /// What each client gains over the baseline, by its number; empty for the baseline and where clients are not
  /// recorded.
  package internal(set) var clients: [ClientGain] = []
  /// The comparison's measures, in its order.
  package internal(set) var measures: [MeasureSummary] = []
  /// What the arm is, if it is no federation but a bound on what one can reach.
  package internal(set) var bound = Bound.none
  /// How far the arm is from each other arm that is a bound and has pairs with it, in the comparison's order.
  package internal(set) var distances: [BoundDistance] = []

  /// Mean over seeds at the compared round.
  package var mean: Double? { Sample.mean(results.map(\.value)) }
  /// Standard deviation over seeds at the compared round; nil for fewer than two.
  package var deviation: Double? { Sample.standardDeviation(results.map(\.value)) }
  /// Mean over seeds of the best round.
  package var best: Double? { Sample.mean(results.map(\.best)) }
  /// What the best rounds are chosen on; nil where that differs between seeds, and without any.
  package var bestSplit: JudgedSplit? {
    let splits = Set(results.map(\.bestSplit))
    return splits.count == 1 ? splits.first : nil
  }
  /// Mean over seeds, clients weighted by their samples; nil where a run lacks it.
  package var sampleWeighted: Double? { mean(\.sampleWeighted) }
  /// Mean over seeds of the worst client; nil where a run lacks it.
  package var worst: Double? { mean(\.worst) }
  /// Mean over seeds of the worst tenth of the clients; nil where a run lacks it.
  package var bottomDecile: Double? { mean(\.bottomDecile) }
  /// Mean over seeds of the area under the curve; nil where a run lacks it.
  package var area: Double? { mean(of: \.area) }
  /// Mean over seeds of the standard deviation over clients; nil where a run lacks it.
  package var clientDeviation: Double? { mean(of: \.clientDeviation) }
  /// Mean over seeds of Jain's index over clients; nil where a run lacks it.
  package var jainIndex: Double? { mean(of: \.jainIndex) }
  /// Mean loss over seeds; nil where a run lacks it.
  package var loss: Double? { mean(\.loss) }
  /// Mean over seeds of the bytes that left all clients up to the compared round.
  package var bytesUp: Double? { Sample.mean(results.map { Double($0.final.bytesUp) }) }
  /// Mean over seeds of the bytes that all clients received up to the compared round.
  package var bytesDown: Double? { Sample.mean(results.map { Double($0.final.bytesDown) }) }
  /// How many runs never met the target.
  package var notReachedCount: Int { results.count { $0.roundsToTarget == nil } }

  /// The median over seeds of the first round that meets the target, where a run that never does counts as later than
  /// any other; nil where that makes the median unknown.
  package var roundsToTarget: Double? {
    let rounds = results.map { $0.roundsToTarget.map(Double.init) ?? .infinity }
    return Sample.median(rounds).flatMap { $0.isFinite ? $0 : nil }
  }

  /// Mean over seeds of the simulated seconds up to the compared round; nil where a run has no clock.
  package var simulatedSeconds: Double? { mean(\.simulatedSeconds) }
  /// How many runs have a clock.
  package var clockCount: Int { results.count(where: \.hasClock) }
  /// How many runs with a clock never met the target.
  package var notReachedInTimeCount: Int { results.count { $0.hasClock && $0.secondsToTarget == nil } }

  /// The median over seeds of the simulated seconds to the target, where a run that never gets there counts as later than
  /// any other; nil where that makes the median unknown, and where a run has no clock.
  package var secondsToTarget: Double? {
    guard clockCount == results.count else { return nil }
    return Sample.median(results.map { $0.secondsToTarget ?? .infinity }).flatMap { $0.isFinite ? $0 : nil }
  }

  private func mean(_ value: (ComparedRound) -> Double?) -> Double? {
    mean(of: { value($0.final) })
  }

  /// Mean over seeds of what a run has; nil where one lacks it.
  func mean(of value: (SeedResult) -> Double?) -> Double? {
    let values = results.compactMap(value)
    return values.count == results.count ? Sample.mean(values) : nil
  }
}

/// One domain, or one client where there are no domains, by arm.
package struct DomainSummary: Sendable, Equatable {
  /// One arm in this domain.
  package struct Arm: Sendable, Equatable {
    /// The arm's name.
    package let arm: String
    /// Mean over seeds of the domain's mean over clients; nil without a run, or where a client's value is not a number.
    package let mean: Double?
    /// Standard deviation over seeds of the domain's mean over clients; nil for fewer than two.
    package let deviation: Double?
    /// The gain over the baseline in pairs of one seed; nil for the baseline itself and where there is none.
    package let gain: PairedDifference?
    /// How many seeds have clients of the domain.
    package let seedCount: Int
  }

  /// The domain's name, or `client 3`.
  package let domain: String
  /// How many clients it has in the run that has most of them.
  package let clientCount: Int
  /// The arms, in the comparison's order.
  package let arms: [Arm]
}

/// One arm's mean over seeds, round by round.
package struct ArmCurve: Sendable, Equatable {
  /// The arm's name.
  package let arm: String
  /// All rounds that any arm has evaluated up to the compared one, ascending.
  package let rounds: [Int]
  /// The mean over seeds and clients at each of `rounds`; nil where one of the arm's compared runs has no number.
  package let means: [Double?]
}

/// Why runs cannot be compared as asked.
package enum ComparisonError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No run has the baseline's name as its arm.
  case unknownBaseline(String, arms: [String])

  /// The words for the user.
  package var description: String {
    switch self {
    case .unknownBaseline(let name, let arms):
      "no arm is called \"\(name)\"; the arms are: \(arms.joined(separator: ", "))"
    }
  }
}

internal import Datasets
public import Records

/// When a run ends before its last round.
///
/// Watched is the mean over clients, each counted once, of a measure of their personal models after aggregation, at each
/// evaluation from round 1 on (`watchedValue`). The round in which the rule is met is the run's last: what is recorded at the
/// end is recorded then.
public struct StopRule: Sendable, Equatable {
  /// What has to be.
  public enum Condition: Sendable, Equatable {
    /// The watched value reaches or passes this one.
    case target(Double)
    /// So many evaluations in a row did not better the best value by more than `minDelta`. The best moves only when it is
    /// bettered by more than that; the first value is the first best.
    case patience(Int, minDelta: Double)
  }

  /// What is watched.
  public let measure: WatchedMeasure
  /// On which examples; nil is on validation examples where there are some, else on test examples.
  public let split: JudgedSplit?
  /// What has to be.
  public let condition: Condition

  /// Makes a rule.
  public init(_ measure: WatchedMeasure, on split: JudgedSplit? = nil, _ condition: Condition) {
    self.measure = measure
    self.split = split
    self.condition = condition
  }
}

/// Why a rule can't be used in a run.
public struct StopProblem: Sendable, Equatable {
  /// The key to point at, below `stop`; nil is `stop` itself.
  public let key: String?
  /// What is wrong, and what is allowed.
  public let message: String
}

extension RunConfiguration {
  /// The rows that `stop` looks at; nil without one. Of several norm sources the first in the order of `NormSource` that a
  /// round has counts, as where runs are listed and compared.
  var watchedRows: EvaluationSelection? {
    stop.map { rule in
      EvaluationSelection(split: rule.split ?? (dataset.hasValidationExamples ? .validation : .test))
    }
  }

  /// Why the run's rule can't be used in it; none where it can.
  public var stopProblems: [StopProblem] {
    guard let stop else { return [] }
    var problems: [StopProblem] = []
    let isWatched = evaluationPlan.evaluations.contains {
      $0.subject == .client && $0.model == .personal && $0.phase == .afterAggregation
    }
    if !isWatched {
      problems.append(
        StopProblem(
          key: nil,
          message:
            "watches the clients' personal models after aggregation, which 'evaluation' leaves out (allowed: 'subject' with client, 'model' with personal and 'phase' with after-aggregation)"
        ))
    }
    let names = measureNames.filter { WatchedMeasure(named: $0) != nil }
    if !names.contains(stop.measure.name) {
      problems.append(
        StopProblem(
          key: "measure",
          message:
            "'\(stop.measure.name)' is not defined for \(target.words) (allowed: \(names.joined(separator: ", ")))"))
    }
    if stop.split == .validation, !dataset.hasValidationExamples {
      problems.append(
        StopProblem(
          key: "on",
          message: "'validation' has nothing: no client has validation examples (allowed: test, or a 'data.validation')"
        ))
    }
    return problems
  }
}

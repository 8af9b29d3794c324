/// What a model is judged by: the examples that the values over clients are of.
public enum JudgedSplit: String, Codable, Sendable, CaseIterable {
  /// Test examples; a client that has none is counted and in no mean.
  case test
  /// Validation examples, where clients have some.
  case validation
}

extension ExampleSplit {
  /// With which examples these are counted: training examples stand where a client has no test examples.
  public var judged: JudgedSplit { self == .validation ? .validation : .test }
}

/// Which evaluations are looked at: one kind of row for each round and subject.
public struct EvaluationSelection: Sendable, Equatable {
  /// Whose examples.
  public var subject: EvaluationSubject
  /// Which weights.
  public var model: EvaluationModel
  /// When.
  public var phase: EvaluationPhase
  /// Which normalization values; nil is the first in the order of `NormSource` that a round has.
  public var normSource: NormSource?
  /// Which examples.
  public var split: JudgedSplit

  /// Makes a selection; without arguments, the clients' own models after aggregation on test examples.
  ///
  /// - Parameter model: Nil is the personal model of a client that trains, and the global one of the rest.
  public init(
    subject: EvaluationSubject = .client, model: EvaluationModel? = nil, phase: EvaluationPhase = .afterAggregation,
    normSource: NormSource? = nil, split: JudgedSplit = .test
  ) {
    self.subject = subject
    self.model = model ?? (subject == .client ? .personal : .global)
    self.phase = phase
    self.normSource = normSource
    self.split = split
  }
}

extension [EvaluationRecord] {
  /// The rows that a selection means, of those of one round.
  public func selected(_ selection: EvaluationSelection) -> [EvaluationRecord] {
    let rows = filter {
      $0.subject == selection.subject && $0.model == selection.model && $0.phase == selection.phase
        && $0.split.judged == selection.split
    }
    let source = selection.normSource ?? NormSource.allCases.first { word in rows.contains { $0.normSource == word } }
    return rows.filter { $0.normSource == source }
  }
}

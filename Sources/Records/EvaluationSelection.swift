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

  /// Makes a selection; without arguments, the clients' own models after aggregation.
  ///
  /// - Parameter model: Nil is the personal model of a client that trains, and the global one of the rest.
  public init(
    subject: EvaluationSubject = .client, model: EvaluationModel? = nil, phase: EvaluationPhase = .afterAggregation,
    normSource: NormSource? = nil
  ) {
    self.subject = subject
    self.model = model ?? (subject == .client ? .personal : .global)
    self.phase = phase
    self.normSource = normSource
  }
}

extension [EvaluationRecord] {
  /// The rows that a selection means, of those of one round.
  public func selected(_ selection: EvaluationSelection) -> [EvaluationRecord] {
    let rows = filter {
      $0.subject == selection.subject && $0.model == selection.model && $0.phase == selection.phase
    }
    let source = selection.normSource ?? NormSource.allCases.first { word in rows.contains { $0.normSource == word } }
    return rows.filter { $0.normSource == source }
  }
}

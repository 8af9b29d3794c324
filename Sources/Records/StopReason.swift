/// Why a run that is finished ended.
public enum StopReason: String, Codable, Sendable, CaseIterable {
  /// It has made all of its rounds.
  case rounds
  /// What its `stop` watches reached the target.
  case target
  /// What its `stop` watches was not bettered for so many evaluations.
  case patience

  /// Whether a rule ended the run, be it in its last planned round.
  public var isByRule: Bool { self != .rounds }
}

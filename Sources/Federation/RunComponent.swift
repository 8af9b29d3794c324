/// A component of a run: what a scenario names at one of its axes.
public protocol RunComponent: Sendable {
  /// Why the component can't be used in a run, each reason to stand behind its name and a colon; none where it can.
  func problems(with run: RunConfiguration) -> [String]
  /// What a user should know who uses it in a run, each note to stand behind its name.
  func notes(on run: RunConfiguration) -> [String]
  /// What makes a round another one where a run has more rounds behind it, with the option as its key; nil where what
  /// happens in a round does not depend on how many there are.
  var totalRoundsDependence: RoundsDependence? { get }
}

extension RunComponent {
  public func problems(with run: RunConfiguration) -> [String] { [] }
  public func notes(on run: RunConfiguration) -> [String] { [] }
  public var totalRoundsDependence: RoundsDependence? { nil }
}

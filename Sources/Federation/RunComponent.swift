/// A component of a run: what a scenario names at one of its axes.
public protocol RunComponent: Sendable {
  /// Why the component can't be used in a run, each reason to stand behind its name and a colon; none where it can.
  func problems(with run: RunConfiguration) -> [String]
  /// What a user should know who uses it in a run, each note to stand behind its name.
  func notes(on run: RunConfiguration) -> [String]
}

extension RunComponent {
  public func problems(with run: RunConfiguration) -> [String] { [] }
  public func notes(on run: RunConfiguration) -> [String] { [] }
}

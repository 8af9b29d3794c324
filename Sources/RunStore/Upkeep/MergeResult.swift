/// What became of a run of another database.
public struct MergedRun: Sendable, Equatable {
  /// What became of it.
  public enum Outcome: String, Sendable, Equatable, CaseIterable {
    /// It was copied.
    case copied
    /// It was there already, with the same result.
    case there
    /// Its experiment has the same arm and seed with another result, which stays.
    case differs
    /// A live process is computing it.
    case running
  }

  /// Its number in the other database.
  public var source: Int64
  /// Its name: `experiment/arm/seed`.
  public var name: String
  /// What became of it.
  public var outcome: Outcome
  /// The number of the run here that it became, or that stands in its way; nil where there is none.
  public var run: Int64?
}

/// What was merged of another database.
public struct MergeResult: Sendable, Equatable {
  /// How many experiments are new.
  public internal(set) var addedExperiments = 0
  /// How many experiments were there and got runs.
  public internal(set) var joinedExperiments = 0
  /// The other database's runs in the order of their numbers.
  public internal(set) var runs: [MergedRun] = []
}

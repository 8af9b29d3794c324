/// What became of a run of another database.
package struct MergedRun: Sendable, Equatable {
  /// What can become of a run.
  package enum Outcome: String, Sendable, Equatable, CaseIterable {
    /// The run was copied.
    case copied
    /// The run was there already, with the same result.
    case there
    /// The run's experiment has the same arm and seed with another result, which stays.
    case differs
    /// A live process is computing the run.
    case running
  }

  /// The run's number in the other database.
  package var source: Int64
  /// The run's name: `experiment/arm/seed`.
  package var name: String
  /// What became of the run.
  package var outcome: Outcome
  /// The number of the run here that it became, or that stands in its way; nil where there is none.
  package var run: Int64?
}

/// What was merged of another database.
package struct MergeResult: Sendable, Equatable {
  /// How many experiments are new.
  package internal(set) var addedExperiments = 0
  /// How many experiments were there and got runs.
  package internal(set) var joinedExperiments = 0
  /// The other database's runs in the order of their numbers.
  package internal(set) var runs: [MergedRun] = []
}

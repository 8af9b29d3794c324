/// What became of a run of another database.
package struct MergedRun: Sendable, Equatable {
  /// What became of it.
  package enum Outcome: String, Sendable, Equatable, CaseIterable {
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
  package var source: Int64
  /// Its name: `experiment/arm/seed`.
  package var name: String
  /// What became of it.
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

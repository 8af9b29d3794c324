package import Records
package import Reports

/// Which runs are asked about, and what of them is compared.
package struct RunQuestion: Sendable, Equatable {
  /// The RUN names; none is the newest experiment.
  package var names: [String] = []
  /// Which of the runs that the names mean.
  package var filter = RunFilter()
  /// What the runs' rounds and clients are compared by.
  package var metric: ComparedMetric = .accuracy
  /// Other metrics whose means are compared beside it.
  package var otherMetrics: [ComparedMetric] = []
  /// The arm that the others are compared with; nil is the first.
  package var baseline: String?
  /// The round to compare at; nil is the last evaluated one, or where runs end at different rounds the last that all
  /// have.
  package var at: Int?
  /// Which evaluations are looked at; nil is `RunStore.usualSelection`.
  package var evaluations: EvaluationSelection?
  /// Whether a name that means a single run stands for all runs of its experiment: one run alone has nothing to be
  /// compared with.
  package var widensToExperiment = false

  /// Asks for everything of the newest experiment.
  package init() {}
}

/// Which of the runs that were named, or of all, are meant.
package struct RunFilter: Sendable, Equatable {
  /// The arms; none is all. An arm's name may have its experiment before it, as `[StoredRun].withDistinctArms` puts it.
  package var arms: [String]
  /// The seeds; none is all.
  package var seeds: [UInt64]

  /// Makes a filter; without arguments, one that leaves all runs.
  package init(arms: [String] = [], seeds: [UInt64] = []) {
    self.arms = arms
    self.seeds = seeds
  }

  /// Whether the filter leaves all runs.
  package var isEmpty: Bool { arms.isEmpty && seeds.isEmpty }
}

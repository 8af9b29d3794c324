internal import Algorithms
package import Records
internal import RunStore

/// Runs that were asked for.
package struct ChosenRuns: Sendable {
  /// The runs; never none.
  package private(set) var runs: [StoredRun]
  /// Whether the names mean several runs, of which a filter may leave one.
  package let areSeveral: Bool
  /// What was asked for, for messages.
  private let asked: String

  /// Takes runs that `asked` names; there is at least one.
  init(_ runs: [StoredRun], asked: String) {
    self.runs = runs
    self.asked = asked
    areSeveral = runs.count > 1
  }

  /// The runs' numbers.
  package var ids: [Int64] { runs.map(\.id) }

  /// Returns the one run that there is.
  ///
  /// - Throws: `QuestionError.severalRuns`.
  package func single() throws(QuestionError) -> StoredRun {
    guard runs.count == 1, let run = runs.first else {
      throw .severalRuns(asked: asked, names: runs.map { asked.contains("#") ? $0.numberedName : $0.name })
    }
    return run
  }

  /// Leaves the runs that a filter means, in their order.
  ///
  /// - Throws: `QuestionError.noRun` for an arm or a seed that no run has.
  mutating func narrow(by filter: RunFilter) throws(QuestionError) {
    let distinct = runs.withDistinctArms.map(\.arm)
    for arm in filter.arms where !distinct.contains(arm) { try requireArm(arm) }
    if !filter.arms.isEmpty {
      runs = zip(runs, distinct).filter { filter.arms.contains($0.arm) || filter.arms.contains($1) }.map(\.0)
    }
    for seed in filter.seeds { try requireSeed(seed) }
    if !filter.seeds.isEmpty { runs.removeAll { !filter.seeds.contains($0.seed) } }
  }

  /// - Throws: `QuestionError.noRun` where no run has the arm.
  func requireArm(_ arm: String) throws(QuestionError) { try require("arm", arm, runs.map(\.arm)) }

  /// - Throws: `QuestionError.noRun` where no run has the seed.
  func requireSeed(_ seed: UInt64) throws(QuestionError) {
    try require("seed", String(seed), runs.map { String($0.seed) })
  }

  private func require(_ kind: String, _ word: String, _ words: [String]) throws(QuestionError) {
    if words.contains(word) { return }
    throw .noRun(of: asked, with: QuestionError.Name(kind, word, known: Array(words.uniqued())))
  }
}

extension [StoredRun] {
  /// The same runs; of several experiments, each with its experiment in the arm's name, since arms of different
  /// experiments may share one. Experiments that share a name, too, are told apart by their numbers, as
  /// `quickstart#2/fedavg`.
  package var withDistinctArms: [StoredRun] {
    let experiments = Dictionary(grouping: self, by: \.experiment).mapValues { Set($0.map(\.experimentID)) }
    guard Set(map(\.experimentID)).count > 1 else { return self }
    return map { run in
      var run = run
      let isShared = (experiments[run.experiment]?.count ?? 0) > 1
      let numbered = NumberedExperiment(name: run.experiment, number: run.experimentID).text
      run.arm = (isShared ? numbered : run.experiment) + "/" + run.arm
      return run
    }
  }
}

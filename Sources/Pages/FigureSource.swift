internal import Catalogs
internal import Figures
package import Records
internal import Reports
internal import RunStore

/// What is recorded of the runs that a page shows, read once and shared by its figures.
package struct FigureSource: Sendable {
  /// One arm with its runs.
  package struct Arm: Sendable {
    /// Its name.
    package let name: String
    /// Its place in the palette: the same in every figure.
    package let style: Int
    /// Its runs, by seed.
    package let runs: [StoredRun]
  }

  /// Where it is recorded.
  let store: RunStore
  /// What was asked for.
  let query: PageQuery
  /// The experiments that the runs belong to.
  let experiments: [StoredExperiment]
  /// The runs, in the order of their numbers.
  let runs: [StoredRun]
  /// The arms, in the order of their first run.
  let arms: [Arm]
  /// Which evaluations are looked at.
  let selection: EvaluationSelection
  /// The runs' rounds, by run.
  let rounds: [Int64: [RoundRow]]
  /// The arms side by side.
  let comparison: Comparison

  /// Reads what a query asks for.
  ///
  /// - Throws: `StoreError`, `PageQueryError` and `ComparisonError`.
  init(_ store: RunStore, _ query: PageQuery) throws {
    self.store = store
    self.query = query
    runs = try Self.runs(store, query)
    experiments = try Set(runs.map(\.experimentID)).sorted().map { try store.experiment(id: $0) }
    let runs = runs
    var names: [String] = []
    for run in runs where !names.contains(run.arm) { names.append(run.arm) }
    arms = names.enumerated().map { index, name in
      Arm(name: name, style: index, runs: runs.filter { $0.arm == name }.sorted { $0.seed < $1.seed })
    }
    selection = try query.evaluations ?? store.usualSelection(of: runs)
    var rounds: [Int64: [RoundRow]] = [:]
    for run in runs { rounds[run.id] = try store.rounds(run: run.id, of: selection) }
    self.rounds = rounds
    let compared = try store.comparedRuns(runs, metric: query.metric, at: query.at, of: selection)
    comparison = try Comparison(compared, metric: query.metric, baseline: query.baseline, at: query.at)
  }

  /// The runs that a query names, those of several experiments with the experiment in the arm's name.
  static func runs(_ store: RunStore, _ query: PageQuery) throws -> [StoredRun] {
    var runs: [StoredRun] = []
    for name in query.runs {
      for run in try store.resolve(name) where !runs.contains(where: { $0.id == run.id }) { runs.append(run) }
    }
    if query.runs.isEmpty, let newest = try store.resolve("latest").first {
      runs = try store.runs(ofExperiment: newest.experimentID)
    }
    if Set(runs.map(\.experiment)).count > 1 {
      // Arms of different experiments may share a name.
      for index in runs.indices { runs[index].arm = "\(runs[index].experiment)/\(runs[index].arm)" }
    }
    let arms = runs.map(\.arm)
    for name in query.arms where !arms.contains(name) {
      let all = Array(Set(arms)).sorted()
      throw PageQueryError.unknownName(kind: "arm", name: name, nearest: nearestName(to: name, in: all), allowed: all)
    }
    let seeds = Set(runs.map(\.seed))
    for seed in query.seeds where !seeds.contains(seed) {
      throw PageQueryError.unknownName(
        kind: "seed", name: String(seed), nearest: nil, allowed: seeds.sorted().map(String.init))
    }
    return runs.filter {
      (query.arms.isEmpty || query.arms.contains($0.arm)) && (query.seeds.isEmpty || query.seeds.contains($0.seed))
    }.sorted { $0.id < $1.id }
  }
}

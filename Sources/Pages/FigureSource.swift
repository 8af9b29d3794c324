internal import Catalogs
internal import Figures
package import Records
internal import Reports
package import RunStore

/// What is recorded of the runs that a page shows, read once and shared by its figures.
package struct FigureSource: Sendable {
  /// One arm with its runs.
  struct Arm: Sendable {
    /// Its name.
    let name: String
    /// Its place in the palette: the same in every figure.
    let style: Int
    /// Its runs, by seed.
    let runs: [StoredRun]

    /// Those that did not fail; all where all failed.
    var shownRuns: [StoredRun] {
      let sound = runs.filter { $0.status != .failed }
      return sound.isEmpty ? runs : sound
    }
  }

  /// Where it is recorded.
  let store: RunStore
  /// What was asked for.
  let query: PageQuery
  /// The experiments that the runs belong to.
  let experiments: [StoredExperiment]
  /// The runs, in the order of the names that they were asked for by; of one name in that of their numbers.
  let runs: [StoredRun]
  /// The arms, in the order of their first run.
  let arms: [Arm]
  /// Which evaluations are looked at.
  let selection: EvaluationSelection
  /// The runs' rounds, by run.
  let rounds: [Int64: [RoundRow]]
  /// The runs as they are compared, by run.
  let compared: [Int64: ComparedRun]
  /// The arms side by side.
  let comparison: Comparison
  /// For each arm, the run that figures of single clients show: under the seed that most arms have.
  let examples: [StoredRun?]

  /// Reads what a query asks for.
  ///
  /// - Parameter proceed: Called again and again on the way; what it throws ends the work.
  /// - Throws: `StoreError`, `PageQueryError` and `ComparisonError`, and what `proceed` throws.
  init(_ store: RunStore, _ query: PageQuery, proceed: () throws -> Void = {}) throws {
    self.store = store
    self.query = query
    runs = try Self.runs(store, query)
    experiments = try Set(runs.map(\.experimentID)).sorted().map { try store.experiment(id: $0) }
    let runs = runs
    var names: [String] = []
    var known: Set<String> = []
    for run in runs where known.insert(run.arm).inserted { names.append(run.arm) }
    let byArm = Dictionary(grouping: runs, by: \.arm)
    arms = names.enumerated().map { index, name in
      Arm(name: name, style: index, runs: (byArm[name] ?? []).sorted { $0.seed < $1.seed })
    }
    selection = try query.evaluations ?? store.usualSelection(of: runs)
    if query.evaluations != nil { try Self.check(selection, store, runs) }
    var rounds: [Int64: [RoundRow]] = [:]
    for run in runs {
      try proceed()
      rounds[run.id] = try store.rounds(run: run.id, of: selection, withDrift: false)
    }
    let inOrder = try store.comparedRuns(runs, rounds: rounds, metric: query.metric, at: query.at, of: selection)
    let compared = Dictionary(zip(runs.map(\.id), inOrder)) { first, _ in first }
    self.rounds = rounds
    self.compared = compared
    if let at = query.at {
      let evaluated = Set(compared.values.flatMap { $0.rounds.map(\.round) }).sorted()
      if !evaluated.isEmpty, !evaluated.contains(at) {
        throw PageQueryError.notEvaluated(round: at, evaluated: evaluated)
      }
    }
    comparison = try Comparison(
      inOrder, metric: query.metric, baseline: query.baseline, at: query.at)
    examples = Self.examples(arms, rounds)
  }

  /// The runs that a query names, in the order of the names, as `covey compare` takes them; those of several experiments
  /// with the experiment in the arm's name.
  package static func runs(_ store: RunStore, _ query: PageQuery) throws -> [StoredRun] {
    let runs = try store.runs(namedOrNewest: query.runs).withDistinctArms
    let arms = Set(runs.map(\.arm))
    for name in query.arms where !arms.contains(name) {
      let all = arms.sorted()
      throw PageQueryError.unknownName(kind: "arm", name: name, nearest: nearestName(to: name, in: all), allowed: all)
    }
    let seeds = Set(runs.map(\.seed))
    for seed in query.seeds where !seeds.contains(seed) {
      throw PageQueryError.unknownName(
        kind: "seed", name: String(seed), nearest: nil, allowed: seeds.sorted().map(String.init))
    }
    return runs.filter {
      (query.arms.isEmpty || query.arms.contains($0.arm)) && (query.seeds.isEmpty || query.seeds.contains($0.seed))
    }
  }

  /// - Throws: `PageQueryError.noEvaluation` where runs have evaluations, but none of the kind asked for.
  private static func check(_ selection: EvaluationSelection, _ store: RunStore, _ runs: [StoredRun]) throws {
    var known: Set<String> = []
    for run in runs {
      for kind in try store.evaluationKinds(run: run.id) {
        if kind.isMeant(by: selection) { return }
        known.insert(kind.words(nil))
      }
    }
    if !known.isEmpty { throw PageQueryError.noEvaluation(selection.words(nil), there: known.sorted()) }
  }

  private static func examples(_ arms: [Arm], _ rounds: [Int64: [RoundRow]]) -> [StoredRun?] {
    func candidates(_ arm: Arm) -> [StoredRun] {
      let evaluated = arm.shownRuns.filter { run in rounds[run.id]?.contains(where: \.isEvaluated) ?? false }
      return evaluated.isEmpty ? arm.shownRuns.filter { !(rounds[$0.id] ?? []).isEmpty } : evaluated
    }
    let sets = arms.map { Set(candidates($0).map(\.seed)) }
    let seeds = sets.reduce(into: Set<UInt64>()) { $0.formUnion($1) }.sorted()
    let counts = seeds.map { seed in sets.count { $0.contains(seed) } }
    let most = counts.max() ?? 0
    let common = zip(seeds, counts).first { $0.1 == most }?.0
    return arms.map { arm in
      let runs = candidates(arm)
      return runs.first { $0.seed == common } ?? runs.first
    }
  }
}

extension FigureSource {
  /// The arms as a legend.
  var legend: [Figure.LegendEntry] { arms.map { Figure.LegendEntry($0.name, style: $0.style) } }

  /// Which seeds the example runs have: `seed 1 alone`.
  var exampleWords: String {
    let seeds = Set(examples.compactMap { $0?.seed })
    guard seeds.count == 1, let seed = seeds.first else { return "one seed an arm" }
    return Set(runs.map(\.seed)).count == 1 ? "seed \(seed)" : "seed \(seed) alone"
  }

  /// What to say of arms that only failed: "" where there is none.
  var failureWords: String {
    let failed = arms.filter { $0.runs.allSatisfy { $0.status == .failed } }.map(\.name)
    return failed.isEmpty
      ? "" : " All runs of \(failed.prefix(5).joined(separator: ", ")) failed; what they recorded is shown."
  }

  /// Which evaluations are looked at, and how many clients have no test examples and are in none of the values.
  var evaluatedWords: String {
    let untested = runs.compactMap { run in
      rounds[run.id]?.last { $0.isEvaluated }?.untested(selection.subject)
    }
    return selection.words(nil) + (UntestedClients.words(of: untested).map { "; \($0) left out" } ?? "")
  }

  /// The evaluations that are looked at of one run, whose norm source is named where the run has one.
  func selection(of run: StoredRun) -> EvaluationSelection {
    var selection = selection
    selection.normSource = rounds[run.id]?.last { $0.normSource != nil }?.normSource ?? selection.normSource
    return selection
  }

  /// Layers in the order of the network; those that no run lists come last, by name.
  func layerOrder(_ layers: Set<String>) throws -> [String] {
    var ordered: [String] = []
    for arm in arms {
      guard let run = arm.runs.first else { continue }
      for layer in try store.normLayers(run: run.id).map(\.layer) where layers.contains(layer) {
        if !ordered.contains(layer) { ordered.append(layer) }
      }
      if ordered.count == layers.count { break }
    }
    return ordered + layers.subtracting(ordered).sorted()
  }
}

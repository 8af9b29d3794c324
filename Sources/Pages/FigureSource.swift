internal import Figures
internal import Questions
internal import Records
internal import Reports
internal import RunStore

/// What is recorded of the runs that a page shows, read once and shared by its figures.
package struct FigureSource: Sendable {
  /// One arm with its runs.
  struct Arm: Sendable {
    /// The arm's name.
    let name: String
    /// The arm's name in a figure, which says whether it is a bound.
    let title: String
    /// The arm's place in the palette: the same in every figure.
    let style: Int
    /// Whether the arm is no federation but a bound on what one can reach.
    let isBound: Bool
    /// The arm's runs, by seed.
    let runs: [StoredRun]

    /// The arm's runs that did not fail; all of them where all failed.
    var shownRuns: [StoredRun] {
      let sound = runs.filter { $0.status != .failed }
      return sound.isEmpty ? runs : sound
    }
  }

  /// The database that the runs are recorded in.
  let store: RunStore
  /// What was asked for.
  let query: PageQuery
  /// The experiments that the runs belong to.
  let experiments: [StoredExperiment]
  /// The runs, in the order of the names that they were asked for by; of one name in that of their numbers.
  let runs: [StoredRun]
  /// The arms, in the order of their first run, those that are bounds behind the others.
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
  /// - Throws: `StoreError`, `QuestionError` and `ComparisonError`, and what `proceed` throws.
  init(_ store: RunStore, _ query: PageQuery, proceed: () throws -> Void = {}) throws {
    self.store = store
    self.query = query
    let answer = try ComparedRuns(store, query.question, proceed: proceed)
    runs = answer.runs
    selection = answer.selection
    rounds = answer.rounds
    compared = Dictionary(zip(runs.map(\.id), answer.compared)) { first, _ in first }
    comparison = try answer.comparison()
    experiments = try Set(runs.map(\.experimentID)).sorted().map { try store.experiment(id: $0) }
    let byArm = Dictionary(grouping: answer.runs, by: \.arm)
    let federations = comparison.arms.count { $0.bound == .none }
    arms = comparison.arms.enumerated().map { index, arm in
      let isBound = arm.bound != .none
      return Arm(
        name: arm.arm, title: arm.title, style: isBound ? Palette.bound(index - federations) : index, isBound: isBound,
        runs: (byArm[arm.arm] ?? []).sorted { $0.seed < $1.seed })
    }
    examples = Self.examples(arms, rounds)
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
  var legend: [Figure.LegendEntry] { arms.map { Figure.LegendEntry($0.title, style: $0.style) } }

  /// What to say of lines that are bounds: "" where there is none.
  var boundWords: String { arms.contains(where: \.isBound) ? " Dashed grey lines are bounds." : "" }

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

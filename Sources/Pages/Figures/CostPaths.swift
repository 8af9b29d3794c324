internal import Figures
internal import Reports
internal import Tables

/// What was reached at what cost: an arm's way through its evaluated rounds.
struct CostPaths {
  private struct Step {
    let round: Int
    let cost: Double
    let value: Double
  }

  /// How a figure shows a cost.
  struct Measure {
    /// What it is, on the axis.
    let name: String
    /// Its values on the axis.
    let format: ValueFormat
    /// Its column in the table behind the figure.
    let column: Table.Column
    /// Its cell there.
    let cell: @Sendable (Double) -> Cell
    /// What a run has spent by a round; nil where it does not say.
    let cost: @Sendable (ComparedRound) -> Double?
  }

  private let source: FigureSource
  private let measure: Measure
  private let ways: [[Step]]
  /// What each arm reached that is a bound, whatever it cost.
  private let levels: [PathChart.Level]

  /// Collects the evaluated rounds that all of an arm's runs have, with means over these.
  init(_ source: FigureSource, _ measure: Measure) {
    self.source = source
    self.measure = measure
    // Bounds pay nothing that can be compared: nothing travels, and no time is simulated.
    ways = source.arms.map { $0.isBound ? [] : Self.steps($0, source, measure) }
    levels = source.arms.enumerated().compactMap { index, arm in
      guard arm.isBound, let value = Self.level(arm, source) else { return nil }
      return PathChart.Level(series: index, style: arm.style, value: value)
    }
  }

  /// Whether an arm has spent something.
  var isAnythingSpent: Bool { ways.contains { $0.contains { $0.cost > 0 } } }

  /// The arms that have nothing to show.
  var missingArms: [String] { zip(source.arms, ways).filter { $1.isEmpty && !$0.isBound }.map(\.0.name) }

  /// " Means over 3 seeds.", where there are several.
  var meanWords: String {
    let seeds = source.arms.map(\.shownRuns.count).max() ?? 0
    return seeds > 1 ? " Means over \(seeds) seeds." : ""
  }

  /// The figure.
  func figure(id: String, title: String, caption: String) -> Figure {
    let metric = source.comparison.metric
    let all = ways.joined()
    let isAccuracy = metric.isFraction
    let chart = PathChart(
      x: Axis(all.map(\.cost), name: measure.name, format: measure.format, includesZero: true),
      y: Axis(
        all.map(\.value) + levels.map(\.value), name: metric.title, format: isAccuracy ? .percent : .number,
        limits: isAccuracy ? 0...1 : nil, allowsLogarithm: !isAccuracy),
      paths: ways.enumerated().map { index, steps in
        PathChart.Path(
          series: index, style: source.arms[index].style,
          points: steps.map { PathChart.Point($0.cost, $0.value, name: "round \($0.round)") })
      }, levels: levels)
    var table = Table(columns: [
      .words("arm"), Table.Column("round"), measure.column, Table.Column(metric.name),
    ])
    for (arm, steps) in zip(source.arms, ways) {
      for step in steps {
        table.append([.text(arm.name), .integer(step.round), measure.cell(step.cost), metric.cell(step.value)])
      }
    }
    for level in levels {
      table.append([
        .text(source.arms[level.series].name), .missing, .missing, metric.cell(level.value),
      ])
    }
    let levelWords =
      levels.isEmpty ? "" : " Dashed grey lines are bounds: what they reach in the last round, whatever it costs."
    return Figure(
      id: id, title: title, caption: caption + levelWords, legend: source.legend,
      panels: [Figure.Panel("", .paths(chart))],
      table: table)
  }

  /// What a bound reaches: the mean over its runs at the last evaluated round that all of them have.
  private static func level(_ arm: FigureSource.Arm, _ source: FigureSource) -> Double? {
    let seeds = arm.shownRuns.map { run -> [Int: Double] in
      let rounds = (source.compared[run.id]?.rounds ?? []).filter { source.query.rounds?.contains($0.round) ?? true }
      return Dictionary(rounds.compactMap { round in round.mean.map { (round.round, $0) } }) { first, _ in first }
        .filter { $0.value.isFinite }
    }.filter { !$0.isEmpty }
    guard let first = seeds.first else { return nil }
    let shared = seeds.dropFirst().reduce(Set(first.keys)) { $0.intersection($1.keys) }
    return shared.max().flatMap { last in Sample.mean(seeds.compactMap { $0[last] }) }
  }

  private static func steps(_ arm: FigureSource.Arm, _ source: FigureSource, _ measure: Measure) -> [Step] {
    var seeds: [[Int: Step]] = []
    for run in arm.shownRuns {
      var steps: [Int: Step] = [:]
      for round in source.compared[run.id]?.rounds ?? [] {
        guard let value = round.mean, value.isFinite else { continue }
        // A run that says nothing of its costs leaves its arm without: the others' mean is another.
        guard let cost = measure.cost(round) else { return [] }
        if source.query.rounds?.contains(round.round) ?? true {
          steps[round.round] = Step(round: round.round, cost: cost, value: value)
        }
      }
      if !steps.isEmpty { seeds.append(steps) }
    }
    let rounds = ArmCurves.thinned(Set(seeds.flatMap(\.keys)).sorted())
    return rounds.compactMap { round in
      let steps = seeds.compactMap { $0[round] }
      guard steps.count == seeds.count, let cost = Sample.mean(steps.map(\.cost)),
        let value = Sample.mean(steps.map(\.value))
      else { return nil }
      return Step(round: round, cost: cost, value: value)
    }
  }
}

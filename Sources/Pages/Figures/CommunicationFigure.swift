internal import Catalogs
internal import Figures
internal import Reports
internal import Tables

/// What the compared metric costs: bytes sent and received against what they brought.
enum CommunicationFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "communication", "bytes that the clients sent and received against what was reached with them"
  ) { _ in FigureRecipe(.cost, make) }

  private struct Step {
    let round: Int
    let bytes: Double
    let value: Double
  }

  private static func make(_ source: FigureSource) throws -> Figure {
    let metric = source.comparison.metric
    let title = "Communication against \(metric.rawValue)"
    let ways = source.arms.map { steps($0, source) }
    guard ways.contains(where: { $0.contains { $0.bytes > 0 } }) else {
      return Figure(id: "communication", title: title, absent: "No round with an evaluation has sent anything yet.")
    }
    let all = ways.joined()
    let isAccuracy = metric == .accuracy
    let chart = PathChart(
      x: Axis(all.map(\.bytes), name: "sent and received by all clients so far", format: .bytes, includesZero: true),
      y: Axis(
        all.map(\.value), name: metric.rawValue, format: isAccuracy ? .percent : .number,
        limits: isAccuracy ? 0...1 : nil, allowsLogarithm: !isAccuracy),
      paths: ways.enumerated().map { index, steps in
        PathChart.Path(
          series: index, style: source.arms[index].style,
          points: steps.map { PathChart.Point($0.bytes, $0.value, name: "round \($0.round)") })
      })
    let seeds = source.arms.map(\.shownRuns.count).max() ?? 0
    let mean = seeds > 1 ? " Means over \(seeds) seeds." : ""
    var table = Table(columns: [
      .words("arm"), Table.Column("round"), Table.Column("bytes", header: "MB"), Table.Column(metric.rawValue),
    ])
    for (arm, steps) in zip(source.arms, ways) {
      for step in steps {
        table.append([.text(arm.name), .integer(step.round), .bytes(step.bytes), metric.cell(step.value)])
      }
    }
    return Figure(
      id: "communication", title: title,
      caption:
        "\(metric.rawValue.capitalized) (\(source.evaluatedWords)) against all that the clients had sent and received by then; a dot is an evaluated round, the large one the last.\(mean)\(source.failureWords)",
      legend: source.legend, panels: [Figure.Panel("", .paths(chart))], table: table)
  }

  /// An arm's evaluated rounds that all its seeds have, with means over these.
  private static func steps(_ arm: FigureSource.Arm, _ source: FigureSource) -> [Step] {
    let isAccuracy = source.comparison.metric == .accuracy
    var seeds: [[Int: Step]] = []
    for run in arm.shownRuns {
      var steps: [Int: Step] = [:]
      var bytes = 0.0
      for row in source.rounds[run.id] ?? [] {
        bytes += Double(row.bytesUp) + Double(row.bytesDown)
        guard let value = isAccuracy ? row.meanAccuracy : row.meanLoss, value.isFinite else { continue }
        if source.query.rounds?.contains(row.round) ?? true {
          steps[row.round] = Step(round: row.round, bytes: bytes, value: value)
        }
      }
      if !steps.isEmpty { seeds.append(steps) }
    }
    let rounds = ArmCurves.thinned(Set(seeds.flatMap(\.keys)).sorted())
    return rounds.compactMap { round in
      let steps = seeds.compactMap { $0[round] }
      guard steps.count == seeds.count, let bytes = Sample.mean(steps.map(\.bytes)),
        let value = Sample.mean(steps.map(\.value))
      else { return nil }
      return Step(round: round, bytes: bytes, value: value)
    }
  }
}

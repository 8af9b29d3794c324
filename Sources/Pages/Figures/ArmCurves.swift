internal import Algorithms
internal import Figures
internal import Records
internal import Reports
internal import Tables

/// Curves over rounds, one an arm: the mean over seeds with a band, and the seeds themselves where they are few.
struct ArmCurves {
  /// Up to so many seeds are drawn one by one.
  static let shownSeeds = 5
  /// Up to so many arms have bands and thin lines.
  static let bandedArms = 8
  /// The largest number of rounds that are drawn.
  static let shownRounds = 100

  let source: FigureSource
  private let value: (RoundRow) -> Double?

  /// - Parameter value: What a round counts for; nil where it was not measured.
  init(_ source: FigureSource, value: @escaping (RoundRow) -> Double?) {
    self.source = source
    self.value = value
  }

  /// Returns the figure with all that the curves show.
  func figure(id: String, title: String, subject: String, name: String, format: ValueFormat, absence: String) -> Figure
  {
    let curves = source.arms.map(curve)
    let rounds = Self.thinned(Set(curves.flatMap { ($0.seeds + $0.failed).flatMap(\.keys) }).sorted())
    guard !rounds.isEmpty else { return Figure(id: id, title: title, absent: absence) }
    var lines: [LineChart.Line] = []
    for (series, arm) in source.arms.enumerated() {
      let curve = curves[series]
      let summaries = rounds.map { curve.summary($0) }
      lines.append(
        LineChart.Line(
          series: series, style: arm.style,
          points: zip(rounds, summaries).filter { curve.isThere($0.0) }.map {
            LineChart.Point(Double($0), $1?.mean ?? .nan)
          },
          band: curve.seeds.count < 2 || !hasBands || arm.isBound
            ? []
            : zip(rounds, summaries).compactMap { round, summary in
              summary.map { LineChart.Span(Double(round), $0.low, $0.high) }
            }))
      let shown =
        hasBands && !arm.isBound && curve.seeds.count > 1 && curve.seeds.count <= Self.shownSeeds ? curve.seeds : []
      for seed in shown + curve.failed {
        lines.append(
          LineChart.Line(
            series: series, style: arm.style,
            points: rounds.compactMap { round in seed[round].map { LineChart.Point(Double(round), $0) } }, isThin: true)
        )
      }
    }
    let values = lines.flatMap { $0.points.map(\.y) + $0.band.flatMap { [$0.low, $0.high] } }
    let limits: ClosedRange<Double>? = format == .percent ? 0...1 : nil
    let chart = LineChart(
      x: Axis(rounds.map(Double.init), name: "round", format: .count, isTight: true),
      y: Axis(values, name: name, format: format, limits: limits, allowsLogarithm: format != .percent), lines: lines)
    return Figure(
      id: id, title: title, caption: caption(subject, curves), legend: source.legend,
      panels: [Figure.Panel("", .lines(chart))], table: table(rounds, curves, format))
  }

  private var hasBands: Bool { source.arms.count { !$0.isBound } <= Self.bandedArms }

  /// One arm's values by seed.
  private struct Curve {
    /// The runs that count, each as its values by round.
    var seeds: [[Int: Double]]
    /// The curves of the runs that failed.
    var failed: [[Int: Double]]

    /// Whether some run has the round.
    func isThere(_ round: Int) -> Bool { seeds.contains { $0[round] != nil } }

    /// Mean and band over the seeds; nil where not every one of them has a number.
    func summary(_ round: Int) -> (mean: Double, low: Double, high: Double)? {
      let values = seeds.compactMap { $0[round] }.filter(\.isFinite)
      guard values.count == seeds.count, let mean = Sample.mean(values), let (least, most) = values.minAndMax() else {
        return nil
      }
      guard seeds.count > ArmCurves.shownSeeds, let deviation = Sample.standardDeviation(values) else {
        return (mean, least, most)
      }
      return (mean, mean - deviation, mean + deviation)
    }
  }

  private func curve(_ arm: FigureSource.Arm) -> Curve {
    func values(_ runs: [StoredRun]) -> [[Int: Double]] {
      runs.map { run in
        var values: [Int: Double] = [:]
        for row in source.rounds[run.id] ?? [] where source.query.rounds?.contains(row.round) ?? true {
          if let number = value(row) { values[row.round] = number }
        }
        return values
      }.filter { !$0.isEmpty }
    }
    return Curve(
      seeds: values(arm.runs.filter { $0.status != .failed }), failed: values(arm.runs.filter { $0.status == .failed }))
  }

  private func caption(_ subject: String, _ curves: [Curve]) -> String {
    let most = curves.map(\.seeds.count).max() ?? 0
    var caption = "\(subject), by round."
    if most > 1, !hasBands {
      caption += " Lines are means over \(most) seeds; with so many arms, the table alone has the bands' ends."
    } else if most > Self.shownSeeds {
      caption += " Lines are means over \(most) seeds, bands reach one standard deviation up and down."
    } else if most > 1 {
      caption +=
        " Lines are means over \(most) seeds, bands reach from the lowest to the highest, thin lines are single seeds."
    } else {
      caption += " One seed an arm."
    }
    caption += source.boundWords
    let failed = curves.reduce(0) { $0 + $1.failed.count }
    if failed > 0 {
      caption +=
        " \(failed == 1 ? "One run that failed is a thin line" : "\(failed) runs that failed are thin lines") and not in the means."
    }
    return caption
  }

  private func table(_ rounds: [Int], _ curves: [Curve], _ format: ValueFormat) -> Table {
    var columns = [Table.Column("round")]
    for (index, arm) in source.arms.enumerated() {
      columns.append(Table.Column("arm_\(index + 1)", header: arm.name))
      if curves[index].seeds.count > 1 {
        columns.append(Table.Column("arm_\(index + 1)_low", header: "low"))
        columns.append(Table.Column("arm_\(index + 1)_high", header: "high"))
      }
    }
    func cell(_ value: Double?) -> Cell { format == .percent ? .percent(value) : .number(value, digits: 4) }
    return Table(
      columns: columns,
      rows: rounds.map { round in
        var row = [Cell.integer(round)]
        for curve in curves {
          let summary = curve.summary(round)
          row.append(cell(summary?.mean))
          if curve.seeds.count > 1 { row += [cell(summary?.low), cell(summary?.high)] }
        }
        return row
      })
  }

  /// Returns at most `count` of the rounds, evenly spaced, the first and the last among them.
  static func thinned(_ rounds: [Int], to count: Int = shownRounds) -> [Int] {
    guard rounds.count > count else { return rounds }
    return (0..<count).map { rounds[($0 * (rounds.count - 1) + (count - 1) / 2) / (count - 1)] }
  }
}

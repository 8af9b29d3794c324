internal import Catalogs
internal import Figures
internal import Records
internal import Tables

/// How often predictions of a confidence are right, an arm a line. Source: the reliability diagram of Guo et al., ICML
/// 2017, figure 1.
enum CalibrationFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "calibration", "how often predictions of a confidence are right, an arm a line"
  ) { _ in FigureRecipe(.clients, make) }

  private static func make(_ source: FigureSource) throws -> Figure {
    let title = "Confidence and accuracy"
    let arms = try source.arms.map { try CountedArm($0, "calibration", keyCount: 1, source) }
    guard arms.contains(where: { !$0.rows.isEmpty }) else {
      return Figure(id: "calibration", title: title, absent: "No confidence is recorded of \(source.evaluatedWords).")
    }
    // Of a bin: how many rows it has, how many of them are right, and the sum of their confidences.
    func points(_ arm: CountedArm) -> [(confidence: Double, accuracy: Double, count: Double)] {
      arm.rows.filter { $0.count == 4 && $0[1] > 0 }.map { ($0[3] / $0[1], $0[2] / $0[1], $0[1]) }
    }
    let lines = arms.enumerated().map { series, arm in
      LineChart.Line(
        series: series, style: arm.style, points: points(arm).map { LineChart.Point($0.confidence, $0.accuracy) })
    }
    let diagonal = source.legend.count
    let ideal = LineChart.Line(
      series: diagonal, style: diagonal, points: [LineChart.Point(0, 0), LineChart.Point(1, 1)], isThin: true)
    let chart = LineChart(
      x: Axis([0, 1], name: "confidence", format: .percent, limits: 0...1),
      y: Axis([0, 1], name: "accuracy", format: .percent, limits: 0...1), lines: lines + [ideal])
    return Figure(
      id: "calibration", title: title,
      caption:
        "Of the predictions with about one confidence (bins of a fifteenth), the share that is right, at the last evaluation, summed over clients and seeds (\(source.evaluatedWords)). Below the thin diagonal a model is too sure of itself.",
      legend: source.legend + [Figure.LegendEntry("as sure as right", style: diagonal)],
      panels: [Figure.Panel("", .lines(chart))],
      table: Table(
        columns: [.words("arm"), Table.Column("confidence"), Table.Column("accuracy"), Table.Column("examples")],
        rows: arms.flatMap { arm in
          points(arm).map {
            [.text(arm.name), .percent($0.confidence), .percent($0.accuracy), .integer(Int($0.count))]
          }
        }))
  }
}

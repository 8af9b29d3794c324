internal import Catalogs
internal import Figures
internal import Reports

/// The compared metric by round, where it is neither the accuracy nor the loss, which have figures of their own.
enum MetricFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "metric", "mean over clients of what '--metric' names by round, an arm a line"
  ) { _ in
    FigureRecipe(
      .course, isUsual: { $0.comparison.metric != .accuracy && $0.comparison.metric != .loss }, make)
  }

  private static func make(_ source: FigureSource) -> Figure {
    let metric = source.comparison.metric
    return ArmCurves(source) { metric.summary(of: $0).mean }.figure(
      id: "metric", title: "\(metric.capitalizedTitle) by round",
      subject: "Mean \(metric.title), every client that has a value counting the same (\(source.evaluatedWords))",
      name: metric.title, format: metric.isFraction ? .percent : .number,
      absence: "No \(metric.title) is recorded of \(source.evaluatedWords).")
  }
}

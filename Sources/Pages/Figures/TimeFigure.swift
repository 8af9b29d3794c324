internal import Catalogs
internal import Figures
internal import Tables

/// What the compared metric takes: simulated time against what was reached in it.
enum TimeFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "time", "simulated time against what was reached in it, of runs with devices"
  ) { _ in FigureRecipe(.cost, make) }

  private static let measure = CostPaths.Measure(
    name: "simulated seconds so far", format: .number, column: Table.Column("simulated_seconds", header: "seconds"),
    cell: { .number($0, digits: 1) }, cost: { $0.simulatedSeconds.flatMap { $0.isFinite ? $0 : nil } })

  private static func make(_ source: FigureSource) throws -> Figure {
    let metric = source.comparison.metric
    let title = "Simulated time against \(metric.title)"
    let paths = CostPaths(source, measure)
    guard paths.isAnythingSpent else {
      return Figure(id: "time", title: title, absent: "No evaluated run has a clock, which 'devices' gives.")
    }
    let missing = paths.missingArms
    let without = missing.isEmpty ? "" : " No clock or evaluation: \(missing.joined(separator: ", "))."
    return paths.figure(
      id: "time", title: title,
      caption:
        "\(metric.capitalizedTitle) (\(source.evaluatedWords)) against the simulated time by then; a dot is an evaluated round or version, the large one the last.\(paths.meanWords)\(without)\(source.failureWords)"
    )
  }
}

internal import Catalogs
internal import Figures
internal import Tables

/// What the compared metric costs: bytes sent and received against what they brought.
enum CommunicationFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "communication", "bytes that the clients sent and received against what was reached with them"
  ) { _ in FigureRecipe(.cost, make) }

  private static let measure = CostPaths.Measure(
    name: "sent and received by all clients so far", format: .bytes, column: Table.Column("bytes", header: "MB"),
    cell: { .bytes($0) }, cost: { Double($0.bytesUp) + Double($0.bytesDown) })

  private static func make(_ source: FigureSource) throws -> Figure {
    let metric = source.comparison.metric
    let title = "Communication against \(metric.title)"
    let paths = CostPaths(source, measure)
    guard paths.isAnythingSpent else {
      return Figure(id: "communication", title: title, absent: "No round with an evaluation has sent anything yet.")
    }
    return paths.figure(
      id: "communication", title: title,
      caption:
        "\(metric.capitalizedTitle) (\(source.evaluatedWords)) against all that the clients had sent and received by then; a dot is an evaluated round, the large one the last.\(paths.meanWords)\(source.failureWords)"
    )
  }
}

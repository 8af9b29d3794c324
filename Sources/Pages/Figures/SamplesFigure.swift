internal import Catalogs
internal import Figures
internal import Records
internal import Tables

/// How many examples each client holds.
enum SamplesFigure {
  static let entry = CatalogEntry<FigureRecipe>("samples", "training and test examples of each client") { _ in
    FigureRecipe(.data, make)
  }

  private static func make(_ source: FigureSource) throws -> Figure {
    let title = "Examples of each client"
    let population = try PopulationSource(source)
    guard !population.groups.isEmpty else {
      return Figure(id: "samples", title: title, absent: population.absence)
    }
    let groups = population.groups
    let chart = BarChart(
      categories: groups.map(\.name), categoryName: population.columnName,
      series: [
        BarChart.Series(series: 0, style: 0, values: groups.map(\.trainSamples)),
        BarChart.Series(series: 1, style: 1, values: groups.map(\.testSamples)),
      ], isStacked: true, name: "examples", format: .count)
    return Figure(
      id: "samples", title: title, caption: "Training and test examples of each client. \(population.words)",
      legend: [.init("training", style: 0), .init("test", style: 1)], panels: [Figure.Panel("", .bars(chart))],
      table: Table(
        columns: [
          Table.Column("client"), .words("domain"), Table.Column("train_samples", header: "training"),
          Table.Column("test_samples", header: "test"),
        ],
        rows: population.clients.map {
          [.integer($0.client), .text($0.domain), .integer($0.trainSamples), .integer($0.testSamples)]
        }))
  }
}

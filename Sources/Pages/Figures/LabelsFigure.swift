internal import Catalogs
internal import Figures
internal import Records
internal import Tables

/// Which labels each client's training examples have.
enum LabelsFigure {
  static let entry = CatalogEntry<FigureRecipe>("labels", "training examples of each client by label") { _ in
    FigureRecipe(.data, make)
  }

  private static func make(_ source: FigureSource) throws -> Figure {
    let title = "Training examples by client and label"
    let population = try PopulationSource(source)
    let count = population.groups.map(\.labels.count).max() ?? 0
    guard count > 0 else { return Figure(id: "labels", title: title, absent: population.absence) }
    let groups = population.groups
    let scale = HeatScale(groups.flatMap(\.labels), name: "training examples", format: .count)
    let names = population.classNames
    let grid = (0..<count).map { label in
      groups.map { group in group.labels.indices.contains(label) ? group.labels[label] : nil }
    }
    let map = HeatMap(
      rows: (0..<count).map { names.indices.contains($0) ? names[$0] : "label \($0)" }, columns: groups.map(\.name),
      columnName: population.columnName,
      values: grid, scale: scale)
    return Figure(
      id: "labels", title: title,
      caption: "How many training examples with each label a client holds. \(population.words)",
      panels: [Figure.Panel("", .heat(map))],
      table: Table(
        columns: [Table.Column("client"), .words("domain")]
          + (0..<count).map { Table.Column("label_\($0)", header: "\($0)") },
        rows: population.clients.map { client in
          [.integer(client.client), .text(client.domain)]
            + (0..<count).map { .integer(client.labelHistogram.indices.contains($0) ? client.labelHistogram[$0] : nil) }
        }))
  }
}

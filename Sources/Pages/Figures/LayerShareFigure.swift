internal import Catalogs
internal import Figures

/// The share of the variance between clients by round: a panel a layer, an arm a line.
enum LayerShareFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "layer-share", "share of the variance between the clients by round, a panel a layer"
  ) { _ in FigureRecipe(.drift, make) }

  /// More panels than a reader follows are left out.
  private static let shownLayers = 24

  private static func make(_ source: FigureSource) throws -> Figure {
    let title = "Variance between the clients, layer by layer"
    let drift = try LayerDriftSource(source)
    if let absence = drift.absence(of: .share) { return Figure(id: "layer-share", title: title, absent: absence) }
    let values = drift.means.joined().compactMap(\.betweenShare)
    let x = Axis(drift.rounds.map(Double.init), name: "round", format: .count, isTight: true)
    let y = Axis(
      values, name: "variance between clients", format: .percent, includesZero: true, limits: 0...1)
    let shown = drift.layers.prefix(shownLayers)
    let panels = shown.map { layer in
      let lines = zip(drift.arms, drift.means).map { arm, rows in
        LineChart.Line(
          series: source.arms.firstIndex { $0.name == arm.name } ?? 0, style: arm.style,
          points: rows.filter { $0.layer == layer }.map { LineChart.Point(Double($0.round), $0.betweenShare ?? .nan) })
      }
      return Figure.Panel(layer, .lines(LineChart(x: x, y: y, lines: lines)))
    }
    let left = drift.layers.count > shown.count ? " The first \(shown.count) of \(drift.layers.count) layers." : ""
    return Figure(
      id: "layer-share", title: title,
      caption:
        "The share of a layer's variance that is differences between the clients' means, by round; a panel a layer, in the order of the network. \(drift.words)\(left)",
      legend: source.legend, panels: panels, arrangement: .grid(minimumWidth: 150), table: drift.table(.share))
  }
}

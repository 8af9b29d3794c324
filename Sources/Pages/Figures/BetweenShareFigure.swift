internal import Catalogs
internal import Figures

/// The share of the variance between clients, by layer and round: heat maps.
enum BetweenShareFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "between-share", "share of each layer's variance that lies between the clients, layer by round"
  ) { _ in
    FigureRecipe(.drift) { source in
      try LayerDriftSource(source).figure(
        id: "between-share", title: "Variance between the clients, by layer and round",
        caption:
          "How much of a layer's variance is differences between the clients' means: what plain averaging loses.",
        measure: .share)
    }
  }
}

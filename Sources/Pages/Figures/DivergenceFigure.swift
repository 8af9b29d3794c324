internal import Catalogs
internal import Figures

/// The clients' mean divergence from the cohort, by layer and round: heat maps.
enum DivergenceFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "divergence", "mean KL divergence of the clients' statistics from the cohort's, layer by round"
  ) { _ in
    FigureRecipe(.drift) { source in
      try LayerDriftSource(source).figure(
        id: "divergence", title: "Divergence of the clients' statistics, by layer and round",
        caption:
          "Kullback–Leibler divergence of a client's running statistics from the cohort's, mean over the clients.",
        measure: .divergence)
    }
  }
}

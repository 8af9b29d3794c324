internal import Catalogs
internal import Figures

/// Loss by round.
enum LossFigure {
  static let entry = CatalogEntry<FigureRecipe>("loss", "mean test loss over clients by round, an arm a line") { _ in
    FigureRecipe(.course) { source in
      ArmCurves(source, value: \.meanLoss).figure(
        id: "loss", title: "Loss by round",
        subject: "Mean loss, every client counting the same (\(source.evaluatedWords))", name: "loss",
        format: .number, absence: "No loss is recorded of \(source.evaluatedWords).")
    }
  }
}

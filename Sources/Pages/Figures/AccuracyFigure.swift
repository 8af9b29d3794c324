internal import Catalogs
internal import Figures

/// Accuracy by round.
enum AccuracyFigure {
  static let entry = CatalogEntry<FigureRecipe>("accuracy", "mean accuracy over clients by round, an arm a line") { _ in
    FigureRecipe(.course) { source in
      ArmCurves(source, value: \.meanAccuracy).figure(
        id: "accuracy", title: "Accuracy by round",
        subject: "Mean accuracy, every client counting the same (\(source.evaluatedWords))", name: "accuracy",
        format: .percent, absence: "No accuracy is recorded of \(source.evaluatedWords).")
    }
  }
}

internal import Catalogs
internal import Figures

/// The accuracy of those who are served worst, by round.
enum WorstFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "worst", "accuracy of the worst tenth of the clients by round, an arm a line"
  ) { _ in
    FigureRecipe(.course) { source in
      ArmCurves(source, value: \.bottomDecileAccuracy).figure(
        id: "worst", title: "Accuracy of the worst tenth of the clients",
        subject:
          "Mean accuracy of the worst tenth of the clients: of fewer than eleven, of the worst one; in each round of those that are worst then (\(source.evaluatedWords))",
        name: "accuracy", format: .percent, absence: "No accuracy is recorded of \(source.evaluatedWords).")
    }
  }
}

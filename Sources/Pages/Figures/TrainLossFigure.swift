internal import Catalogs
internal import Figures

/// Training loss by round.
enum TrainLossFigure {
  static let entry = CatalogEntry<FigureRecipe>("train-loss", "mean loss of local training by round, an arm a line") {
    _ in
    FigureRecipe(.course) { source in
      ArmCurves(source, value: \.trainLoss).figure(
        id: "train-loss", title: "Training loss by round",
        subject: "Mean loss over the steps of local training, clients counting by their weights in the aggregation",
        name: "training loss", format: .number, absence: "No round has trained yet.")
    }
  }
}

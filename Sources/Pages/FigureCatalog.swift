package import Catalogs
package import Figures

/// How a figure is made of what is recorded.
package struct FigureRecipe: Sendable {
  /// Where in a page it stands.
  let section: PageSection
  /// Whether a page has it without being asked for it.
  let isUsual: @Sendable (FigureSource) -> Bool
  /// Makes the figure; where there is nothing to draw, one that says why.
  package let make: @Sendable (FigureSource) throws -> Figure

  /// Makes a recipe.
  init(
    _ section: PageSection, isUsual: @escaping @Sendable (FigureSource) -> Bool = { _ in true },
    _ make: @escaping @Sendable (FigureSource) throws -> Figure
  ) {
    self.section = section
    self.isUsual = isUsual
    self.make = make
  }
}

/// The sections of a page that hold figures, in order.
enum PageSection: String, CaseIterable {
  case comparison
  case course
  case clients
  case drift
  case cost
  case data

  /// The section's heading.
  var title: String {
    switch self {
    case .comparison: "Comparison"
    case .course: "Over the rounds"
    case .clients: "Single clients"
    case .drift: "Normalization"
    case .cost: "Communication and time"
    case .data: "Data"
    }
  }
}

/// Every figure, in the order in which a section has them.
package let figureCatalog = Catalog<FigureRecipe>(
  kind: "figure",
  [
    DifferencesFigure.entry,
    MetricFigure.entry,
    AccuracyFigure.entry,
    WorstFigure.entry,
    LossFigure.entry,
    TrainLossFigure.entry,
    ClientsFigure.entry,
    ConfusionFigure.entry,
    CalibrationFigure.entry,
    BetweenShareFigure.entry,
    LayerShareFigure.entry,
    DivergenceFigure.entry,
    ClientDriftFigure.entry,
    CommunicationFigure.entry,
    TimeFigure.entry,
    SamplesFigure.entry,
    LabelsFigure.entry,
  ])

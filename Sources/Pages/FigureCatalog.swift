package import Catalogs
package import Figures

/// How a figure is made of what is recorded.
package struct FigureRecipe: Sendable {
  /// Makes the figure; where there is nothing to draw, one that says why.
  package let make: @Sendable (FigureSource) throws -> Figure

  /// Makes a recipe.
  package init(_ make: @escaping @Sendable (FigureSource) throws -> Figure) { self.make = make }
}

/// Every figure, in the order of the report.
package let figureCatalog = Catalog<FigureRecipe>(
  kind: "figure",
  [
    AccuracyFigure.entry,
    LossFigure.entry,
  ])

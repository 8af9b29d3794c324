internal import Catalogs

extension Measure {
  /// The mean of the precisions of the classes, or labels, that were predicted.
  static let macroPrecisionEntry = CatalogEntry<Measure>(
    "macro_precision", "mean precision of the classes that were predicted", source: "sklearn.metrics.precision_score"
  ) { _ in
    Measure("macro_precision", unit: .fraction, higherIsBetter: true) { outputs, measured in
      guard outputs.classCount > 0 else { return }
      measured.add("macro_precision", outputs.classCounts.map(\.precision).meanOfKnown)
    }
  }
}

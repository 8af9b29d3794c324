internal import Catalogs

extension Measure {
  /// Precision of the summed counts of labels; of one class a row it would be the accuracy, and is left out.
  static let microPrecisionEntry = CatalogEntry<Measure>(
    "micro_precision", "of several labels: share of the predicted ones that are right",
    source: "sklearn.metrics.precision_score"
  ) { _ in
    Measure("micro_precision", unit: .fraction, higherIsBetter: true) { outputs, measured in
      guard outputs.labels != nil else { return }
      measured.add("micro_precision", ClassCounts.sum(outputs.classCounts).precision)
    }
  }
}

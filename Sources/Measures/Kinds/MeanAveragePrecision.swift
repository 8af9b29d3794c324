internal import Catalogs

extension Measure {
  /// The mean over labels of the average precision. Source: scikit-learn `average_precision_score`.
  static let meanAveragePrecisionEntry = CatalogEntry<Measure>(
    "mean_average_precision", "of several labels: mean over labels of the average precision",
    source: "sklearn.metrics.average_precision_score"
  ) { _ in
    Measure("mean_average_precision", unit: .number(digits: 4), higherIsBetter: true) { outputs, measured in
      guard outputs.labels != nil else { return }
      measured.add("mean_average_precision", outputs.rankings.map(\.averagePrecision).meanOfKnown)
    }
  }
}

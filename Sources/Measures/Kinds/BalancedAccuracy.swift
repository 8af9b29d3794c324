internal import Catalogs

extension Measure {
  /// The mean of the recalls of the classes that a row has. Source: scikit-learn `balanced_accuracy_score`.
  static let balancedAccuracyEntry = CatalogEntry<Measure>(
    "balanced_accuracy", "mean recall of the classes that are there, each counting the same",
    source: "sklearn.metrics.balanced_accuracy_score"
  ) { _ in
    Measure("balanced_accuracy", unit: .fraction, higherIsBetter: true) { outputs, measured in
      guard outputs.classes != nil else { return }
      measured.add("balanced_accuracy", outputs.classCounts.map(\.recall).meanOfKnown)
    }
  }
}

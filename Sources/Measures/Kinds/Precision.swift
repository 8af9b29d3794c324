internal import Catalogs

extension Measure {
  /// TP/(TP + FP) of each class, or label, that was predicted.
  static let precisionEntry = CatalogEntry<Measure>(
    "precision", "of each class: the share of its predictions that are right; recorded as precision[CLASS]",
    source: "sklearn.metrics.precision_score"
  ) { _ in
    Measure("precision", unit: .fraction, higherIsBetter: true, isOfClasses: true) { outputs, measured in
      measured.add("precision", byClass: outputs.classCounts.map(\.precision), of: outputs)
    }
  }
}

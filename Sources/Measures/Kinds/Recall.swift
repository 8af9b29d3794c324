internal import Catalogs

extension Measure {
  /// TP/(TP + FN) of each class, or label, that is there.
  static let recallEntry = CatalogEntry<Measure>(
    "recall", "of each class: the share of its examples that are found; recorded as recall[CLASS]",
    source: "sklearn.metrics.recall_score"
  ) { _ in
    Measure("recall", unit: .fraction, higherIsBetter: true, isOfClasses: true) { outputs, measured in
      measured.add("recall", byClass: outputs.classCounts.map(\.recall), of: outputs)
    }
  }
}

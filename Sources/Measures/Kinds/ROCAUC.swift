internal import Catalogs

extension Measure {
  /// The area under the ROC curve: of two classes that of z₁ − z₀; of more, or of labels, the mean over those that have
  /// one, each against the rest. Source: scikit-learn `roc_auc_score`, `multi_class="ovr"`; where a side is empty, it gives an error or NaN.
  static let rocAUCEntry = CatalogEntry<Measure>(
    "roc_auc", "area under the ROC curve; of more than two classes the mean of each against the rest",
    source: "sklearn.metrics.roc_auc_score"
  ) { _ in
    Measure("roc_auc", title: "ROC AUC", unit: .number(digits: 4), higherIsBetter: true) { outputs, measured in
      guard outputs.classCount > 0 else { return }
      let areas = outputs.rankings.map(\.areaUnderROC)
      measured.add("roc_auc", areas.meanOfKnown)
      if areas.count > 1 { measured.add("roc_auc", byClass: areas, of: outputs) }
    }
  }
}

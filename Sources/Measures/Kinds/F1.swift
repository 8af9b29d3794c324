internal import Catalogs

extension Measure {
  /// 2TP/(2TP + FP + FN) of each class, or label, that is there or was predicted.
  static let f1Entry = CatalogEntry<Measure>(
    "f1", "of each class: the harmonic mean of precision and recall; recorded as f1[CLASS]",
    source: "sklearn.metrics.f1_score"
  ) { _ in
    Measure("f1", title: "F1", unit: .fraction, higherIsBetter: true, isOfClasses: true) { outputs, measured in
      measured.add("f1", byClass: outputs.classCounts.map(\.f1), of: outputs)
    }
  }
}

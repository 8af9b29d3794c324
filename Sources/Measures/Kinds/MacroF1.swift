internal import Catalogs

extension Measure {
  /// The mean of the F1 scores of the classes, or labels, that are there or were predicted.
  static let macroF1Entry = CatalogEntry<Measure>(
    "macro_f1", "mean F1 of the classes that are there or were predicted", source: "sklearn.metrics.f1_score"
  ) { _ in
    Measure("macro_f1", title: "macro F1", unit: .fraction, higherIsBetter: true) { outputs, measured in
      guard outputs.classCount > 0 else { return }
      measured.add("macro_f1", outputs.classCounts.map(\.f1).meanOfKnown)
    }
  }
}

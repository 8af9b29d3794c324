internal import Catalogs

extension Measure {
  /// The mean of the recalls of the classes, or labels, that are there; of classes the balanced accuracy.
  static let macroRecallEntry = CatalogEntry<Measure>(
    "macro_recall", "mean recall of the classes that are there; of classes the same as balanced_accuracy",
    source: "sklearn.metrics.recall_score"
  ) { _ in
    Measure("macro_recall", unit: .fraction, higherIsBetter: true) { outputs, measured in
      guard outputs.classCount > 0 else { return }
      measured.add("macro_recall", outputs.classCounts.map(\.recall).meanOfKnown)
    }
  }
}

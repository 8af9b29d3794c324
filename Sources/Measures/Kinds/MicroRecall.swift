internal import Catalogs

extension Measure {
  /// Recall of the summed counts of labels; of one class a row it would be the accuracy, and is left out.
  static let microRecallEntry = CatalogEntry<Measure>(
    "micro_recall", "of several labels: share of those that are there that were predicted",
    source: "sklearn.metrics.recall_score"
  ) { _ in
    Measure("micro_recall", unit: .fraction, higherIsBetter: true) { outputs, measured in
      guard outputs.labels != nil else { return }
      measured.add("micro_recall", ClassCounts.sum(outputs.classCounts).recall)
    }
  }
}

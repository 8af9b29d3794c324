internal import Catalogs

extension Measure {
  /// F1 of the summed counts; of one class a row the accuracy.
  static let microF1Entry = CatalogEntry<Measure>(
    "micro_f1", "F1 of the counts of all classes together", source: "sklearn.metrics.f1_score"
  ) { _ in
    Measure("micro_f1", title: "micro F1", unit: .fraction, higherIsBetter: true) { outputs, measured in
      guard outputs.classCount > 0 else { return }
      measured.add("micro_f1", ClassCounts.sum(outputs.classCounts).f1)
    }
  }
}

internal import Catalogs

extension Measure {
  /// The share of single labels that are predicted rightly.
  static let labelAccuracyEntry = CatalogEntry<Measure>(
    "label_accuracy", "of several labels: share of single labels that are right",
    source: "1 − sklearn.metrics.hamming_loss"
  ) { _ in
    Measure("label_accuracy", unit: .fraction, higherIsBetter: true) { outputs, measured in
      guard let labels = outputs.labels else { return }
      let right = labels.indices.count { (outputs.outputs[$0] > 0) == (labels[$0] > 0.5) }
      measured.add("label_accuracy", labels.isEmpty ? nil : Double(right) / Double(labels.count))
    }
  }
}

internal import Catalogs

extension Measure {
  /// The share of rows whose labels are all predicted rightly.
  static let exactMatchEntry = CatalogEntry<Measure>(
    "exact_match", "of several labels: share of examples with every label right",
    source: "sklearn.metrics.accuracy_score"
  ) { _ in
    Measure("exact_match", unit: .fraction, higherIsBetter: true) { outputs, measured in
      guard let labels = outputs.labels else { return }
      let width = outputs.width
      let right = (0..<outputs.count).count { row in
        (row * width..<(row + 1) * width).allSatisfy { (outputs.outputs[$0] > 0) == (labels[$0] > 0.5) }
      }
      measured.add("exact_match", outputs.count > 0 ? Double(right) / Double(outputs.count) : nil)
    }
  }
}

internal import Catalogs

extension Measure {
  /// How many rows of each class were predicted as each: triples of the true class, the predicted one and the count, of
  /// counts above 0, ascending.
  static let confusionEntry = CatalogEntry<Measure>(
    "confusion", "counts of examples by true and predicted class", source: "sklearn.metrics.confusion_matrix"
  ) { _ in
    Measure("confusion", unit: .number(digits: 0), higherIsBetter: true, isNumber: false) { outputs, measured in
      guard let classes = outputs.classes else { return }
      var counts: [Int: Int] = [:]
      for (row, actual) in classes.enumerated() {
        counts[Int(actual) * outputs.classCount + outputs.predicted[row], default: 0] += 1
      }
      measured.add(
        "confusion",
        counts: counts.sorted { $0.key < $1.key }.map { place, count in
          [Double(place / outputs.classCount), Double(place % outputs.classCount), Double(count)]
        })
    }
  }
}

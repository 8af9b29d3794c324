internal import Catalogs

extension Measure {
  /// The mean of |e| over all numbers of all rows.
  static let maeEntry = CatalogEntry<Measure>(
    "mae", "mean absolute error", source: "sklearn.metrics.mean_absolute_error"
  ) { _ in
    Measure("mae", title: "MAE", unit: .number(digits: 4), higherIsBetter: false) { outputs, measured in
      guard let values = outputs.values else { return }
      let sum = values.indices.reduce(0.0) { $0 + abs(Double(outputs.outputs[$1]) - Double(values[$1])) }
      measured.add("mae", values.isEmpty ? nil : sum / Double(values.count))
    }
  }
}

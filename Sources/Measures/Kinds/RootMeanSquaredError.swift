internal import Catalogs

extension Measure {
  /// √(mean of e²) over all numbers of all rows.
  static let rmseEntry = CatalogEntry<Measure>(
    "rmse", "root of the mean squared error", source: "sklearn.metrics.root_mean_squared_error"
  ) { _ in
    Measure("rmse", title: "RMSE", unit: .number(digits: 4), higherIsBetter: false) { outputs, measured in
      guard let values = outputs.values else { return }
      let sum = values.indices.reduce(0.0) { sum, place in
        let error = Double(outputs.outputs[place]) - Double(values[place])
        return sum + error * error
      }
      measured.add("rmse", values.isEmpty ? nil : (sum / Double(values.count)).squareRoot())
    }
  }
}

internal import Catalogs

extension Measure {
  /// The mean of −ln p of the right class, not clipped. Source: scikit-learn `log_loss`, which clips.
  static let logLossEntry = CatalogEntry<Measure>(
    "log_loss", "mean −ln of the probability of the right class, in nats, not clipped",
    source: "sklearn.metrics.log_loss"
  ) { _ in
    Measure("log_loss", unit: .number(digits: 4), higherIsBetter: false) { outputs, measured in
      if let mean = outputs.meanSurprisal { measured.add("log_loss", mean) }
    }
  }
}

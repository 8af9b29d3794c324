internal import Catalogs

extension Measure {
  /// Σ_b n_b/N·|acc_b − conf_b| over the bins of `Calibration`.
  static let eceEntry = CatalogEntry<Measure>(
    "ece", "expected calibration error: how far confidence is from accuracy, over 15 bins",
    source: "Guo et al., ICML 2017"
  ) { _ in
    Measure(
      "ece", title: "expected calibration error", unit: .number(digits: 4), higherIsBetter: false
    ) { outputs, measured in
      guard outputs.classes != nil else { return }
      let sum = Calibration.bins(of: outputs).reduce(0) { $0 + abs($1[2] - $1[3]) }
      measured.add("ece", outputs.count > 0 ? sum / Double(outputs.count) : nil)
    }
  }
}

internal import Catalogs

extension Measure {
  /// The bins of `Calibration`, of which the expected calibration error and a reliability diagram are made.
  static let calibrationEntry = CatalogEntry<Measure>(
    "calibration", "counts of examples by confidence, with how many are right", source: "Guo et al., ICML 2017"
  ) { _ in
    Measure("calibration", unit: .number(digits: 0), higherIsBetter: true, isNumber: false) { outputs, measured in
      guard outputs.classes != nil else { return }
      measured.add("calibration", counts: Calibration.bins(of: outputs))
    }
  }
}

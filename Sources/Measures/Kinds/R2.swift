internal import Catalogs

extension Measure {
  /// 1 − SS_res/SS_tot of each output, and their mean over the outputs that have one: not those whose targets are all the
  /// same. Source: scikit-learn `r2_score`, which gives 0 or 1 there.
  static let r2Entry = CatalogEntry<Measure>(
    "r2", "R²: the share of the targets' variance that is explained", source: "sklearn.metrics.r2_score"
  ) { _ in
    Measure("r2", title: "R²", unit: .number(digits: 4), higherIsBetter: true) { outputs, measured in
      guard let values = outputs.values else { return }
      let (width, count) = (outputs.width, outputs.count)
      let byOutput = (0..<width).map { output -> Double? in
        let targets = (0..<count).map { Double(values[$0 * width + output]) }
        guard count > 1, let first = targets.first, targets.contains(where: { $0 != first }) else { return nil }
        // Around the first value, so that a large offset costs no digits.
        let mean = first + targets.reduce(0) { $0 + ($1 - first) } / Double(count)
        let total = targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let rest = targets.enumerated().reduce(0.0) { sum, next in
          let error = Double(outputs.outputs[next.offset * width + output]) - next.element
          return sum + error * error
        }
        return total > 0 ? 1 - rest / total : nil
      }
      measured.add("r2", byOutput.meanOfKnown)
      if width > 1 { measured.add("r2", byClass: byOutput, of: outputs) }
    }
  }
}

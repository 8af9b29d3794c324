internal import Catalogs

extension Measure {
  /// k of the recorded `top_5_accuracy`.
  private static let k = 5

  /// The share of rows whose class is among the k of largest output: fewer than k outputs are greater than its own, equal
  /// ones of lower classes counted with them. Missing where there are no more than k classes. Source: scikit-learn `top_k_accuracy_score`, which
  /// takes ties by the last class.
  static let topKAccuracyEntry = CatalogEntry<Measure>(
    "top_k_accuracy", "share of examples whose class has one of the k = 5 largest outputs; recorded as top_5_accuracy",
    source: "sklearn.metrics.top_k_accuracy_score"
  ) { _ in
    Measure(
      "top_k_accuracy", title: "top-\(k) accuracy", unit: .fraction, higherIsBetter: true,
      recordedName: "top_\(k)_accuracy"
    ) { outputs, measured in
      guard outputs.classes != nil else { return }
      measured.add("top_\(k)_accuracy", topK(k, of: outputs))
    }
  }

  /// The share of rows whose class is among the `k` of largest output; nil where there are no more classes, or no rows.
  package static func topK(_ k: Int, of outputs: EvaluatedOutputs) -> Double? {
    guard let classes = outputs.classes, outputs.width > k, outputs.count > 0 else { return nil }
    let width = outputs.width
    let hits = classes.enumerated().count { row, actual in
      let own = outputs.outputs[row * width + Int(actual)]
      let rank = (0..<width).count { place in
        let other = outputs.outputs[row * width + place]
        return other > own || other == own && place < Int(actual)
      }
      return rank < k
    }
    return Double(hits) / Double(outputs.count)
  }
}

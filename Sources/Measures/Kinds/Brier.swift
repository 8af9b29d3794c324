internal import Catalogs
internal import Foundation

extension Measure {
  /// Of classes the mean over rows of Σ_c(p_c − [y = c])², between 0 and 2; of labels the mean over rows and labels of
  /// (σ(z) − y)². Source: Brier 1950; scikit-learn `brier_score_loss` with `scale_by_half=False`.
  static let brierEntry = CatalogEntry<Measure>(
    "brier", "mean squared error of the probabilities, summed over classes: 0 to 2",
    source: "Brier 1950; sklearn.metrics.brier_score_loss"
  ) { _ in
    Measure("brier", title: "Brier score", unit: .number(digits: 4), higherIsBetter: false) { outputs, measured in
      switch outputs.targets {
      case .classes(let classes):
        let probabilities = outputs.probabilities
        let sum = probabilities.enumerated().reduce(0.0) { sum, next in
          let isOwn = Int(classes[next.offset / outputs.classCount]) == next.offset % outputs.classCount
          let error = next.element - (isOwn ? 1 : 0)
          return sum + error * error
        }
        measured.add("brier", outputs.count > 0 ? sum / Double(outputs.count) : nil)
      case .labels(let labels):
        let sum = labels.indices.reduce(0.0) { sum, place in
          let z = Double(outputs.outputs[place])
          let error = 1 / (1 + exp(-z)) - Double(labels[place])
          return sum + error * error
        }
        measured.add("brier", labels.isEmpty ? nil : sum / Double(labels.count))
      case .values, .tokens: break
      }
    }
  }
}

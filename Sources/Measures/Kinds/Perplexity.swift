internal import Catalogs
internal import Foundation

extension Measure {
  /// e to the mean of −ln p over the tokens that count.
  static let perplexityEntry = CatalogEntry<Measure>(
    "perplexity", "of classes of steps: e to the mean −ln of the probability of the right one"
  ) { _ in
    Measure("perplexity", unit: .number(digits: 3), higherIsBetter: false) { outputs, measured in
      guard case .tokens = outputs.targets, let mean = outputs.meanSurprisal else { return }
      measured.add("perplexity", mean.map { exp($0) })
    }
  }
}

internal import Catalogs

/// Σp_kΔ_k, and the statistics Σp_k averaged or pooled: the updates are added up as they arrive, in whole numbers, so
/// that memory does not grow with the cohort and the sum is the same in any order.
///
/// Source: McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data", AISTATS 2017.
public struct Mean: Aggregator {
  /// Makes the aggregator.
  public init() {}

  public var keepsUpdates: Bool { false }

  public func rule(for updates: [[Float]], weights: [Double]) -> AggregationRule {
    .mixture(updates: weights, statistics: weights)
  }

  static let entry = CatalogEntry<any Aggregator>(
    "mean", "the weighted mean of the updates", source: "McMahan et al., AISTATS 2017"
  ) { _ in Mean() }
}

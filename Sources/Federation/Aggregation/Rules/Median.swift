internal import Catalogs

/// The middle value of each coordinate, the mean of the middle two where the number of clients is even; weights play no
/// part. Shared statistics by the same rule; under `pooled` the means first, then that of σ²_k + (μ_k − μ)².
///
/// Source: Yin, Chen, Ramchandran & Bartlett, "Byzantine-Robust Distributed Learning: Towards Optimal Statistical
/// Rates", ICML 2018.
public struct Median: Aggregator {
  /// Makes the aggregator.
  public init() {}

  public func rule(for updates: [[Float]], weights: [Double]) -> AggregationRule {
    .coordinates { column in
      column.sort()
      let middle = column.count / 2
      return column.count % 2 == 1 ? column[middle] : (column[middle - 1] + column[middle]) / 2
    }
  }

  static let entry = CatalogEntry<any Aggregator>(
    "median", "the middle value of each coordinate", source: "Yin et al., ICML 2018"
  ) { _ in Median() }
}

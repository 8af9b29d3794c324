internal import Catalogs

/// How the server makes one update, and the shared running statistics, of those of the clients that reported.
///
/// It sees Δ_k over the shared values; distances and norms never see statistics. What becomes of the statistics follows
/// from the same rule, by the last column of its row in Docs/Algorithms.md.
public protocol Aggregator: RunComponent {
  /// Whether the updates of a cohort are kept until all have arrived. One that does not takes their mean as they come,
  /// and `rule` is not asked.
  var keepsUpdates: Bool { get }

  /// What is made of the updates of those that reported.
  ///
  /// - Parameters:
  ///   - updates: Δ_k of each, in the clients' order; at least one.
  ///   - weights: p_k of each; they sum to 1.
  /// - Throws: `AggregationProblem` where they are too few.
  func rule(for updates: [[Float]], weights: [Double]) throws(AggregationProblem) -> AggregationRule
}

/// What an aggregator makes of n updates.
public enum AggregationRule: Sendable {
  /// Σb_kΔ_k, and the statistics Σc_k of the clients', averaged or pooled; the statistics' weights sum to 1.
  case mixture(updates: [Double], statistics: [Double])
  /// The same function of the clients' values at each place, of statistics as well: n values in the clients' order.
  case coordinates(@Sendable (_ column: inout [Double]) -> Double)
}

/// Why updates can't be aggregated.
public struct AggregationProblem: Error, Equatable, CustomStringConvertible {
  /// What is missing, in words.
  public let description: String

  /// Makes a problem.
  public init(_ description: String) { self.description = description }
}

extension Aggregator {
  public var keepsUpdates: Bool { true }

  public func problems(with run: RunConfiguration) -> [String] {
    guard keepsUpdates else { return [] }
    if !run.strategy.component.meanVectors.isEmpty {
      return [
        "strategy '\(run.strategy.name)' needs means of vectors of its own (allowed: aggregator mean, or a strategy without)"
      ]
    }
    return []
  }
}

internal import Catalogs
internal import Tensors

/// The one update that lies nearest to others: that of the least score, the sum of its n − f − 2 least squared distances
/// to other updates. Ties go to the first client. Shared statistics are those of the chosen client.
///
/// Source: Blanchard, El Mhamdi, Guerraoui & Stainer, "Machine Learning with Adversaries: Byzantine Tolerant Gradient
/// Descent", NeurIPS 2017.
public struct Krum: Aggregator {
  /// f, how many clients of a cohort may send anything.
  public let byzantine: Int

  /// Makes the aggregator.
  ///
  /// - Precondition: f ≥ 0.
  public init(byzantine: Int) {
    precondition(byzantine >= 0, "\(byzantine) clients")
    self.byzantine = byzantine
  }

  public func rule(for updates: [[Float]], weights: [Double]) throws(AggregationProblem) -> AggregationRule {
    let count = updates.count
    guard count >= 2 * byzantine + 3 else {
      throw AggregationProblem(
        "krum with \(byzantine) byzantine clients needs \(2 * byzantine + 3) reports, and there were \(count)")
    }
    let scores = Self.scores(updates, neighbours: count - byzantine - 2)
    let chosen = scores.indices.min { scores[$0] < scores[$1] } ?? 0
    let weights = updates.indices.map { $0 == chosen ? 1.0 : 0 }
    return .mixture(updates: weights, statistics: weights)
  }

  /// Of each update the sum of its least squared distances to others; the distance of a pair is computed once.
  static func scores(_ updates: [[Float]], neighbours: Int) -> [Double] {
    var distances = updates.map { _ in [Double](repeating: 0, count: updates.count) }
    for i in updates.indices {
      for j in updates.indices where j > i {
        let distance = Kernels.squaredDistance(updates[i], updates[j], count: updates[i].count)
        distances[i][j] = distance
        distances[j][i] = distance
      }
    }
    return updates.indices.map { i in
      updates.indices.filter { $0 != i }.map { distances[i][$0] }.sorted().prefix(neighbours).reduce(0, +)
    }
  }

  static let entry = CatalogEntry<any Aggregator>(
    "krum", "the update that lies nearest to others", source: "Blanchard et al., NeurIPS 2017",
    options: [.required("byzantine", .integer(0...1_000_000), "f, clients of a cohort that may send anything")],
    shorthand: "byzantine"
  ) { Krum(byzantine: $0.integer("byzantine")) }
}

internal import Catalogs

/// γ and β are averaged; running statistics begin anew in each round and are sent to nobody. Evaluation normalizes each
/// batch with its own statistics.
///
/// Source: FL-bench, option `buffers: drop`.
enum DroppedPolicy {
  static let entry = CatalogEntry<any NormPolicy>(
    "drop", "γ, β averaged; statistics reset each round, evaluation on batch statistics",
    source: "FL-bench, buffers: drop"
  ) { _ in NormMatrix(affine: .averaged, statistics: .dropped) }
}

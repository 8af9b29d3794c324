internal import Catalogs

/// The layers stay as the model has them; so that an arm or a sweep can say so.
public struct KeepReplacement: NormReplacement {
  /// Makes the replacement.
  public init() {}

  public func mismatch(_ network: Network) -> String? { nil }

  public func layer(for placed: NetworkLayer) throws(LayerProblem) -> (any Layer)? { nil }

  static let entry = CatalogEntry<any NormReplacement>("keep", "normalization layers stay as the model has them") { _ in
    KeepReplacement()
  }
}

internal import Catalogs

/// Every normalization layer, of whatever kind, becomes the identity, or the ReLU that it did in the same pass.
struct NoneReplacement: NormReplacement {
  func mismatch(_ network: Network) -> String? {
    network.normalizationLayers.isEmpty ? "the model has no normalization layer to remove" : nil
  }

  func layer(for placed: NetworkLayer) throws(LayerProblem) -> (any Layer)? {
    (placed.layer as? any NormalizationLayer).map(removed)
  }

  static let entry = CatalogEntry<any NormReplacement>("none", "every normalization layer is removed") { _ in
    NoneReplacement()
  }
}

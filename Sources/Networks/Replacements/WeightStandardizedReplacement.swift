internal import Catalogs

/// Every normalization layer is removed, and convolutions standardize their weights.
///
/// A convolution gains a bias where it has none, since the β behind it is gone. Dense layers and transposed
/// convolutions stay as they are.
///
/// Source: Zhuang & Lyu, "FedWon: Triumphing Multi-domain Federated Learning Without Normalization", ICLR 2024, eq. (1).
/// Differs: the paper's gain is a constant; here each filter has a trainable factor beside it, unless `gain: false`.
struct WeightStandardizedReplacement: NormReplacement {
  let standardization: WeightStandardization

  func mismatch(_ network: Network) -> String? {
    network.layers.contains { $0.layer is Conv2D }
      ? nil : "the model has no conv2d layer whose weights it could standardize"
  }

  func layer(for placed: NetworkLayer) throws(LayerProblem) -> (any Layer)? {
    if let norm = placed.layer as? any NormalizationLayer { return removed(norm) }
    return (placed.layer as? Conv2D)?.standardized(standardization)
  }

  static let entry = CatalogEntry<any NormReplacement>(
    "weight-standardized", "no normalization; convolutions standardize their weights",
    source: "Zhuang & Lyu, ICLR 2024", options: WeightStandardization.options
  ) { WeightStandardizedReplacement(standardization: WeightStandardization($0)) }
}

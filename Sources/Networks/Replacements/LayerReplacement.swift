internal import Catalogs
internal import Tensors

/// Each `BatchNorm` becomes a `LayerNorm` with the same ε, γ, β and ReLU: over the whole sample on images, over the
/// channels on vectors and sequences.
///
/// Source: Ba, Kiros & Hinton, "Layer Normalization", 2016; in federated learning Du et al., "Rethinking Normalization
/// Methods in Federated Learning", 2022.
struct LayerReplacement: NormReplacement {
  func mismatch(_ network: Network) -> String? { network.lackOfBatchNorm }

  func layer(for placed: NetworkLayer) throws(LayerProblem) -> (any Layer)? {
    guard let norm = placed.layer as? BatchNorm else { return nil }
    try norm.checkLastAxis(for: "layer_norm", input: placed.input)
    return LayerNorm(epsilon: norm.epsilon, center: norm.center, scale: norm.scale, hasReLU: norm.hasReLU)
  }

  static let entry = CatalogEntry<any NormReplacement>(
    "layer", "each batch_norm becomes a layer_norm: images over the sample, else over the channels",
    source: "Ba et al. 2016"
  ) { _ in LayerReplacement() }
}

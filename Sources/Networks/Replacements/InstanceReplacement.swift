internal import Catalogs
internal import Tensors

/// Each `BatchNorm` becomes an `InstanceNorm` with the same ε, γ, β and ReLU. Vectors have one value a channel, which
/// can't be normalized so.
///
/// Source: Ulyanov, Vedaldi & Lempitsky, "Instance Normalization", 2016.
struct InstanceReplacement: NormReplacement {
  func mismatch(_ network: Network) -> String? { network.lackOfBatchNorm }

  func layer(for placed: NetworkLayer) throws(LayerProblem) -> (any Layer)? {
    guard let norm = placed.layer as? BatchNorm else { return nil }
    try norm.checkLastAxis(for: "instance_norm", input: placed.input)
    guard placed.input.positions > 1 else {
      throw LayerProblem(
        "its input [\(placed.input)] has a single value a channel, which instance_norm can't normalize")
    }
    return InstanceNorm(epsilon: norm.epsilon, center: norm.center, scale: norm.scale, hasReLU: norm.hasReLU)
  }

  static let entry = CatalogEntry<any NormReplacement>(
    "instance", "each batch_norm becomes an instance_norm; not for vectors", source: "Ulyanov et al. 2016"
  ) { _ in InstanceReplacement() }
}

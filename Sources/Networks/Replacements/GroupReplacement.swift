internal import Catalogs
internal import Tensors

/// Each `BatchNorm` becomes a `GroupNorm` with the same ε, γ, β and ReLU.
///
/// Source: Wu & He, "Group Normalization", ECCV 2018; in federated learning Hsieh et al., "The Non-IID Data Quagmire of
/// Decentralized Machine Learning", ICML 2020.
struct GroupReplacement: NormReplacement {
  let groups: Int

  func mismatch(_ network: Network) -> String? { network.lackOfBatchNorm }

  func layer(for placed: NetworkLayer) throws(LayerProblem) -> (any Layer)? {
    guard let norm = placed.layer as? BatchNorm else { return nil }
    try norm.checkLastAxis(for: "group_norm", input: placed.input)
    return GroupNorm(
      groups: groups, epsilon: norm.epsilon, center: norm.center, scale: norm.scale, hasReLU: norm.hasReLU)
  }

  static let entry = CatalogEntry<any NormReplacement>(
    "group", "each batch_norm becomes a group_norm", source: "Hsieh et al., ICML 2020",
    options: [.required("groups", .integer(1...65_536), "groups of channels; must divide those of every layer")],
    shorthand: "groups"
  ) { GroupReplacement(groups: $0.integer("groups")) }
}

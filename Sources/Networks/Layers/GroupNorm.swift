internal import Catalogs
internal import Tensors

/// Normalizes groups of channels within each sample; activations `[N, H, W, C]`, `[N, T, C]` or `[N, C]`.
///
/// Source: Wu & He 2018; PyTorch `torch.nn.GroupNorm`.
public struct GroupNorm: SampleNormLayer {
  public static let kind = "group_norm"
  public static let namePrefix = "gn"
  public let name: String?
  /// How many groups the channels are divided into.
  public let groups: Int
  let epsilon: Double
  let center: Bool
  let scale: Bool
  public let hasReLU: Bool

  /// Makes the layer.
  public init(
    name: String? = nil, groups: Int, epsilon: Double = 1e-5, center: Bool = true, scale: Bool = true,
    hasReLU: Bool = false
  ) {
    self.name = name
    self.groups = groups
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    self.hasReLU = hasReLU
  }

  func grouping(input: Shape) throws(LayerProblem) -> (groups: Int, positions: Int) {
    guard input.channels % groups == 0 else {
      throw LayerProblem("\(groups) groups do not divide \(input.channels) channels")
    }
    return (groups, input.positions)
  }

  static let entry = CatalogEntry<any Layer>(
    kind, "normalizes groups of channels within each sample", source: "Wu & He 2018",
    options: [.layerName, .required("groups", .integer(1...65_536), "groups of channels")] + sampleNormOptions,
    shorthand: "groups"
  ) {
    GroupNorm(
      name: $0.optionalText("name"), groups: $0.integer("groups"), epsilon: $0.number("epsilon"),
      center: $0.boolean("center"),
      scale: $0.boolean("scale"), hasReLU: $0.text("activation") == "relu")
  }
}

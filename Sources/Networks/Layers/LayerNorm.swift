internal import Catalogs
internal import Tensors

/// Normalizes each sample as a whole, or each of its positions over the channels.
///
/// `over: channels` normalizes every position by itself (PyTorch's `LayerNorm(C)`, as on sequences); `over: sample`
/// all values of a sample together (PyTorch's `GroupNorm(1, C)`, as is meant for images in the federated literature).
/// Unless set, images take `sample`, vectors and sequences `channels`. γ and β are one a channel in both.
///
/// Source: Ba, Kiros & Hinton 2016; PyTorch `torch.nn.LayerNorm`.
public struct LayerNorm: SampleNormLayer {
  public static let kind = "layer_norm"
  public static let namePrefix = "ln"

  /// What is normalized together.
  public enum Extent: String, Sendable, CaseIterable {
    /// The channels of one position.
    case channels
    /// All values of a sample.
    case sample
  }

  public let name: String?
  /// What is normalized together; nil goes by the input.
  public let over: Extent?
  let epsilon: Double
  let center: Bool
  let scale: Bool
  public let hasReLU: Bool

  /// Makes the layer.
  public init(
    name: String? = nil, over: Extent? = nil, epsilon: Double = 1e-5, center: Bool = true, scale: Bool = true,
    hasReLU: Bool = false
  ) {
    self.name = name
    self.over = over
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    self.hasReLU = hasReLU
  }

  func grouping(input: Shape) throws(LayerProblem) -> (groups: Int, positions: Int) {
    let extent = over ?? (input.rank == 3 ? .sample : .channels)
    return (1, extent == .sample ? input.positions : 1)
  }

  static let entry = CatalogEntry<any Layer>(
    kind, "normalizes each sample, or each of its positions", source: "Ba et al. 2016",
    options: [
      .layerName,
      .optional(
        "over", .choice(Extent.allCases.map(\.rawValue)), "what is normalized together; images: sample, else channels"),
    ] + sampleNormOptions
  ) {
    LayerNorm(
      name: $0.optionalText("name"), over: $0.optionalText("over").flatMap(Extent.init), epsilon: $0.number("epsilon"),
      center: $0.boolean("center"), scale: $0.boolean("scale"), hasReLU: $0.text("activation") == "relu")
  }
}

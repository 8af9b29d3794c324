internal import Catalogs
internal import Tensors

/// Normalizes each channel of each sample over its positions.
///
/// Source: Ulyanov et al. 2016; PyTorch `torch.nn.InstanceNorm2d`.
/// Differs: γ and β are on by default, as in the other normalization layers.
public struct InstanceNorm: SampleNormLayer {
  public static let kind = "instance_norm"
  public static let namePrefix = "in"
  public let name: String?
  let epsilon: Double
  let center: Bool
  let scale: Bool
  public let hasReLU: Bool

  /// Makes the layer.
  public init(
    name: String? = nil, epsilon: Double = 1e-5, center: Bool = true, scale: Bool = true,
    hasReLU: Bool = false
  ) {
    self.name = name
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    self.hasReLU = hasReLU
  }

  func grouping(input: Shape) throws(LayerProblem) -> (groups: Int, positions: Int) {
    (input.channels, input.positions)
  }

  static let entry = CatalogEntry<any Layer>(
    kind, "normalizes each channel of each sample", source: "Ulyanov et al. 2016",
    options: [.layerName] + sampleNormOptions
  ) {
    InstanceNorm(
      name: $0.optionalText("name"), epsilon: $0.number("epsilon"), center: $0.boolean("center"),
      scale: $0.boolean("scale"), hasReLU: $0.text("activation") == "relu")
  }
}

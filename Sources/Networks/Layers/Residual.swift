internal import Catalogs
internal import Tensors

/// A residual block, y = F(x) + S(x): F is a list of layers, S another one or the identity.
///
/// Activations of any rank; F and S put out the same shape. A ReLU over the sum is a layer of its own behind the block,
/// and runs in the same pass. A network takes the block apart: its layers are called `<block>.<layer>` and numbered
/// within the block, F before S, and the sum is an `Add`.
///
/// Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, eq. (1) and (2).
public struct Residual: CompositeLayer {
  public static let kind = "residual"
  public static let namePrefix = "block"

  public let name: String?
  /// F.
  public let layers: [any Layer]
  /// S; empty for the identity.
  public let shortcut: [any Layer]

  /// Makes a block of layers; the shortcut is the identity unless given.
  ///
  /// - Precondition: `layers` is not empty.
  public init(name: String? = nil, layers: [any Layer], shortcut: [any Layer] = []) {
    precondition(!layers.isEmpty, "a residual block without layers")
    self.name = name
    self.layers = layers
    self.shortcut = shortcut
  }

  var branches: [LayerBranch] {
    [LayerBranch(option: "layers", layers: layers), LayerBranch(option: "shortcut", layers: shortcut)]
  }

  func joint(of outputs: [Shape], input: Shape) throws(LayerProblem) -> any JoiningLayer {
    guard outputs[0] == outputs[1] else {
      let other =
        shortcut.isEmpty
        ? "without a shortcut its input of [\(input)] is added to that; give it one that puts out the same shape"
        : "its shortcut [\(outputs[1])]; both must put out the same shape"
      throw LayerProblem("its layers put out [\(outputs[0])], \(other)")
    }
    return Add()
  }

  static let entry = CatalogEntry<any Layer>(
    kind, "a list of layers whose output is added to its input", source: "He et al., CVPR 2016",
    options: [
      .layerName, .required("layers", .components("layer"), "what is added to the shortcut"),
      .optional("shortcut", .components("layer"), "what the input passes to the sum; the identity unless set"),
    ], shorthand: "layers"
  ) { options in
    Residual(
      name: options.optionalText("name"), layers: try options.components("layers", of: layerCatalog) ?? [],
      shortcut: try options.components("shortcut", of: layerCatalog) ?? [])
  }
}

internal import Catalogs
public import Tensors

/// A sample's values as one vector, in PyTorch's order: channels first, then rows, then columns.
///
/// Activations are channels-last inside, so an image is transposed here once; the dense layer behind it then has
/// PyTorch's weights as they are, in memory and in files.
///
/// Source: PyTorch `torch.nn.Flatten` on NCHW.
public struct Flatten: Layer {
  public static let kind = "flatten"
  public static let namePrefix = "flatten"
  public let name: String?

  /// Makes the layer.
  public init(name: String? = nil) { self.name = name }

  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer { ResolvedLayer(output: [input.count]) }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { FlattenPlan(context) }

  static let entry = CatalogEntry<any Layer>(
    kind, "one vector a sample, channels first", source: "torch.nn.Flatten", options: [.layerName]
  ) { Flatten(name: $0.optionalText("name")) }
}

private final class FlattenPlan: LayerPlan {
  private let batch: Int
  private let positions: Int
  private let channels: Int

  init(_ context: PlanContext) {
    batch = context.batch
    // A sequence [T, C] is not transposed: PyTorch keeps it as [N, T, C] too.
    let isImage = context.input.rank == 3
    positions = isImage ? context.input.positions : 1
    channels = isImage ? context.input.channels : context.input.count
  }

  override var isIdentity: Bool { positions == 1 || channels == 1 }

  override func forward(_ memory: PassMemory) {
    Kernels.transpose(x(memory), batch: batch, rows: positions, columns: channels, into: y(memory))
  }

  override func backward(_ memory: PassMemory) {
    guard let dx = dx(memory) else { return }
    Kernels.transpose(dy(memory), batch: batch, rows: channels, columns: positions, into: dx)
  }
}

internal import Catalogs
public import Tensors

/// The mean over all positions: `[N, H, W, C]` or `[N, T, C]` to `[N, C]`.
///
/// Source: PyTorch `torch.nn.AdaptiveAvgPool2d(1)` with the flatten that follows it.
public struct GlobalAvgPool2D: Layer {
  public static let kind = "global_avg_pool2d"
  public static let namePrefix = "globalavgpool"
  public let name: String?

  /// Makes the layer.
  public init(name: String? = nil) { self.name = name }

  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    guard input.rank >= 2 else {
      throw LayerProblem("global_avg_pool2d needs images or sequences, its input is [\(input)]")
    }
    return ResolvedLayer(output: [input.channels], flops: input.count)
  }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { GlobalAvgPoolPlan(context) }

  static let entry = CatalogEntry<any Layer>(
    kind, "mean over all positions", source: "torch.nn.AdaptiveAvgPool2d(1)", options: [.layerName]
  ) { GlobalAvgPool2D(name: $0.optionalText("name")) }
}

private final class GlobalAvgPoolPlan: LayerPlan {
  private let batch: Int
  private let positions: Int
  private let channels: Int

  init(_ context: PlanContext) {
    batch = context.batch
    positions = context.input.positions
    channels = context.input.channels
  }

  override func forward(_ memory: PassMemory) {
    Kernels.positionMeans(x(memory), batch: batch, positions: positions, channels: channels, into: y(memory))
  }

  override func backward(_ memory: PassMemory) {
    guard let dx = dx(memory) else { return }
    Kernels.positionMeansBackward(dy(memory), batch: batch, positions: positions, channels: channels, into: dx)
  }
}

internal import Catalogs
internal import Tensors

/// Pools images `[N, H, W, C]` over a window: the largest value or the mean.
protocol Pooling2D: Layer {
  /// Height and width of the window.
  var kernel: [Int] { get }
  /// How far it moves.
  var stride: [Int] { get }
  /// Rows and columns around the image.
  var padding: [Int] { get }
  /// What the window keeps.
  var pooling: PoolingKind { get }
}

extension Pooling2D {
  var geometry: WindowGeometry {
    WindowGeometry(
      kernel: (kernel[0], kernel[1]), stride: (stride[0], stride[1]), padBefore: (padding[0], padding[1]),
      padAfter: (padding[0], padding[1]))
  }

  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    guard input.rank == 3 else { throw LayerProblem("\(Self.kind) needs images [H, W, C], its input is [\(input)]") }
    guard 2 * padding[0] <= kernel[0], 2 * padding[1] <= kernel[1] else {
      throw LayerProblem(
        "padding \(padding[0])×\(padding[1]) is more than half of the kernel \(kernel[0])×\(kernel[1])")
    }
    let out = geometry.output(height: input[0], width: input[1])
    guard out.height >= 1, out.width >= 1 else {
      throw LayerProblem("a window of \(kernel[0])×\(kernel[1]) does not fit an image of \(input[0])×\(input[1])")
    }
    let output: Shape = [out.height, out.width, input[2]]
    return ResolvedLayer(output: output, flops: output.count * kernel[0] * kernel[1])
  }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { try PoolingPlan(self, context) }
}

let poolingOptions: [Option] = [
  .layerName, .pair("kernel", "window"),
  .optional(
    "stride", .either([.integer(1...1024), .list(.integer(1...1024), count: 2...2)]), "step; the kernel unless set"),
  Option(
    "padding", .either([.integer(0...1024), .list(.integer(0...1024), count: 2...2)]), default: .integer(0),
    "rows and columns around the image"),
]

final class PoolingPlan: LayerPlan {
  private let pooling: Pooling
  private let workspace: Int

  init(_ layer: some Pooling2D, _ context: PlanContext) throws {
    pooling = try Pooling(
      batch: context.batch, input: context.input, output: context.output, geometry: layer.geometry, kind: layer.pooling,
      isTraining: context.mode.isTraining)
    workspace = context.reserve(floats: (pooling.workspaceBytes + 3) / 4)
    context.requireScratch(bytes: pooling.scratchBytes)
  }

  override func forward(_ memory: PassMemory) throws {
    try pooling.forward(
      input: x(memory), output: y(memory), workspace: memory.arena + workspace, scratch: memory.scratch)
  }

  override func backward(_ memory: PassMemory) throws {
    guard let dx = dx(memory) else { return }
    try pooling.backward(
      outputGradient: dy(memory), inputGradient: dx, workspace: memory.arena + workspace, scratch: memory.scratch)
  }
}

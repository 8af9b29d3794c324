internal import Catalogs
internal import Randomness
public import Tensors

/// Sets a random share of the values to zero while training and divides the others by the share kept; does nothing at
/// inference.
///
/// Which values: a hash of (seed, round, client, step, layer, place), so that no mask is stored and the order of
/// computation can't matter.
///
/// Source: Srivastava et al. 2014; PyTorch `torch.nn.Dropout`.
public struct Dropout: Layer {
  /// `dropout`.
  public static let kind = "dropout"
  /// Unnamed layers are `dropout1`, `dropout2`, …
  public static let namePrefix = "dropout"
  /// The name given to it, or nil to be numbered.
  public let name: String?
  /// The share set to zero.
  public let rate: Float

  /// Makes the layer.
  ///
  /// - Precondition: 0 ≤ `rate` < 1.
  public init(name: String? = nil, rate: Float = 0.5) {
    precondition(rate >= 0 && rate < 1, "a dropout rate of \(rate) is not in 0..<1")
    self.name = name
    self.rate = rate
  }

  /// The input's shape; it keeps nothing.
  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    ResolvedLayer(output: input, flops: input.count)
  }

  /// Plans a mask of the input's size; nothing at inference.
  public func makePlan(_ context: PlanContext) throws -> LayerPlan { DropoutPlan(self, context) }

  static let entry = CatalogEntry<any Layer>(
    kind, "sets a random share of values to zero while training", source: "Srivastava et al. 2014",
    options: [
      .layerName, Option("rate", .number(.init(0, 1, upperIsOpen: true)), default: .number(0.5), "share set to zero"),
    ], shorthand: "rate"
  ) {
    // A rate just below 1 must not become 1 by rounding.
    Dropout(name: $0.optionalText("name"), rate: min(Float($0.number("rate")), Float(1).nextDown))
  }
}

private final class DropoutPlan: LayerPlan {
  private let rate: Float
  private let count: Int
  private let salt: UInt64
  private let isActive: Bool

  init(_ layer: Dropout, _ context: PlanContext) {
    rate = layer.rate
    count = context.batch * context.input.count
    salt = nameHash(context.name)
    isActive = context.mode.isTraining && layer.rate > 0
  }

  override var isIdentity: Bool { !isActive }
  override var sharesGradient: Bool { true }

  override func forward(_ memory: PassMemory) { drop(x(memory), memory, into: y(memory)) }

  override func backward(_ memory: PassMemory) {
    if let dx = dx(memory) { drop(dy(memory), memory, into: dx) }
  }

  private func drop(_ values: UnsafePointer<Float>, _ memory: PassMemory, into result: UnsafeMutablePointer<Float>) {
    Kernels.dropout(values, count: count, key: memory.stepKey ^ salt, rate: rate, into: result)
  }
}

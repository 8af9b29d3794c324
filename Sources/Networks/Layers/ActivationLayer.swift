internal import Tensors

/// An element-wise activation: `relu, leaky_relu, tanh, sigmoid, gelu`.
///
/// Source: PyTorch; GELU is the exact one, x·Φ(x).
protocol ActivationLayer: Layer {
  /// What the kernel computes.
  var activation: Kernels.Activation { get }
}

extension ActivationLayer {
  public static var namePrefix: String { kind }

  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    ResolvedLayer(output: input, flops: input.count)
  }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan { ActivationPlan(activation, context) }
}

private final class ActivationPlan: LayerPlan {
  private let activation: Kernels.Activation
  private let count: Int

  init(_ activation: Kernels.Activation, _ context: PlanContext) {
    self.activation = activation
    count = context.batch * context.input.count
  }

  override var sharesGradient: Bool { true }

  override func forward(_ memory: PassMemory) { Kernels.activate(activation, x(memory), count: count, into: y(memory)) }

  override func backward(_ memory: PassMemory) {
    guard let dx = dx(memory) else { return }
    Kernels.activateBackward(activation, x: x(memory), y: y(memory), gradient: dy(memory), count: count, into: dx)
  }
}

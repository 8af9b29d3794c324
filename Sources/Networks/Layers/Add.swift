internal import Tensors

/// The sum of two values of one shape, y = a + b. No layer of scenarios: `Residual` places it.
///
/// The gradient of both inputs is that of the output, in the same memory: nothing is computed backwards but the mask of
/// a ReLU in the same pass.
struct Add: JoiningLayer {
  static let kind = "add"
  static let namePrefix = "add"
  let name: String? = nil

  func resolve(inputs: [Shape]) throws(LayerProblem) -> ResolvedLayer {
    precondition(inputs.count == 2 && inputs[0] == inputs[1], "a sum of \(inputs)")
    return ResolvedLayer(output: inputs[0], flops: inputs[0].count)
  }

  func makePlan(_ context: PlanContext) throws -> LayerPlan { AddPlan(context, relu: false) }
}

extension Add: LayerFusing {
  func makePlan(_ context: PlanContext, followedBy fused: [any Layer]) throws -> LayerPlan {
    AddPlan(context, relu: !fused.isEmpty)
  }
}

/// Adds two values forward; backward it takes the output's gradient in one part or in two, so that a value with two
/// readers needs no pass of its own to sum what they say.
final class AddPlan: LayerPlan {
  private let count: Int
  private let relu: Bool

  convenience init(_ context: PlanContext, relu: Bool) {
    self.init(count: context.batch * context.output.count, relu: relu)
  }

  init(count: Int, relu: Bool) {
    self.count = count
    self.relu = relu
  }

  override var sharesGradient: Bool { true }
  override var sharesOutput: Bool { true }
  override var passesGradient: Bool { !relu }
  override var sumsGradients: Bool { true }
  override var backwardReadsOutput: Bool { relu }

  override func forward(_ memory: PassMemory) {
    Kernels.add(x(memory), memory.arena + secondInput, count: count, relu: relu, into: y(memory))
  }

  override func backward(_ memory: PassMemory) {
    guard let dx = dx(memory) else { return }
    let second = secondOutputGradient.map { memory.arena + $0 }
    switch (relu, second) {
    case (true, let second?): Kernels.maskedAdd(y: y(memory), dy(memory), second, count: count, into: dx)
    case (true, nil):
      Kernels.activateBackward(.relu, x: y(memory), y: y(memory), gradient: dy(memory), count: count, into: dx)
    case (false, let second?): Kernels.add(dy(memory), second, count: count, relu: false, into: dx)
    case (false, nil): preconditionFailure("the gradient passes as it is")
    }
  }
}

internal import Tensors

/// What takes the place of a layer that is removed. No layer of scenarios: `replace_norm: none` places it.
struct Identity: Layer {
  static let kind = "identity"
  static let namePrefix = "identity"
  let name: String? = nil

  func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer { ResolvedLayer(output: input) }

  func makePlan(_ context: PlanContext) throws -> LayerPlan { FusedAwayPlan() }
}

internal import Tensors

/// A layer that stands for others; only networks may ask it for shapes and plans, layer by layer. A network takes it apart where it stands: it places the layers of each branch and
/// then the one that joins them, so that whoever walks a network's layers sees plain ones.
protocol CompositeLayer: Layer {
  /// What reads the composite's input.
  var branches: [LayerBranch] { get }

  /// The layer that makes one value of what the branches put out.
  ///
  /// - Throws: `LayerProblem` when it can't.
  func joint(of outputs: [Shape], input: Shape) throws(LayerProblem) -> any JoiningLayer
}

/// Layers behind one another; none at all is the identity.
struct LayerBranch: Sendable {
  /// The option of the composite that lists them.
  var option: String
  /// The layers, in order.
  var layers: [any Layer]
}

extension CompositeLayer {
  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer {
    preconditionFailure("'\(Self.kind)' is placed layer by layer")
  }

  public func makePlan(_ context: PlanContext) throws -> LayerPlan {
    preconditionFailure("'\(Self.kind)' is planned layer by layer")
  }
}

/// A layer that makes one value of several.
protocol JoiningLayer: Layer {
  /// What comes out of it.
  ///
  /// - Throws: `LayerProblem` when the inputs do not fit.
  func resolve(inputs: [Shape]) throws(LayerProblem) -> ResolvedLayer
}

extension JoiningLayer {
  public func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer { try resolve(inputs: [input]) }
}

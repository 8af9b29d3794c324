/// Statistics of normalization layers over the batches of several clients, and what their backward passes sum over
/// them: what turns each client's step into its part of one step on all the batches together.
///
/// With client weights p_k that sum to 1, over clients with M_k values a channel and, in each layer, loss gradients g
/// behind the normalization and x̂ = (x − μ)/√(σ² + ε):
///
///     μ = Σp_k μ_k        σ² = Σp_k[σ²_k + (μ_k − μ)²]        S = Σp_k Σg        T = Σp_k Σg·x̂
///     dx = γ/√(σ² + ε) · (g − S/M_k − x̂·T/M_k)
///
/// so that Σp_k ∇_k is the gradient of Σp_k F_k with μ and σ² as functions of all clients' values.
public final class JointStatistics: Sendable {
  /// μ and σ², where `Network.jointLayers` says.
  public let statistics: [Float]
  /// S where `statistics` has μ, T where it has σ².
  public let gradientSums: [Float]
  /// ΣM_k of each of `Network.jointLayers`.
  public let counts: [Double]

  /// Makes statistics of what is known of them.
  public init(statistics: [Float], gradientSums: [Float], counts: [Double]) {
    self.statistics = statistics
    self.gradientSums = gradientSums
    self.counts = counts
  }
}

/// Where joint statistics have those of one layer: every layer that normalizes over the batch has its place, whether it
/// keeps running statistics or not.
public struct JointLayer: Sendable, Equatable {
  /// The layer's name.
  public let name: String
  /// Its number among such layers.
  public let number: Int
  /// Its channels.
  public let channels: Int
  /// Where its means begin.
  public let mean: Int
  /// Where its variances begin.
  public var variance: Int { mean + channels }
  /// Where the next layer's begin.
  public var end: Int { variance + channels }
}

extension NetworkLayer {
  /// The channels that the layer normalizes over the batch; nil for other layers.
  public var batchChannels: Int? {
    guard layer is BatchNorm, let positions = resolved.batchPositions else { return nil }
    return input.count / positions
  }
}

extension Network {
  /// The layers that may take joint statistics, in order, each behind the place of the one before it.
  public var jointLayers: [JointLayer] {
    layers.reduce(into: []) { found, layer in
      guard let channels = layer.batchChannels else { return }
      let (number, mean) = (found.count, found.last?.end ?? 0)
      found.append(JointLayer(name: layer.name, number: number, channels: channels, mean: mean))
    }
  }
}

/// A layer's plan whose statistics may be those of several clients' batches.
protocol JointlyNormalizing: LayerPlan {
  /// Whether the layer has places for such statistics.
  var isJoint: Bool { get }
  /// The moments of the batch whose input was computed, not rounded, and the values a channel that they are of.
  func ownMoments(_ memory: PassMemory) -> (mean: [Double], variance: [Double], rows: Int)
  /// Σg and Σg·x̂ of the batch whose output gradient was computed, after `forward`.
  func ownGradientSums(_ memory: PassMemory) -> (sum: [Float], dot: [Float])
}

extension NetworkPlan {
  /// The numbers of the layers that take joint statistics, in order.
  public var jointLayers: [Int] {
    steps.indices.filter { (steps[$0].plan as? any JointlyNormalizing)?.isJoint == true }
  }

  /// The moments of a layer's batch, after the layers before it ran on the input at `inputOffset`.
  ///
  /// - Precondition: One of `jointLayers`; `memory.joint` knows the statistics of those before it.
  func moments(before layer: Int, _ memory: PassMemory) throws -> (mean: [Double], variance: [Double], rows: Int) {
    for step in steps[..<layer] where !step.plan.isIdentity { try step.plan.forward(memory) }
    guard let plan = steps[layer].plan as? any JointlyNormalizing else {
      preconditionFailure("layer \(layer) takes no joint statistics")
    }
    return plan.ownMoments(memory)
  }

  /// What a layer's backward pass sums over its batch, after `forward` and with the loss gradient in its place; nil for
  /// a layer that has none, because nobody wants a gradient from it.
  ///
  /// - Precondition: One of `jointLayers`; `memory.joint` knows the sums of those behind it.
  func gradientSums(of layer: Int, _ memory: PassMemory) throws -> (sum: [Float], dot: [Float])? {
    guard let target = steps[layer].plan as? any JointlyNormalizing else {
      preconditionFailure("layer \(layer) takes no joint statistics")
    }
    guard let place = backwardPlans.firstIndex(where: { $0 === target }) else { return nil }
    for plan in backwardPlans[..<place] { try plan.backward(memory) }
    return target.ownGradientSums(memory)
  }
}

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
///
/// All clients make the same passes of layers that normalize over the batch, in the same order; so what belongs to a pass
/// is known by how manieth it is.
public struct JointStatistics: Sendable {
  /// The statistics of one forward pass of a layer.
  public struct Moments: Sendable {
    /// μ.
    public let mean: [Float]
    /// σ².
    public let variance: [Float]
    /// ΣM_k.
    public let count: Double

    /// Makes statistics.
    public init(mean: [Float], variance: [Float], count: Double) {
      (self.mean, self.variance, self.count) = (mean, variance, count)
    }
  }

  /// The sums of one backward pass of a layer whose input's gradient somebody wants.
  public struct Sums: Sendable {
    /// S.
    public let sum: [Float]
    /// T.
    public let dot: [Float]

    /// Makes sums.
    public init(sum: [Float], dot: [Float]) { (self.sum, self.dot) = (sum, dot) }
  }

  /// Those of the step's forward passes, as far as they are known.
  public var moments: [Moments] = []
  /// Those of its backward passes, as far as they are known.
  public var sums: [Sums] = []

  /// Makes statistics of which nothing is known yet.
  public init() {}
}

/// What a client has to say about the first joint statistics of a step that are not known yet; the pass that needs them
/// ends by throwing it.
public enum JointStatisticsNeed: Error, CustomStringConvertible {
  /// The moments of the client's batch, not rounded, and the values a channel that they are of.
  case moments(mean: [Double], variance: [Double], rows: Int)
  /// Σg and Σg·x̂ of the client's batch.
  case sums(sum: [Float], dot: [Float])

  public var description: String { "the step makes more passes than those of the other clients" }
}

/// How far one step is among joint statistics.
final class JointPasses {
  private let known: JointStatistics
  private var forward = 0
  private var backward = 0

  init(_ known: JointStatistics) { self.known = known }

  /// The statistics of the next forward pass.
  ///
  /// - Parameter own: The moments of the client's batch, for who has to find the joint ones.
  /// - Throws: `JointStatisticsNeed` where they are not known.
  func nextMoments(
    own: () -> (mean: [Double], variance: [Double], rows: Int)
  ) throws(JointStatisticsNeed) -> JointStatistics.Moments {
    guard forward < known.moments.count else {
      let own = own()
      throw .moments(mean: own.mean, variance: own.variance, rows: own.rows)
    }
    forward += 1
    return known.moments[forward - 1]
  }

  /// The sums of the next backward pass.
  ///
  /// - Parameter own: Those of the client's batch.
  /// - Throws: `JointStatisticsNeed` where they are not known.
  func nextSums(own: () -> (sum: [Float], dot: [Float])) throws(JointStatisticsNeed) -> JointStatistics.Sums {
    guard backward < known.sums.count else {
      let own = own()
      throw .sums(sum: own.sum, dot: own.dot)
    }
    backward += 1
    return known.sums[backward - 1]
  }
}

extension NetworkLayer {
  /// The channels that the layer normalizes over the batch; nil for other layers.
  public var batchChannels: Int? {
    guard layer is BatchNorm, let positions = resolved.batchPositions else { return nil }
    return input.count / positions
  }
}

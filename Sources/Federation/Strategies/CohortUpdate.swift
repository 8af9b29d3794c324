/// What the clients of a round made together, as a strategy's server half is given it.
public struct CohortUpdate: Sendable, Equatable {
  /// A client that reported.
  public struct Member: Sendable, Equatable {
    /// p_k over the clients that reported; they sum to 1.
    public let weight: Double
    /// τ_k, its local steps, at least 1.
    public let steps: Int

    /// Makes a member.
    public init(weight: Double, steps: Int) {
      self.weight = weight
      self.steps = steps
    }
  }

  /// Σp_k s_k w_k / Σp_k s_k over the shared trainable values, with s_k the strategy's `influence`: Σp_k w_k where that
  /// is 1.
  public let mean: [Float]
  /// The means of the vectors that clients returned, by their names, every client that reported counting the same.
  public let vectors: [String: [Float]]
  /// The clients that reported, in ascending order.
  public let members: [Member]
  /// N, all clients of the federation.
  public let population: Int

  /// Makes an update.
  public init(mean: [Float], vectors: [String: [Float]] = [:], members: [Member] = [], population: Int = 0) {
    self.mean = mean
    self.vectors = vectors
    self.members = members
    self.population = population
  }
}

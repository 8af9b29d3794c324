/// One normalization layer's drift in one round.
package struct ListedLayerDrift: Sendable, Equatable {
  /// The round's number.
  package var round: Int
  /// The layer's name.
  package var layer: String
  /// The share of the variance that lies between clients and that plain averaging loses, in [0, 1].
  package var betweenShare: Double
  /// Mean over clients of the Kullback–Leibler divergence from the cohort's reference, in nats.
  package var meanKL: Double
  /// The largest of the clients' divergences, in nats.
  package var maxKL: Double

  /// Makes a line.
  package init(round: Int, layer: String, betweenShare: Double, meanKL: Double, maxKL: Double) {
    self.round = round
    self.layer = layer
    self.betweenShare = betweenShare
    self.meanKL = meanKL
    self.maxKL = maxKL
  }
}

/// One client's drift in one normalization layer and round; measures that need statistics are nil for layers without
/// them.
package struct ListedClientDrift: Sendable, Equatable {
  /// The round's number.
  package var round: Int
  /// The client's number.
  package var client: Int
  /// The domain its examples come from, or "" where there are no domains.
  package var domain: String
  /// The layer's name.
  package var layer: String
  /// mean |μ_k − μ| / σ.
  package var meanShift: Double?
  /// mean |ln(σ²_k / σ²)|.
  package var varianceLogRatio: Double?
  /// The Kullback–Leibler divergence from the cohort's reference, in nats.
  package var kl: Double?
  /// The 2-Wasserstein distance from the cohort's reference.
  package var w2: Double?
  /// ‖(γ_k, β_k) − (γ̄, β̄)‖₂.
  package var affineDistance: Double?
  /// The share of the layer's running statistics that comes from before the round's batches.
  package var effectiveMomentum: Double?
  /// Rounds since the client last trained, counted from this one; nil if never.
  package var staleness: Int?

  /// Makes a line.
  package init(
    round: Int, client: Int, domain: String = "", layer: String, meanShift: Double? = nil,
    varianceLogRatio: Double? = nil,
    kl: Double? = nil, w2: Double? = nil, affineDistance: Double? = nil, effectiveMomentum: Double? = nil,
    staleness: Int? = nil
  ) {
    self.round = round
    self.client = client
    self.domain = domain
    self.layer = layer
    self.meanShift = meanShift
    self.varianceLogRatio = varianceLogRatio
    self.kl = kl
    self.w2 = w2
    self.affineDistance = affineDistance
    self.effectiveMomentum = effectiveMomentum
    self.staleness = staleness
  }
}

/// One normalization layer's drift in one round.
public struct ListedLayerDrift: Sendable, Equatable {
  /// The round's number.
  public var round: Int
  /// The layer's name.
  public var layer: String
  /// The share of the variance that lies between clients and that plain averaging loses, in [0, 1].
  public var betweenShare: Double
  /// Mean over clients of the Kullback–Leibler divergence from the cohort's reference, in nats.
  public var meanKL: Double
  /// The largest of the clients' divergences, in nats.
  public var maxKL: Double

  /// Makes a line.
  public init(round: Int, layer: String, betweenShare: Double, meanKL: Double, maxKL: Double) {
    self.round = round
    self.layer = layer
    self.betweenShare = betweenShare
    self.meanKL = meanKL
    self.maxKL = maxKL
  }
}

/// One client's drift in one normalization layer and round; measures that need statistics are nil for layers without
/// them.
public struct ListedClientDrift: Sendable, Equatable {
  /// The round's number.
  public var round: Int
  /// The client's number.
  public var client: Int
  /// The domain its examples come from, or "" where there are no domains.
  public var domain: String
  /// The layer's name.
  public var layer: String
  /// mean |μ_k − μ| / σ.
  public var meanShift: Double?
  /// mean |ln(σ²_k / σ²)|.
  public var varianceLogRatio: Double?
  /// The Kullback–Leibler divergence from the cohort's reference, in nats.
  public var kl: Double?
  /// The 2-Wasserstein distance from the cohort's reference.
  public var w2: Double?
  /// ‖(γ_k, β_k) − (γ̄, β̄)‖₂.
  public var affineDistance: Double?
  /// The share of the layer's running statistics that comes from before the round's batches.
  public var effectiveMomentum: Double?
  /// Rounds since the client last trained, counted from this one; nil if never.
  public var staleness: Int?

  /// Makes a line.
  public init(
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

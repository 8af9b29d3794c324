/// How far one client's normalization layer is from the cohort's, after its training and before aggregation; means
/// over channels.
///
/// The reference (μ, σ²) pools the reporting clients' own running statistics by the law of total variance, with their
/// weights. Measures that need statistics are nil for layers that track none.
///
/// `effectiveMomentum` is no distance: it says how old the statistics are that the distances compare.
public struct NormDriftRecord: Codable, Sendable, Equatable {
  /// The client's number.
  public var client: Int
  /// The layer's name.
  public var layer: String
  /// mean |μ_k − μ| / σ.
  public var meanShift: Double?
  /// mean |ln(σ²_k / σ²)|.
  public var varianceLogRatio: Double?
  /// mean [ln(σ/σ_k) + (σ²_k + (μ_k − μ)²) / (2σ²) − ½]: Kullback–Leibler divergence of the client's Gaussian from
  /// the reference.
  public var kl: Double?
  /// √Σ[(μ_k − μ)² + (σ_k − σ)²]: 2-Wasserstein distance of the diagonal Gaussians.
  public var w2: Double?
  /// ‖(γ_k, β_k) − (γ̄, β̄)‖₂; nil for layers without them.
  public var affineDistance: Double?
  /// The share of the running statistics that comes from before this round's batches: (1 − m)^τ with m the weight of a
  /// new batch and τ the round's batches, `momentum: cumulative`: n₀/(n₀ + τ) with n₀ the batches before; nil for
  /// layers that track none.
  public var effectiveMomentum: Double?

  /// Makes a record.
  public init(
    client: Int, layer: String, meanShift: Double?, varianceLogRatio: Double?, kl: Double?, w2: Double?,
    affineDistance: Double?, effectiveMomentum: Double? = nil
  ) {
    self.client = client
    self.layer = layer
    self.meanShift = meanShift
    self.varianceLogRatio = varianceLogRatio
    self.kl = kl
    self.w2 = w2
    self.affineDistance = affineDistance
    self.effectiveMomentum = effectiveMomentum
  }
}

/// How far apart the cohort's clients are in one normalization layer.
public struct LayerDriftRecord: Codable, Sendable, Equatable {
  /// The layer's name.
  public var layer: String
  /// Σp_k(μ_k − μ)² / σ²_pooled, mean over channels: the share of the variance that plain averaging loses, in [0, 1].
  public var betweenShare: Double
  /// Mean of the clients' `kl`.
  public var meanKL: Double
  /// Largest of the clients' `kl`.
  public var maxKL: Double

  /// Makes a record.
  public init(layer: String, betweenShare: Double, meanKL: Double, maxKL: Double) {
    self.layer = layer
    self.betweenShare = betweenShare
    self.meanKL = meanKL
    self.maxKL = maxKL
  }
}

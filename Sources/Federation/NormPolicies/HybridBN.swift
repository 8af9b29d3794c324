internal import Catalogs
public import Networks

/// Local steps normalize with a mix of batch and global statistics, the part of the batch being learned by each client
/// for each channel; the global statistics are measured on the aggregated model. γ and β are averaged.
///
///     μ = a·μ_B + (1 − a)·μ_g        σ² = a·σ²_B + (1 − a)·σ²_g        a = 1/(1 + e^−s)
///
/// s is trained with the weights and stays with the client. μ_g and σ²_g are fixed during a round; gradients flow through
/// the batch's part. After aggregation each client of the cohort runs the global model over all of its training examples,
/// and the server pools the raw statistics (as `recalibrated` does) and follows them:
///
///     μ_g ← (1 − r)·μ_g + r·Σp_k μ_k        σ²_g ← (1 − r)·σ²_g + r·Σp_k[σ²_k + (μ_k − μ)²]        r = 0.1
///
/// Taken whole, r = 1, they move with every round by what the local steps learned against the old ones, and training can
/// drift away. Evaluation uses μ_g and σ²_g alone.
///
/// Source: Chen et al., "Hybrid Batch Normalisation: Resolving the Dilemma of Batch Normalisation in Federated Learning",
/// ICML 2025 (HBN).
/// Differs: the cohort measures the model that it made, so that an evaluated model has its own statistics; in the paper
/// the next cohort measures it before it trains. Statistics are of all batches and pooled with the variance between
/// clients, as the paper's text wants. The authors' code follows at a rate, too, of 0.002 a round.
public struct HybridBN: NormPolicy {
  /// The part of the batch that clients start with.
  public let mix: Double
  /// How far the global statistics follow in a round.
  public let rate: Double

  /// Makes the policy.
  ///
  /// - Precondition: `mix` is from 0 to 1, `rate` above 0 and at most 1.
  public init(mix: Double = 0.5, rate: Double = 0.1) {
    precondition((0...1).contains(mix) && rate > 0 && rate <= 1, "a part of \(mix), a rate of \(rate)")
    self.mix = mix
    self.rate = rate
  }

  public var affine: NormTreatment { .averaged }
  public var statistics: NormTreatment { .recalibrated }
  public var exchange: NormExchange { NormExchange(statisticsRate: rate) }
  public func phase(inRound round: Int, of rounds: Int) -> NormPhase {
    NormPhase(.recalibrated, NormTraining(.mixed, firstMix: mix))
  }

  static let entry = CatalogEntry<any NormPolicy>(
    "hbn", "local steps mix batch and global statistics by a learned part; statistics measured and pooled",
    source: "Chen et al., ICML 2025",
    options: [
      Option("mix", .number(.unit), default: .number(0.5), "part a of the batch at first; learned from there"),
      Option(
        "rate", .number(.init(0, 1, lowerIsOpen: true)), default: .number(0.1),
        "how far global statistics follow in a round"),
    ]
  ) { HybridBN(mix: $0.number("mix"), rate: $0.number("rate")) }
}

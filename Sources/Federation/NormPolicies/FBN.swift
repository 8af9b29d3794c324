internal import Catalogs

/// Clients train and everybody evaluates with the global statistics, which follow the pooled statistics of the batches
/// that the clients trained on.
///
///     μ_g ← (1 − r)·μ_g + r·Σp_k μ_k        σ²_g ← (1 − r)·σ²_g + r·Σp_k[σ²_k + (μ_k − μ)²]
///
/// where μ_k and σ²_k are over all values that layer saw in client k's local steps of the round, and r = 0.1. Gradients
/// do not flow through the statistics. γ and β are averaged.
///
/// Source: Guerraoui, Pinot, Rizk, Stephan & Taiani, "Overcoming the Challenges of Batch Normalization in Federated
/// Learning", 2024 (FBN), without its robust aggregation.
/// Differs: statistics are exchanged once a round, not in each step, and variances are pooled with the variance between
/// clients.
public struct FBN: NormPolicy {
  /// r.
  public let rate: Double

  /// Makes the policy.
  public init(rate: Double = 0.1) { self.rate = rate }

  public var affine: NormTreatment { .averaged }
  public var statistics: NormTreatment { .pooled }
  public var exchange: NormExchange { NormExchange(sendsRawMoments: true, statisticsRate: rate) }
  public func phase(inRound round: Int, of rounds: Int) -> NormPhase { NormPhase(.pooled, NormTraining(.running)) }

  static let entry = CatalogEntry<any NormPolicy>(
    "fbn", "train and evaluate with global statistics, which follow the clients' pooled ones",
    source: "Guerraoui et al. 2024",
    options: [
      Option(
        "rate", .number(.init(0, 1, lowerIsOpen: true)), default: .number(0.1), "r, how far they follow in a round")
    ]
  ) { FBN(rate: $0.number("rate")) }
}

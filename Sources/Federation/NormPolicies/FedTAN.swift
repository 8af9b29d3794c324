internal import Catalogs
public import Networks

/// The first local step of each round is taken with the statistics of the whole cohort, found layer by layer; later steps
/// are local. γ, β and statistics are averaged.
///
/// Forward, from the first normalization layer to the last: each client sends the mean and variance of its batch, and
/// the server returns those of the cohort. Backward, from the last to the first: each client sends the sums that its
/// gradient needs, and the server returns their mean (`JointStatistics` has the equations). So the cohort's mean gradient
/// is that of one step on all first batches together, and every client's running statistics follow the cohort's.
///
/// Every layer that normalizes over the batch takes part, those that keep no running statistics (`track: false`) as well.
/// In each round a layer with C channels sends and receives 4C values beside its shared ones, for each forward pass that
/// the loss makes of it in a step: one, but for losses that train several networks.
///
/// Source: Wang, Shi & Chang, "Why Batch Normalization Damage Federated Learning on Non-IID Data?", 2023, Algorithm 1
/// (FedTAN).
/// Differs: variances go with the means in one exchange, by the law of total variance, where the paper sends deviations
/// from the returned mean in a second one: the same numbers. A client without a usable batch takes no part.
public struct FedTAN: NormPolicy {
  /// Makes the policy.
  public init() {}

  public var affine: NormTreatment { .averaged }
  public var statistics: NormTreatment { .averaged }
  public func phase(inRound round: Int, of rounds: Int) -> NormPhase {
    NormPhase(.averaged, NormTraining(.batch, isFirstStepJoint: true))
  }
  public func extraValues(
    of layer: NetworkLayer, statistics count: Int, passes: Int
  ) -> (sent: Int, received: Int) {
    let values = 4 * passes * (layer.batchChannels ?? 0)
    return (values, values)
  }

  static let entry = CatalogEntry<any NormPolicy>(
    "fedtan", "averaged; the first local step normalizes over the whole cohort", source: "Wang, Shi & Chang 2023"
  ) { _ in FedTAN() }
}

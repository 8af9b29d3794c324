internal import Catalogs

/// Normalized averaging: each client's update counts by the step, so that clients with more steps don't pull the
/// objective towards theirs.
///
///     w ← w + τ_eff Σp_k Δ_k/τ_k        τ_eff = Σp_k τ_k
///
/// With s_k = 1/τ_k as the influence of a client and Δ = Σp_k s_k Δ_k / Σp_k s_k, that is w + τ_eff·Σp_k/τ_k·Δ.
/// The factor is 1 where all clients take the same number of steps, and greater otherwise.
///
/// Source: Wang et al., "Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization", NeurIPS
/// 2020, Section 5 with a_k = (1, …, 1); where `client.overrides` gives a client another learning rate than all have,
/// a_k = (ρ_k, …, ρ_k) with ρ_k the quotient of the two, and τ_k is τ_kρ_k.
/// Differs: τ_k counts steps whatever the optimizer and its schedule are; the paper's ‖a_k‖₁ of SGD with momentum, with
/// learning rates that change within a round, or with a proximal term is not used.
public struct FedNova: Strategy {
  /// Makes the strategy.
  public init() {}

  public func problems(with run: RunConfiguration) -> [String] {
    var problems: [String] = []
    if run.aggregator.component.keepsUpdates {
      problems.append("it weighs updates by their clients' steps (allowed: aggregator mean)")
    }
    if Set(run.settings.map { "\(type(of: $0.optimizer))" }).count > 1 {
      problems.append(
        "it weighs updates by their clients' steps, and those of several optimizers are not alike (allowed: one kind in client.optimizer and client.overrides)"
      )
    }
    return problems
  }

  /// An influence is 1 at most; what all have in common does not count.
  public func arrived(_ update: inout ClientUpdate) {
    update.influence = min(1, update.leastStepScale / (Double(update.steps) * update.stepScale))
  }

  public func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    var effectiveSteps = 0.0
    var inverseSteps = 0.0
    for member in update.members {
      let steps = Double(member.steps) * member.stepScale
      effectiveSteps += member.weight * steps
      inverseSteps += member.weight / steps
    }
    return update.moved(by: Float(effectiveSteps * inverseSteps))
  }

  static let entry = CatalogEntry<any Strategy>(
    "fednova", "updates normalized by the number of local steps", source: "Wang et al., NeurIPS 2020"
  ) { _ in FedNova() }
}

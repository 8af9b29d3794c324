internal import Catalogs

/// Normalized averaging: each client's update counts by the step, so that clients with more steps don't pull the
/// objective towards theirs.
///
///     w ← w − τ_eff Σp_k (w − w_k)/τ_k        τ_eff = Σp_k τ_k
///
/// With s_k = 1/τ_k as the influence of a client and m = Σp_k s_k w_k / Σp_k s_k, that is w + τ_eff·Σp_k/τ_k·(m − w).
/// The factor is 1 where all clients take the same number of steps, and greater otherwise.
///
/// Source: Wang et al., "Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization", NeurIPS
/// 2020, Section 5 with a_k = (1, …, 1).
/// Differs: τ_k counts steps whatever the optimizer is; the paper's ‖a_k‖₁ of SGD with momentum or a proximal term is
/// not used.
public struct FedNova: Strategy {
  /// Makes the strategy.
  public init() {}

  public var hasGradientTerm: Bool { false }

  public func influence(steps: Int) -> Double { 1 / Double(steps) }

  public func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    var effectiveSteps = 0.0
    var inverseSteps = 0.0
    for member in update.members {
      effectiveSteps += member.weight * Double(member.steps)
      inverseSteps += member.weight / Double(member.steps)
    }
    let factor = Float(effectiveSteps * inverseSteps)
    // With equal steps w + (m − w) would only round m.
    guard factor != 1 else { return update.mean }
    var result = Array(global)
    for place in result.indices { result[place] += factor * (update.mean[place] - result[place]) }
    return result
  }

  static let entry = CatalogEntry<any Strategy>(
    "fednova", "updates normalized by the number of local steps", source: "Wang et al., NeurIPS 2020"
  ) { _ in FedNova() }
}

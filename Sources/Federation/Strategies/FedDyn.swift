internal import Catalogs
internal import Tensors

/// Dynamic regularization: each client's loss gains a linear and a quadratic term, so that the clients' minima meet at
/// that of the whole.
///
/// Client k remembers a_k (`drift`), the server ā (`drift`), both 0 at first, over the shared trainable values. In each
/// local step the gradient gains α_k(w_local − w + a_k). Then
///
///     a_k ← a_k + Δ_k        ā ← ā + Σ_SΔ_k/N        w ← w + Δ + ā
///
/// with α_k = α under `weights: uniform`, and α/(N·n_k/Σn) under `samples`. Nothing is sent beside Δ_k.
///
/// Source: Acar et al., "Federated Learning Based on Dynamic Regularization", ICLR 2021, Algorithm 1, with
/// a_k = −∇L_k/α and ā = −h/α; α_k is that of the authors' code.
/// Differs: Δ = Σp_kΔ_k, where the code has a plain mean; gradients are not clipped unless `client.gradient_clip` says so
/// (the code does so at norm 10); what is evaluated is w, where the code also reports the clients' mean.
public struct FedDyn: Strategy {
  /// α.
  public let alpha: Double

  /// Makes the strategy.
  ///
  /// - Precondition: α > 0.
  public init(alpha: Double = 0.01) {
    precondition(alpha > 0, "an α of \(alpha)")
    self.alpha = alpha
  }

  public var serverSlots: [MemorySlot] { [.vector("drift")] }
  public var clientSlots: [MemorySlot] { [.vector("drift")] }
  public var meanVectors: [MemorySlot] { [.vector("delta")] }

  public func train(_ round: ClientRound) throws {
    let drift = round.memory[vector: "drift"] ?? [Float](repeating: 0, count: round.sharedCount)
    let alpha = Float(self.alpha / (Double(round.population) * round.populationWeight))
    try round.run { step in
      step.gradient.add(alpha, step.sharedCurrent - step.sharedReceived)
      step.gradient.add(alpha, drift)
    }
    guard round.steps > 0 else { return }
    round.memory[vector: "drift"] = zip(drift, try round.delta()).map { $0 + $1 }
  }

  public func arrived(_ update: inout ClientUpdate) { update.vectors["delta"] = update.delta }

  public func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    var drift = memory[vector: "drift"] ?? [Float](repeating: 0, count: update.delta.count)
    // The mean over those that reported, times how many they are of all.
    let share = Float(Double(update.members.count) / Double(update.population))
    for (place, delta) in (update.vectors["delta"] ?? []).enumerated() { drift[place] += share * delta }
    memory[vector: "drift"] = drift
    return zip(update.moved(), drift).map { $0 + $1 }
  }

  static let entry = CatalogEntry<any Strategy>(
    "feddyn", "dynamic regularization of the clients' losses", source: "Acar et al., ICLR 2021",
    options: [Option("alpha", .number(.above(0)), default: .number(0.01), "strength α of the regularization")]
  ) { FedDyn(alpha: $0.number("alpha")) }
}

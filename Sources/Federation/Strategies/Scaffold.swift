internal import Catalogs
internal import Networks

/// Control variates against client drift: the server keeps c, client k keeps c_k, both 0 at first, over the shared
/// trainable values.
///
/// In each local step the gradient gains c − c_k. After τ_k steps of learning rates η_t, whose sum is τ_kη where all are
/// the same,
///
///     c_k⁺ = c_k − c − Δ_k/Ση_t
///     w ← w + Σp_kΔ_k
///     c ← c + |S|/N · mean(c_k⁺ − c_k)
///
/// with the mean over the clients S that reported, every one counting the same, of N in the federation. So c stays the
/// mean of all clients' c_k. A client that was not trained keeps its c_k.
///
/// Values that a norm policy keeps local have no control variate: the server never sees what c would be made of.
///
/// Source: Karimireddy et al., "SCAFFOLD: Stochastic Controlled Averaging for Federated Learning", ICML 2020,
/// Algorithm 1 with option II and η_g = 1.
/// Differs: w is weighted by `weights`; the paper's is `weights: uniform`.
public struct Scaffold: Strategy {
  /// Makes the strategy.
  public init() {}

  public var serverSlots: [MemorySlot] { [.vector("control", isSent: true)] }
  public var clientSlots: [MemorySlot] { [.vector("control")] }
  public var meanVectors: [MemorySlot] { [.vector("control", isSent: true)] }

  /// −Δ_k/Ση_t is the mean gradient only where a step is w −= η·g.
  public func problems(with run: RunConfiguration) -> [String] {
    if run.hasPlainSteps { return [] }
    let others = run.overriddenOptimizerWords
    return [
      "its control variates need local steps of plain SGD (allowed: client.optimizer sgd with momentum 0\(others))"
    ]
  }

  public func train(_ round: ClientRound) throws {
    let control = round.server[vector: "control"]
    let own = round.memory[vector: "control"]
    var correction = control
    if let own { correction = correction.map { zip($0, own).map { $0 - $1 } } }
    // A federation of one client never has anything to correct.
    if let correction, correction.contains(where: { $0 != 0 }) {
      try round.run { step in step.gradient.add(1, correction) }
    } else {
      try round.run()
    }
    guard round.steps > 0 else { return }
    // c_k⁺ − c_k, which does not depend on c_k.
    let factor = Float(-1 / round.stepSizeSum)
    guard factor.isFinite else {
      // Steps that are nothing in single precision tell no gradient.
      return round.send("control", [Float](repeating: 0, count: round.sharedCount))
    }
    var change = try round.delta().map { factor * $0 }
    if let control { for place in change.indices { change[place] -= control[place] } }
    round.memory[vector: "control"] = own.map { zip($0, change).map { $0 + $1 } } ?? change
    round.send("control", change)
  }

  public func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    var control = memory[vector: "control"] ?? [Float](repeating: 0, count: update.delta.count)
    let share = Float(Double(update.members.count) / Double(update.population))
    for (place, change) in (update.vectors["control"] ?? []).enumerated() { control[place] += share * change }
    memory[vector: "control"] = control
    return update.moved()
  }

  static let entry = CatalogEntry<any Strategy>(
    "scaffold", "control variates against client drift", source: "Karimireddy et al., ICML 2020"
  ) { _ in Scaffold() }
}

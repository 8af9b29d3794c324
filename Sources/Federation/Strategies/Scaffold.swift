internal import Catalogs
public import Networks
internal import Tensors

/// Control variates against client drift: the server keeps c, client k keeps c_k, both 0 at first, over the shared
/// trainable values.
///
/// In each local step the gradient gains c − c_k. After τ_k steps of learning rate η
///
///     c_k⁺ = c_k − c + (w − w_k)/(τ_k η)
///     w ← Σp_k w_k
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
  public var returnedVectors: [String] { ["control"] }

  /// (w − w_k)/(τ_k η) is the mean gradient only where a step is w −= η·g.
  public func mismatch(_ optimizer: any Optimizer) -> String? {
    if let sgd = optimizer as? SGD, sgd.momentum == 0 { return nil }
    return "its control variates need local steps of plain SGD (allowed: client.optimizer sgd with momentum 0)"
  }

  public var hasGradientTerm: Bool { true }

  public func gradientTerm(_ received: ReceivedState) -> GradientTerm? {
    guard var correction = received.server[vector: "control"] else { return nil }
    if let own = received.own[vector: "control"] {
      for place in correction.indices { correction[place] -= own[place] }
    }
    // A federation of one client never has anything to correct.
    guard correction.contains(where: { $0 != 0 }) else { return nil }
    return { [correction] gradients, _ in
      Kernels.addScaled(correction, count: correction.count, factor: 1, to: gradients)
    }
  }

  public func contribution(
    _ received: ReceivedState, _ trained: TrainedState, memory: inout SlotMemory
  ) -> [String: [Float]] {
    let factor = Float(1 / (Double(trained.steps) * trained.learningRate))
    // c_k⁺ − c_k, which does not depend on c_k.
    var change = [Float](repeating: 0, count: received.sharedCount)
    for block in received.sharedBlocks {
      for (place, value) in block.range.enumerated() {
        change[value] = factor * (block.values[place] - trained.values[value])
      }
    }
    if let control = received.server[vector: "control"] {
      for place in change.indices { change[place] -= control[place] }
    }
    if var own = received.own[vector: "control"] {
      for place in own.indices { own[place] += change[place] }
      memory[vector: "control"] = own
    } else {
      memory[vector: "control"] = change
    }
    return ["control": change]
  }

  public func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    var control = memory[vector: "control"] ?? [Float](repeating: 0, count: global.count)
    let share = Float(Double(update.members.count) / Double(update.population))
    for (place, change) in (update.vectors["control"] ?? []).enumerated() { control[place] += share * change }
    memory[vector: "control"] = control
    return update.mean
  }

  static let entry = CatalogEntry<any Strategy>(
    "scaffold", "control variates against client drift", source: "Karimireddy et al., ICML 2020"
  ) { _ in Scaffold() }
}

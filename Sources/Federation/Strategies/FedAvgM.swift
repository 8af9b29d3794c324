internal import Catalogs

/// Server momentum: Δ = Σp_k w_k − w, v ← βv + Δ, w ← w + η_s v.
///
/// Source: Hsu et al., "Measuring the Effects of Non-Identical Data Distribution for Federated Visual
/// Classification", 2019.
public struct FedAvgM: Strategy {
  /// β.
  public let momentum: Float
  /// η_s.
  public let serverRate: Float

  /// Makes the strategy.
  public init(momentum: Float = 0.9, serverRate: Float = 1) {
    self.momentum = momentum
    self.serverRate = serverRate
  }

  public var serverSlots: [MemorySlot] { [.vector("momentum")] }
  public var hasGradientTerm: Bool { false }

  public func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    let mean = update.mean
    var velocity = memory[vector: "momentum"] ?? [Float](repeating: 0, count: mean.count)
    var result = Array(global)
    for i in result.indices {
      velocity[i] = momentum * velocity[i] + (mean[i] - result[i])
      result[i] += serverRate * velocity[i]
    }
    memory[vector: "momentum"] = velocity
    return result
  }

  static let entry = CatalogEntry<any Strategy>(
    "fedavgm", "server momentum", source: "Hsu et al. 2019",
    options: [
      Option("momentum", .number(.init(0, 1, upperIsOpen: true)), default: .number(0.9), "weight of the old velocity"),
      Option("server_learning_rate", .number(.above(0)), default: .number(1), "step size η_s"),
    ]
  ) { FedAvgM(momentum: Float($0.number("momentum")), serverRate: Float($0.number("server_learning_rate"))) }
}

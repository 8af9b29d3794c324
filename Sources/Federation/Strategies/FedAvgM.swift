internal import Catalogs

/// Server momentum on the mean update Δ: v ← βv + Δ, w ← w + η_s v.
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

  public func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    var velocity = memory[vector: "momentum"] ?? [Float](repeating: 0, count: update.delta.count)
    var result = update.received
    for i in result.indices {
      velocity[i] = momentum * velocity[i] + update.delta[i]
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

internal import Catalogs
public import Federation

// guide: begin
/// Nesterov momentum on the server: v ← βv + Δ, w ← w + η_s(Δ + βv).
///
/// Source: Douillard et al., "DiLoCo: Distributed Low-Communication Training of Language Models", 2023, Algorithm 1.
/// Differs: the clients' optimizer is whatever the scenario says; the paper uses AdamW.
public struct FedNesterov: Strategy {
  /// β.
  public let momentum: Float
  /// η_s.
  public let serverRate: Float

  /// Makes the strategy.
  public init(momentum: Float = 0.9, serverRate: Float = 0.7) {
    self.momentum = momentum
    self.serverRate = serverRate
  }

  public var serverSlots: [MemorySlot] { [.vector("momentum")] }

  public func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    var velocity = memory[vector: "momentum"] ?? [Float](repeating: 0, count: update.delta.count)
    var result = update.received
    for place in result.indices {
      let delta = update.delta[place]
      velocity[place] = momentum * velocity[place] + delta
      result[place] += serverRate * (delta + momentum * velocity[place])
    }
    memory[vector: "momentum"] = velocity
    return result
  }

  static let entry = CatalogEntry<any Strategy>(
    "fednesterov", "Nesterov momentum on the server", source: "Douillard et al. 2023",
    options: [
      Option("momentum", .number(.init(0, 1, upperIsOpen: true)), default: .number(0.9), "weight of the old velocity"),
      Option("server_learning_rate", .number(.above(0)), default: .number(0.7), "step size η_s"),
    ]
  ) { FedNesterov(momentum: Float($0.number("momentum")), serverRate: Float($0.number("server_learning_rate"))) }
}
// guide: end

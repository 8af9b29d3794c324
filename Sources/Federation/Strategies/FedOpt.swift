internal import Catalogs

/// An adaptive server optimizer on the mean update Δ: m ← β₁m + (1−β₁)Δ, w ← w + η_s·m/(√v + τ), with v by the
/// variant. v starts at τ², and there is no bias correction.
///
/// Source: Reddi et al., "Adaptive Federated Optimization", ICLR 2021, Algorithm 2.
public struct FedOpt: Strategy {
  /// How v follows Δ².
  public enum Variant: Sendable {
    /// v ← β₂v + (1−β₂)Δ².
    case adam
    /// v ← v − (1−β₂)Δ²·sign(v − Δ²).
    case yogi
    /// v ← v + Δ².
    case adagrad
  }

  /// The variant.
  public let variant: Variant
  /// η_s.
  public let serverRate: Float
  /// β₁.
  public let beta1: Float
  /// β₂.
  public let beta2: Float
  /// τ.
  public let tau: Float

  /// Makes the strategy.
  public init(_ variant: Variant, serverRate: Float, beta1: Float = 0.9, beta2: Float = 0.99, tau: Float = 1e-3) {
    self.variant = variant
    self.serverRate = serverRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.tau = tau
  }

  public var serverSlots: [MemorySlot] { [.vector("exp_avg"), .vector("exp_avg_sq")] }

  public func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    let count = update.delta.count
    var m = memory[vector: "exp_avg"] ?? [Float](repeating: 0, count: count)
    var v = memory[vector: "exp_avg_sq"] ?? [Float](repeating: tau * tau, count: count)
    var result = update.received
    for i in result.indices {
      let delta = update.delta[i]
      let square = delta * delta
      m[i] = beta1 * m[i] + (1 - beta1) * delta
      switch variant {
      case .adam: v[i] = beta2 * v[i] + (1 - beta2) * square
      case .yogi: v[i] -= (1 - beta2) * square * (v[i] > square ? 1 : v[i] < square ? -1 : 0)
      case .adagrad: v[i] += square
      }
      result[i] += serverRate * m[i] / (v[i].squareRoot() + tau)
    }
    memory[vector: "exp_avg"] = m
    memory[vector: "exp_avg_sq"] = v
    return result
  }

  static func entry(_ name: String, _ variant: Variant) -> CatalogEntry<any Strategy> {
    let share = OptionKind.number(.init(0, 1, upperIsOpen: true))
    var options = [
      Option("server_learning_rate", .number(.above(0)), default: .number(0.1), "step size η_s"),
      Option("beta1", share, default: .number(variant == .adagrad ? 0 : 0.9), "weight of the old mean"),
      Option("tau", .number(.above(0)), default: .number(1e-3), "degree of adaptivity"),
    ]
    // Adagrad sums the squares and forgets none.
    if variant != .adagrad {
      options.insert(Option("beta2", share, default: .number(0.99), "weight of the old mean square"), at: 2)
    }
    return CatalogEntry(
      name, "adaptive server optimizer on the mean update", source: "Reddi et al., ICLR 2021", options: options
    ) {
      FedOpt(
        variant, serverRate: Float($0.number("server_learning_rate")), beta1: Float($0.number("beta1")),
        beta2: variant == .adagrad ? 0 : Float($0.number("beta2")), tau: Float($0.number("tau")))
    }
  }
}

internal import Catalogs

/// FedAvg whose local loss gains μ/2·‖w − w_received‖²: the gradient of each step gains μ(w − w_received) over the
/// trainable values.
///
/// Under a local norm policy the received value of a local tensor is the client's own.
///
/// Source: Li et al., "Federated Optimization in Heterogeneous Networks", MLSys 2020, Equation 2.
public struct FedProx: Strategy {
  /// μ.
  public let mu: Float

  /// Makes the strategy.
  public init(mu: Float) { self.mu = mu }

  public var hasGradientTerm: Bool { mu != 0 }

  public func gradientTerm(_ received: ReceivedState) -> GradientTerm? {
    guard mu != 0 else { return nil }
    let mu = mu
    return { gradients, values in
      for block in received.trainableBlocks {
        for (place, value) in block.range.enumerated() {
          gradients[value] += mu * (values[value] - block.values[place])
        }
      }
    }
  }

  public func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    update.mean
  }

  static let entry = CatalogEntry<any Strategy>(
    "fedprox", "FedAvg with a pull to the received weights", source: "Li et al., MLSys 2020",
    options: [Option("mu", .number(.atLeast(0)), default: .number(0.01), "strength of the pull")]
  ) { FedProx(mu: Float($0.number("mu"))) }
}

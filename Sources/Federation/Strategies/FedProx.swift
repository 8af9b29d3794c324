internal import Catalogs
internal import Tensors

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

  public func train(_ round: ClientRound) throws {
    guard mu != 0 else { return try round.run() }
    try round.run { step in step.gradient.add(mu, step.current - step.received) }
  }

  public func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.moved() }

  static let entry = CatalogEntry<any Strategy>(
    "fedprox", "FedAvg with a pull to the received weights", source: "Li et al., MLSys 2020",
    options: [Option("mu", .number(.atLeast(0)), default: .number(0.01), "strength of the pull")]
  ) { FedProx(mu: Float($0.number("mu"))) }
}

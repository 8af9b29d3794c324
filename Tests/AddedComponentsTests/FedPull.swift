internal import Catalogs
public import Federation
internal import Tensors

// guide: begin
/// FedProx over the shared values alone: the gradient of each step gains μ(w_local − w) where w is shared, and values
/// that stay with the client move freely.
///
/// Source: Li et al., "Federated Optimization in Heterogeneous Networks", MLSys 2020, Equation 2.
/// Differs: the paper knows no local values; `fedprox` pulls them to the client's own of the round's start.
public struct FedPull: Strategy {
  /// μ.
  public let mu: Float

  /// Makes the strategy.
  ///
  /// - Precondition: μ ≥ 0.
  public init(mu: Float = 0.01) {
    precondition(mu >= 0, "a μ of \(mu)")
    self.mu = mu
  }

  public func train(_ round: ClientRound) throws {
    // Without a term the run is FedAvg to the bit, and layers may step by themselves.
    guard mu != 0 else { return try round.run() }
    try round.run { step in step.gradient.add(mu, step.sharedCurrent - step.sharedReceived) }
  }

  public func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.moved() }

  static let entry = CatalogEntry<any Strategy>(
    "fedpull", "FedAvg with a pull of the shared weights alone", source: "Li et al., MLSys 2020",
    options: [Option("mu", .number(.atLeast(0)), default: .number(0.01), "strength of the pull")]
  ) { FedPull(mu: Float($0.number("mu"))) }
}
// guide: end

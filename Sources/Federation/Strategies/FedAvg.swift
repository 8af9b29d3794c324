internal import Catalogs

/// The mean of the clients' updates: w ← w + η_sΔ, which is Σp_k w_k where η_s = 1.
///
/// Source: McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data", AISTATS 2017,
/// Algorithm 1; with a server rate, Reddi et al., "Adaptive Federated Optimization", ICLR 2021, Algorithm 1.
public struct FedAvg: Strategy {
  /// η_s.
  public let serverRate: Float

  /// Makes the strategy.
  public init(serverRate: Float = 1) { self.serverRate = serverRate }

  public func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.moved(by: serverRate) }

  static let entry = CatalogEntry<any Strategy>(
    "fedavg", "the mean of the clients' weights", source: "McMahan et al., AISTATS 2017",
    options: [Option("server_learning_rate", .number(.above(0)), default: .number(1), "step size η_s")]
  ) { FedAvg(serverRate: Float($0.number("server_learning_rate"))) }
}

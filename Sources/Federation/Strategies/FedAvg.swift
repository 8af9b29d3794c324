internal import Catalogs

/// The mean of the clients' weights: w ← Σp_k w_k.
///
/// Source: McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data", AISTATS 2017,
/// Algorithm 1.
public struct FedAvg: Strategy {
  /// Makes the strategy.
  public init() {}

  public var hasGradientTerm: Bool { false }

  public func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
    update.mean
  }

  static let entry = CatalogEntry<any Strategy>(
    "fedavg", "the mean of the clients' weights", source: "McMahan et al., AISTATS 2017"
  ) { _ in FedAvg() }
}

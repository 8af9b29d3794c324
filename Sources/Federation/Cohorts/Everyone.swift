internal import Catalogs

/// Every client that is there, every round; in an asynchronous schedule any of them for a freed place.
public struct Everyone: CohortSampler {
  /// Makes the sampler.
  public init() {}

  public func cohort(_ context: inout SamplingContext) -> [Int]? {
    guard context.isRestricted else { return Array(0..<context.population) }
    let clients = (0..<context.population).filter { context.isIdle($0) }
    return clients.isEmpty ? nil : clients
  }

  public func size(population: Int) -> Int { population }

  static let entry = CatalogEntry<any CohortSampler>("everyone", "every client, every round") { _ in Everyone() }
}

internal import Catalogs

/// So many clients a round, one after the other over the population: round r has the clients ((r − 1)c + i) mod N. Those that
/// are away are left out.
public struct RoundRobin: CohortSampler {
  /// How many, c.
  public let count: Int

  /// Makes the sampler.
  public init(count: Int) { self.count = count }

  public func size(population: Int) -> Int { min(count, population) }

  public func cohort(_ context: inout SamplingContext) -> [Int]? {
    let clients = clients(context).filter { context.isIdle($0) }.sorted()
    return clients.isEmpty ? nil : clients
  }

  public func candidates(_ context: SamplingContext) -> [Int]? { clients(context) }

  public func problem(population: Int, isAsynchronous: Bool) -> String? {
    isAsynchronous ? "goes by rounds, which an asynchronous schedule has none of" : nil
  }

  private func clients(_ context: SamplingContext) -> [Int] {
    // Of a product that no number holds the rest is still that of the parts.
    let population = context.population
    let first = ((context.round - 1) % population) * (count % population) % population
    return (0..<size(population: population)).map { (first + $0) % population }
  }

  static let entry = CatalogEntry<any CohortSampler>(
    "round-robin", "so many clients a round, one after the other",
    options: [.required("count", .integer(1...10_000_000), "how many clients")], shorthand: "count"
  ) { RoundRobin(count: $0.integer("count")) }
}

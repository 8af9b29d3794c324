internal import Catalogs
internal import Foundation
internal import Randomness

/// So many clients a round of those that are there, one after the other without replacement, each time with a probability in
/// proportion to the training examples n_k of those left. In an asynchronous schedule a freed place is given like the first.
///
/// Source: Efraimidis & Spirakis, "Weighted random sampling with a reservoir", 2006: the clients with the least −ln(u_k)/n_k
/// are such a sample, in the order in which it is drawn.
public struct WeightedCohort: CohortSampler {
  /// How many.
  public let count: Int

  /// Makes the sampler.
  public init(count: Int) { self.count = count }

  public func size(population: Int) -> Int { min(count, population) }

  public func cohort(_ context: inout SamplingContext) -> [Int]? {
    let clients = first(count, RandomStream(seed: context.seed, .cohort, UInt64(context.round)), &context)
    return clients.isEmpty ? nil : clients.sorted()
  }

  public func next(_ context: inout SamplingContext) -> Int? {
    first(1, RandomStream(seed: context.seed, .cohort, UInt64(context.startCount), 1), &context).first
  }

  /// As many as are drawn first; those without an example last.
  private func first(_ count: Int, _ stream: RandomStream, _ context: inout SamplingContext) -> [Int] {
    var stream = stream
    var keys: [(key: Double, client: Int)] = []
    for client in 0..<context.population {
      let length = -log(1 - stream.uniform())
      let weight = context.trainCount(client)
      if context.isIdle(client) { keys.append((weight > 0 ? length / Double(weight) : .infinity, client)) }
    }
    return keys.sorted { $0 < $1 }.prefix(count).map(\.client)
  }

  static let entry = CatalogEntry<any CohortSampler>(
    "weighted", "so many clients a round, those with more training examples more often",
    options: [.required("count", .integer(1...10_000_000), "how many clients")], shorthand: "count"
  ) { WeightedCohort(count: $0.integer("count")) }
}

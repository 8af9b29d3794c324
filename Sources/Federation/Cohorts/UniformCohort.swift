internal import Catalogs
internal import Randomness

/// So many clients a round of those that are there, each set equally likely, without replacement within the round; all
/// of them where they are fewer. In an asynchronous schedule a freed place is given to any of them, and their number is
/// the schedule's.
///
/// Source: McMahan et al. 2017, Algorithm 1 (C·K clients, at least one).
public struct UniformCohort: CohortSampler {
  /// How many.
  public enum Amount: Sendable, Equatable {
    /// A number of clients, at most all.
    case count(Int)
    /// A share of the population, rounded, at least one client.
    case fraction(Double)
  }

  /// How many.
  public let amount: Amount

  /// Makes the sampler.
  public init(_ amount: Amount) { self.amount = amount }

  public func size(population: Int) -> Int {
    switch amount {
    case .count(let count): min(count, population)
    case .fraction(let fraction): min(population, max(1, Int((fraction * Double(population)).rounded())))
    }
  }

  public func cohort(_ context: inout SamplingContext) -> [Int]? {
    let size = size(population: context.population)
    var stream = RandomStream(seed: context.seed, .cohort, UInt64(context.round))
    guard context.isRestricted else { return stream.sample(size, of: context.population) }
    var order = RandomOrder(of: context.population)
    var chosen: [Int] = []
    while chosen.count < size, let client = order.next(&stream) {
      if context.isIdle(client) { chosen.append(client) }
    }
    return chosen.isEmpty ? nil : chosen.sorted()
  }

  static let entry = CatalogEntry<any CohortSampler>(
    "uniform", "a number or a share of the clients, drawn anew each round", source: "McMahan et al. 2017",
    options: [
      .optional("count", .integer(1...10_000_000), "how many clients"),
      .optional("fraction", .number(.init(0, 1, lowerIsOpen: true)), "which share of the clients"),
    ]
  ) { options in
    switch (options.optionalInteger("count"), options.optionalNumber("fraction")) {
    case (let count?, nil): return UniformCohort(.count(count))
    case (nil, let fraction?): return UniformCohort(.fraction(fraction))
    default: throw OptionProblem(nil, "needs exactly one of 'count' and 'fraction'")
    }
  }
}

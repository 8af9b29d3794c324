internal import Catalogs
internal import Foundation
internal import Randomness

/// Each client that is there takes part with the same probability q, by itself: a round may have nobody.
///
/// Clients that do not take part are passed over by lengths of a geometric distribution, so that a round takes a time in
/// proportion to its cohort.
public struct PoissonCohort: CohortSampler {
  /// q.
  public let fraction: Double

  /// Makes the sampler.
  ///
  /// - Precondition: 0 < q ≤ 1.
  public init(fraction: Double) { self.fraction = fraction }

  /// Six standard deviations above the mean, which no round of a run exceeds.
  public func size(population: Int) -> Int {
    let mean = fraction * Double(population)
    return min(population, Int((mean + 6 * (mean * (1 - fraction)).squareRoot()).rounded(.up)))
  }

  public func cohort(_ context: inout SamplingContext) -> [Int]? {
    var stream = RandomStream(seed: context.seed, .cohort, UInt64(context.round))
    var clients: [Int] = []
    var client = -1
    while true {
      // ⌊ln u/ln(1 − q)⌋ clients are passed over.
      let passed = fraction < 1 ? log(1 - stream.uniform()) / log1p(-fraction) : 0
      guard passed < Double(context.population - client - 1) else { break }
      client += 1 + Int(passed)
      if context.isIdle(client) { clients.append(client) }
    }
    guard clients.isEmpty, context.isRestricted else { return clients }
    return (0..<context.population).contains { context.isIdle($0) } ? [] : nil
  }

  public func problem(population: Int, isAsynchronous: Bool) -> String? {
    isAsynchronous ? "draws whole rounds, which an asynchronous schedule has none of" : nil
  }

  static let entry = CatalogEntry<any CohortSampler>(
    "poisson", "each client by itself, with the same probability",
    options: [.required("fraction", .number(.init(0, 1, lowerIsOpen: true)), "the probability of a client")],
    shorthand: "fraction"
  ) { PoissonCohort(fraction: $0.number("fraction")) }
}

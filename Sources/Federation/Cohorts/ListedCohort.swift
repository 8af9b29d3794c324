internal import Catalogs

/// Cohorts that are written down: round r has the list (r − 1) mod their number. In an asynchronous schedule one list
/// says who begins at time 0, and then whom each freed place is given to.
///
/// A client of a round that is away is left out. In an order it is waited for, as is one that is still training: the
/// places stay free until it can begin.
public struct ListedCohort: CohortSampler {
  /// What is written down.
  public enum Plan: Sendable, Equatable {
    /// A list of clients for each round, none twice in one.
    case rounds([[Int]])
    /// Clients in the order in which they begin.
    case order([Int])
  }

  /// What is written down.
  public let plan: Plan

  /// Makes the sampler.
  public init(_ plan: Plan) { self.plan = plan }

  public func size(population: Int) -> Int {
    switch plan {
    case .rounds(let rounds): rounds.map(\.count).max() ?? 0
    case .order(let order): min(population, order.count)
    }
  }

  public func cohort(_ context: inout SamplingContext) throws(CohortProblem) -> [Int]? {
    guard case .rounds(let rounds) = plan else { throw misfit(isAsynchronous: false, context) }
    let clients = rounds[(context.round - 1) % rounds.count]
    guard clients.allSatisfy((0..<context.population).contains) else { throw misfit(isAsynchronous: false, context) }
    let there = clients.filter { context.isIdle($0) }.sorted()
    return there.isEmpty ? nil : there
  }

  public func next(_ context: inout SamplingContext) throws(CohortProblem) -> Int? {
    guard case .order(let order) = plan else { throw misfit(isAsynchronous: true, context) }
    guard context.startCount < order.count else {
      // Who is training still makes versions.
      if context.trainingCount > 0 { return nil }
      throw CohortProblem(
        "the 'order' of the cohort has \(order.count) \(order.count == 1 ? "client" : "clients"), and version \(context.round) needs one more"
      )
    }
    let client = order[context.startCount]
    guard (0..<context.population).contains(client) else { throw misfit(isAsynchronous: true, context) }
    return context.isIdle(client) ? client : nil
  }

  public func candidates(_ context: SamplingContext) -> [Int]? {
    switch plan {
    case .rounds(let rounds): rounds[(context.round - 1) % rounds.count]
    case .order(let order): context.startCount < order.count ? [order[context.startCount]] : []
    }
  }

  public func problem(population: Int, isAsynchronous: Bool) -> String? {
    switch plan {
    case .rounds where isAsynchronous:
      return "lists 'rounds', which an asynchronous schedule has none of; it needs 'order'"
    case .order where !isAsynchronous:
      return "lists an 'order', which a synchronous schedule has no use for; it needs 'rounds'"
    case .rounds(let rounds):
      for (index, clients) in rounds.enumerated() {
        if let client = clients.first(where: { !(0..<population).contains($0) }) {
          return "round \(index + 1) of 'rounds' has client \(client), and the clients are 0 to \(population - 1)"
        }
      }
    case .order(let order):
      if let client = order.first(where: { !(0..<population).contains($0) }) {
        return "'order' has client \(client), and the clients are 0 to \(population - 1)"
      }
    }
    return nil
  }

  private func misfit(isAsynchronous: Bool, _ context: SamplingContext) -> CohortProblem {
    let problem = problem(population: context.population, isAsynchronous: isAsynchronous)
    return CohortProblem("the listed cohort: " + (problem ?? "it does not fit the run"))
  }

  static let entry = CatalogEntry<any CohortSampler>(
    "listed", "clients that are written down, round by round or in the order in which they begin",
    options: [
      .optional(
        "rounds", .list(.list(.integer(0...9_999_999), count: 1...10_000_000), count: 1...1_000_000),
        "the clients of each round, from the first again after the last"),
      .optional(
        "order", .list(.integer(0...9_999_999), count: 1...10_000_000),
        "in an asynchronous schedule: who begins at time 0, then whom each freed place is given to"),
    ]
  ) { options in
    switch (options.value("rounds"), options.integers("order")) {
    case (.list(let lists)?, nil):
      let rounds = lists.map { list in
        guard case .list(let clients) = list else { return [Int]() }
        return clients.compactMap { if case .integer(let client) = $0 { client } else { nil } }
      }
      for (index, clients) in rounds.enumerated() {
        if clients.isEmpty { throw OptionProblem("rounds", "round \(index + 1) has no client") }
        var seen: Set<Int> = []
        for client in clients where !seen.insert(client).inserted {
          throw OptionProblem("rounds", "round \(index + 1) has client \(client) twice")
        }
      }
      return ListedCohort(.rounds(rounds))
    case (nil, let order?): return ListedCohort(.order(order))
    default: throw OptionProblem(nil, "needs exactly one of 'rounds' and 'order'")
    }
  }
}

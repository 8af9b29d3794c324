internal import Networks
internal import Randomness

/// What the server makes of a round.
extension FederatedRun {
  /// Makes the next global state; returns the sketch of the aggregated update, empty where nobody of the cohort is
  /// recorded.
  ///
  /// - Parameter weightSum: The sum of the weights of those that reported, among all that took part.
  mutating func aggregate(
    _ weighted: [(result: ClientResult, weight: Double)], weightSum: Double, _ present: [PlannedParticipation],
    _ step: ServerStep
  ) async throws -> [Float] {
    let (layout, policy, round) = (configuration.network.layout, configuration.norm.component, step.version)
    let shared = configuration.sharedTrainableCount
    guard let updates else { preconditionFailure("round \(round) has nothing to aggregate") }
    var (update, rule) = try await updates.take(
      weighted, received: state.global.values[..<shared], asked: step.participations.count, on: pool)
    let share = merge(&update, &rule, weighted, weightSum: weightSum, present)
    var sketch: [Float] = []
    if present.contains(where: { recorded.contains($0.client) }) {
      sketch = UpdateMeasure(configuration, cohortSize: present.count).emptySketch
      UpdateSketch.add(update.delta, nil, count: shared, offset: 0, to: &sketch)
    }
    for (number, transform) in configuration.transforms.enumerated().reversed() {
      var stream = RandomStream(seed: configuration.seed, .noise, UInt64(round), UInt64.max, UInt64(number))
      let bound = number > 0 ? configuration.transforms[number - 1].component.normBound : nil
      transform.component.onServer(&update, bound: bound, stream: &stream)
    }
    let next = configuration.strategy.component.next(update, memory: &state.slots)
    precondition(
      next.count == shared, "strategy \(configuration.strategy.name) returned \(next.count) values of \(shared)")
    let statistics = StatisticsAggregation(
      policy: policy, treatment: policy.statistics(inRound: round, of: configuration.rounds), layout: layout,
      rule: rule, share: share, keepsLargerCounters: configuration.schedule.component.isAsynchronous
    ).next(weighted, global: state.global)
    state.global.values.replaceSubrange(0..<shared, with: next)
    state.global.values.replaceSubrange(layout.statisticsRange, with: statistics.values)
    state.global.counters = statistics.counters
    return sketch
  }

  /// Makes of the mean update what the schedule makes of it; returns how much of the clients' statistics is taken.
  private func merge(
    _ update: inout CohortUpdate, _ rule: inout AggregationRule,
    _ weighted: [(result: ClientResult, weight: Double)], weightSum: Double, _ present: [PlannedParticipation]
  ) -> Double {
    let influences = weighted.map(\.result.influence)
    let influenceSum = influences.reduce(0, +)
    switch configuration.schedule.component.merging {
    case .aggregated: return 1
    case .buffered(let serverRate):
      // Σp_i s_iΔ_i, where the mean is over Σp_i s_i.
      let factor = Float(serverRate * influenceSum / weightSum)
      update.delta = update.delta.map { factor * $0 }
      rule = .mixture(updates: influences, statistics: influences.map { $0 / influenceSum })
      return 1
    case .mixed(let alpha):
      let participation = present[weighted[0].result.position]
      let part = alpha * participation.weightFactor
      let base = state.versions[participation.baseVersion]?.values ?? state.global.values
      // a(w_k − w), with w_k = base + Δ_k.
      update.delta = update.delta.indices.map { place in
        Float(part * (Double(update.delta[place]) + Double(base[place]) - Double(update.received[place])))
      }
      return part
    }
  }

  /// The results with the models that their clients go on with, where the server makes one for each.
  func withMixedModels(_ weighted: [(result: ClientResult, weight: Double)]) async throws -> [ClientResult] {
    var results = weighted.map(\.result)
    guard let mixing = configuration.mixing else { return results }
    let layout = configuration.network.layout
    let models = try await mixing.models(
      weighted, next: state.global.values[local.copied], layout, on: pool)
    for (position, model) in models.enumerated() {
      results[position].localValues.replaceSubrange(0..<model.count, with: model)
    }
    return results
  }

  /// Stores what clients keep of a round.
  mutating func keep(_ results: [ClientResult], round: Int) throws {
    for result in results {
      let memory = ClientMemory(of: result, round: round, local)
      try state.clients.set(memory, for: result.client)
    }
  }

  /// Measures the next global model where the policy wants that.
  mutating func recalibrate(_ cohort: [Int], _ weights: [Double], round: Int) async throws {
    let policy = configuration.norm.component
    let layout = configuration.network.layout
    guard policy.statistics(inRound: round, of: configuration.rounds) == .recalibrated,
      layout.sharedStatisticsCount > 0,
      let statistics = try await Recalibration.statistics(context(cohort, weights, round: round), on: pool)
    else { return }
    for (place, found) in zip(layout.statisticsRange.prefix(layout.sharedStatisticsCount), statistics) {
      state.global.values[place] = policy.followed(state.global.values[place], found)
    }
  }
}

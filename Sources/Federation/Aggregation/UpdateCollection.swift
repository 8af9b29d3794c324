internal import Locks
internal import Networks
internal import Tensors

/// The updates of a round's clients as they arrive: summed where the aggregator takes their mean, so that memory does
/// not grow with the cohort; kept one by one where it needs them all.
final class UpdateCollection: Sendable {
  /// What was kept of a client.
  private struct Kept: Sendable {
    let delta: [Float]
    /// w_k, where it is no other than w + Δ_k and is the only one.
    let exact: [Float]?
    let vectors: [String: [Float]]
  }

  private let configuration: RunConfiguration
  private let share: Double
  /// Σp_k s_kΔ_k; nil where updates are kept.
  private let sum: WeightAccumulator?
  /// Σv_k/|S| of each vector that travels beside the updates.
  private let vectors: [String: WeightAccumulator]
  private let kept: Locked<[Int: Kept]>

  /// Makes an empty collection for a cohort. The update of a cohort's only client is kept as well, whatever the
  /// aggregator: a mean of one needs no rounding.
  ///
  /// - Parameter previous: That of the round before, which was taken; its memory is used again.
  /// - Throws: `OutOfMemory`.
  init(_ configuration: RunConfiguration, cohortSize: Int, after previous: UpdateCollection? = nil) throws {
    self.configuration = configuration
    share = 1 / Double(max(1, cohortSize))
    kept = Locked([:])
    let count = configuration.sharedTrainableCount
    guard cohortSize > 1, !configuration.aggregator.component.keepsUpdates else {
      // Each client's numbers, and the copy that the only one has of them.
      try requireMemory(bytes: (cohortSize > 1 ? 4 : 8) * count * cohortSize)
      sum = nil
      vectors = [:]
      return
    }
    sum = try previous?.sum ?? WeightAccumulator(count: count)
    if let previous, previous.sum != nil {
      vectors = previous.vectors
    } else {
      vectors = try Dictionary(
        uniqueKeysWithValues: configuration.strategy.component.meanVectors.map {
          ($0.name, try WeightAccumulator(count: count))
        })
    }
  }

  /// Adds an update.
  ///
  /// - Parameter position: Where its participation stands among those of the round that are trained.
  /// - Throws: `RunProblem` when a number can't be summed.
  func add(_ update: ClientUpdate, at position: Int) throws {
    precondition(
      update.influence > 0 && update.influence <= 1,
      "strategy \(configuration.strategy.name): influence \(update.influence)")
    precondition(
      Set(update.vectors.keys) == Set(configuration.strategy.component.meanVectors.map(\.name))
        && update.vectors.values.allSatisfy { $0.count == update.sharedCount },
      "strategy \(configuration.strategy.name): what travels beside the update is not what it declares, of \(update.sharedCount) values"
    )
    for (name, vector) in update.vectors {
      let place =
        if let sum = vectors[name] { sum.add(vector, weight: share) } else { Self.firstOut(of: vector) }
      if let place { throw RunProblem.vectorOutOfRange(layer: layer(of: place)) }
    }
    let weight = update.weight * update.influence
    switch update.held {
    case .values(let delta):
      if let sum {
        try check(sum.add(delta, weight: weight))
      } else {
        try check(Self.firstOut(of: delta))
        keep(update, at: position, delta, exact: nil)
      }
    case .difference(let trained, let blocks):
      guard let sum else {
        let values = Array(UnsafeBufferPointer(start: trained, count: update.sharedCount))
        try check(Self.firstOut(of: values))
        let delta = update.delta
        try check(Self.firstOut(of: delta))
        return keep(update, at: position, delta, exact: values)
      }
      for block in blocks {
        try check(add(trained, block, to: sum, weight: weight, 0..<update.sharedCount))
      }
    case .deferred(let deferred, let trained, let blocks):
      guard let sum else { preconditionFailure("steps are put off where updates are kept") }
      deferred.scaleClient(by: Float(weight))
      let summed = deferred.weights.range
      for block in blocks {
        try check(add(trained, block, to: sum, weight: weight, 0..<summed.lowerBound))
        try check(add(trained, block, to: sum, weight: weight, summed.upperBound..<update.sharedCount))
      }
    }
  }

  private func add(
    _ trained: UnsafePointer<Float>, _ block: (range: Range<Int>, values: UnsafePointer<Float>),
    to sum: WeightAccumulator, weight: Double, _ part: Range<Int>
  ) -> Int? {
    let range = block.range.clamped(to: part)
    guard !range.isEmpty else { return nil }
    // Pointers to value 0.
    return sum.add(trained, from: block.values - block.range.lowerBound, weight: weight, range: range)
  }

  private func keep(_ update: ClientUpdate, at position: Int, _ delta: [Float], exact: [Float]?) {
    let isOnly = share == 1
    kept.withLock {
      $0[position] = Kept(delta: delta, exact: isOnly ? exact : nil, vectors: update.vectors)
    }
  }

  /// Adds the updates of a block of clients whose steps were put off.
  ///
  /// - Throws: `DeferredProblem` when a number can't be summed.
  func add(_ deferred: DeferredSteps) throws {
    guard let sum else { preconditionFailure("steps are put off where updates are kept") }
    let start = deferred.weights.range.lowerBound
    // The sums take pointers to value 0.
    guard let place = sum.add(try deferred.sum() - start, weight: 1, range: deferred.weights.range) else { return }
    let limit = Float(WeightAccumulator.limit)
    let count = deferred.weights.range.count
    let culprit = try (0..<deferred.clientCount).first { client in
      let update = try deferred.update(ofClient: client)
      return (0..<count).contains { !(abs(update[$0]) <= limit) }
    }
    throw DeferredProblem(client: culprit ?? 0, problem: .weightOutOfRange(layer: layer(of: place)))
  }

  /// What the clients that reported made together, and by which rule; nothing is left then.
  ///
  /// - Parameters:
  ///   - reported: Those clients in ascending order, with weights that sum to 1.
  ///   - received: What they received: w.
  ///   - asked: How many clients were asked.
  /// - Throws: `AggregationProblem`.
  func take(
    _ reported: [(result: ClientResult, weight: Double)], received: ArraySlice<Float>, asked: Int, on pool: WorkerPool
  ) async throws -> (update: CohortUpdate, rule: AggregationRule) {
    let weights = reported.map(\.weight)
    let members = reported.map {
      CohortUpdate.Member(weight: $0.weight, steps: $0.result.steps, stepScale: $0.result.stepScale)
    }
    let population = configuration.trainingData.clientCount
    if let sum {
      let influenceSum = reported.reduce(0) { $0 + $1.result.influence }
      let count = Double(reported.count)
      return (
        CohortUpdate(
          received: Array(received), delta: sum.takeMean(weightSum: influenceSum),
          vectors: vectors.mapValues { $0.takeMean(weightSum: share * count) }, members: members, askedCount: asked,
          population: population),
        .mixture(updates: weights, statistics: weights)
      )
    }
    let all = kept.withLock { kept in
      defer { kept = [:] }
      return kept
    }
    let updates = reported.compactMap { all[$0.result.position] }
    precondition(updates.count == reported.count, "\(updates.count) updates of \(reported.count) clients")
    let aggregator = configuration.aggregator.component
    let deltas = updates.map(\.delta)
    let rule = try aggregator.rule(for: deltas, weights: weights)
    let only = updates.count == 1 && !aggregator.keepsUpdates ? updates.first : nil
    var delta = only?.delta
    if delta == nil { delta = try await Self.combined(deltas, rule, on: pool) }
    return (
      CohortUpdate(
        received: Array(received), delta: delta ?? [],
        vectors: only?.vectors ?? [:], members: members, askedCount: asked, population: population, exact: only?.exact),
      rule
    )
  }

  /// Places that one worker combines at a time.
  private static let pieceCount = 1 << 14

  /// What a rule makes of updates, by all workers.
  private static func combined(_ updates: [[Float]], _ rule: AggregationRule, on pool: WorkerPool) async throws
    -> [Float]
  {
    let count = updates.first?.count ?? 0
    let pieces = stride(from: 0, to: count, by: pieceCount).map { $0..<min(count, $0 + pieceCount) }
    return try await pool.map(pieces) { piece, _ in
      switch rule {
      case .mixture(let weights, _):
        var sums = [Double](repeating: 0, count: piece.count)
        for (update, weight) in zip(updates, weights) where weight != 0 {
          for (place, value) in update[piece].enumerated() { sums[place] += weight * Double(value) }
        }
        return sums.map { Float($0) }
      case .coordinates(let value):
        var column = [Double](repeating: 0, count: updates.count)
        return piece.map { place in
          for (client, update) in updates.enumerated() { column[client] = Double(update[place]) }
          return Float(value(&column))
        }
      }
    }.flatMap { $0 }
  }

  /// The place of the first value that is no number: what is not summed may be as large as it is.
  private static func firstOut(of values: [Float]) -> Int? { Kernels.firstNonFinite(values, count: values.count) }

  private func check(_ place: Int?) throws {
    if let place { throw RunProblem.weightOutOfRange(layer: layer(of: place)) }
  }

  private func layer(of place: Int) -> String? { configuration.network.layout.layer(ofValue: place) }
}

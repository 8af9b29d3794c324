internal import Networks
internal import Tensors

/// What the clients of a round hand back to be summed, as it arrives: its memory does not grow with the cohort, and the
/// sums are the same in any order.
///
/// Weights and biases: Σq_k w_k with q_k = p_k s_k, where s_k is the strategy's influence. Each vector that the strategy
/// returns: Σv_k/|S|, over all shared trainable values.
final class CohortSums: Sendable {
  private let configuration: RunConfiguration
  private let share: Double
  private let weights: WeightAccumulator
  private let vectors: [String: WeightAccumulator]
  private let isSingle: Bool

  /// Makes empty sums for a cohort.
  ///
  /// - Parameter previous: The sums of the round before, whose means were taken; their memory is used again.
  /// - Throws: `OutOfMemory`.
  init(_ configuration: RunConfiguration, cohortSize: Int, after previous: CohortSums? = nil) throws {
    self.configuration = configuration
    share = 1 / Double(max(1, cohortSize))
    let isSingle = cohortSize == 1
    self.isSingle = isSingle
    if let previous, previous.isSingle == isSingle {
      weights = previous.weights
      vectors = previous.vectors
      return
    }
    weights = try WeightAccumulator(count: configuration.network.layout.weightCount, isSingle: isSingle)
    vectors = try Dictionary(
      uniqueKeysWithValues: configuration.strategy.component.returnedVectors.map { name in
        (name, try WeightAccumulator(count: configuration.sharedTrainableCount, isSingle: isSingle))
      })
  }

  /// Adds what a client trained, and lets its half of the strategy make what it returns and keeps.
  ///
  /// - Parameters:
  ///   - result: The client's result; its influence and what it keeps are filled in.
  ///   - values: Its values after training, from value 0 on.
  ///   - weight: p_k in the cohort.
  ///   - deferred: Where steps were put off; these weights are added with the client's block, by `add(_:)`.
  /// - Throws: `RunProblem` when a number can't be summed.
  func add(
    _ result: inout ClientResult, _ received: ReceivedState, values: UnsafePointer<Float>, weight: Double,
    deferred: DeferredSteps? = nil
  ) throws {
    let strategy = configuration.strategy.component
    let influence = strategy.influence(steps: result.steps)
    precondition(influence > 0 && influence <= 1, "strategy \(configuration.strategy.name): influence \(influence)")
    result.influence = weight * influence
    var ranges: [Range<Int>?] = [nil]
    if let deferred {
      deferred.scaleClient(by: Float(result.influence))
      let range = deferred.weights.range
      ranges = [0..<range.lowerBound, range.upperBound..<configuration.network.layout.weightCount]
    }
    for range in ranges {
      if let place = weights.add(values, weight: result.influence, range: range) {
        throw RunProblem.weightOutOfRange(layer: layer(of: place))
      }
    }
    guard strategy.hasContribution else { return }
    var memory = SlotMemory()
    let returned = strategy.contribution(
      received,
      TrainedState(values: values, steps: result.steps, learningRate: configuration.optimizer.learningRate),
      memory: &memory)
    let count = configuration.sharedTrainableCount
    precondition(
      Set(returned.keys) == Set(strategy.returnedVectors) && returned.values.allSatisfy { $0.count == count }
        && memory.names == strategy.clientSlots.map(\.name).sorted()
        && memory.isDeclared(
          by: strategy.clientSlots, shared: count, trainable: configuration.network.layout.trainableCount),
      "strategy \(configuration.strategy.name): what it returns and keeps is not what it declares, of \(count) values")
    for name in strategy.returnedVectors {
      guard let vector = returned[name], let sum = vectors[name] else { continue }
      if let place = sum.add(vector, weight: share) { throw RunProblem.vectorOutOfRange(layer: layer(of: place)) }
    }
    result.slots.add(memory)
  }

  /// Adds the updates of a block of clients whose steps were put off.
  ///
  /// - Throws: `DeferredProblem` when a number can't be summed.
  func add(_ deferred: DeferredSteps) throws {
    let start = deferred.weights.range.lowerBound
    // The sums take pointers to value 0.
    guard let place = weights.add(try deferred.sum() - start, weight: 1, range: deferred.weights.range) else { return }
    let limit = Float(WeightAccumulator.limit)
    let count = deferred.weights.range.count
    let culprit = try (0..<deferred.clientCount).first { client in
      let update = try deferred.update(ofClient: client)
      return (0..<count).contains { !(abs(update[$0]) <= limit) }
    }
    throw DeferredProblem(client: culprit ?? 0, problem: .weightOutOfRange(layer: layer(of: place)))
  }

  /// The means over the clients that reported; the sums are empty then.
  ///
  /// - Parameters:
  ///   - reported: They, with weights that sum to 1.
  ///   - sharedAffine: The next γ and β as far as they are shared.
  ///   - global: What the clients received.
  ///   - updates: Where steps were put off.
  func takeUpdate(
    _ reported: [(result: ClientResult, weight: Double)], sharedAffine: ArraySlice<Float>, global: [Float],
    updates: Range<Int>
  ) -> CohortUpdate {
    let layout = configuration.network.layout
    let influenceSum = reported.reduce(0) { $0 + $1.result.influence }
    let shared = configuration.sharedTrainableCount
    let mean = [Float](unsafeUninitializedCapacity: shared) { buffer, initialized in
      if let base = buffer.baseAddress {
        global.withUnsafeBufferPointer { global in
          weights.takeMean(weightSum: influenceSum, into: base, updates: updates, base: global.baseAddress)
        }
        for (place, value) in sharedAffine.enumerated() { base[layout.weightCount + place] = value }
      }
      initialized = shared
    }
    let vectorMeans = vectors.mapValues { sum in
      [Float](unsafeUninitializedCapacity: shared) { buffer, initialized in
        if let base = buffer.baseAddress { sum.takeMean(weightSum: share * Double(reported.count), into: base) }
        initialized = shared
      }
    }
    return CohortUpdate(
      mean: mean, vectors: vectorMeans,
      members: reported.map { CohortUpdate.Member(weight: $0.weight, steps: $0.result.steps) },
      population: configuration.dataset.clientCount)
  }

  private func layer(of place: Int) -> String? {
    configuration.network.layout.tensors.first { $0.role != .batchCount && $0.range.contains(place) }?.layer
  }
}

internal import Datasets
internal import Networks
internal import Tensors

/// Finds the statistics that the first local steps of a round have in common under FedTAN: layer by layer, over the first
/// batches of all clients of the cohort.
///
/// Forward from the first normalization layer to the last, then backward from the last to the first; in between all
/// clients wait for one another. A client's activations are not kept from layer to layer but computed anew, so that
/// memory does not grow with the cohort: of L layers the last costs L forward passes. A simulator pays that; a
/// federation would keep them.
///
/// Why unchecked: what is found so far changes only between the layers, when no job that reads it is on the queue.
final class JointStep: @unchecked Sendable {
  private let work: ClientWork
  private let cohort: [Int]
  private let weights: [Double]
  private let layers: [JointLayer]
  private var statistics: [Float]
  private var gradientSums: [Float]
  private var counts: [Double]
  private let completion: @Sendable (Result<JointStatistics?, ClientFailure>) -> Void

  /// Prepares a step.
  ///
  /// - Parameters:
  ///   - weights: p_k of the cohort.
  ///   - completion: Called once, with nil when no client has a batch that can be trained on.
  init(
    _ work: ClientWork, cohort: [Int], weights: [Double],
    completion: @escaping @Sendable (Result<JointStatistics?, ClientFailure>) -> Void
  ) {
    self.work = work
    self.cohort = cohort
    self.weights = weights
    self.completion = completion
    layers = work.configuration.network.jointLayers
    statistics = [Float](repeating: 0, count: layers.last?.end ?? 0)
    gradientSums = statistics
    counts = [Double](repeating: 0, count: layers.count)
  }

  /// Begins with the first layer.
  func start() { findMoments(0) }

  private var known: JointStatistics {
    JointStatistics(statistics: statistics, gradientSums: gradientSums, counts: counts)
  }

  // MARK: Forward

  private func findMoments(_ number: Int) {
    guard number < layers.count else { return findSums(layers.count - 1) }
    let joint = known
    ClientJobs.run(cohort, on: work.queue) { [self] client, worker in
      try onFirstBatch(client, worker, joint) { plan, _, key in
        try worker.workspace.moments(before: plan.jointLayers[number], of: plan, stepKey: key)
      }
    } then: { [self] outcome in
      switch outcome {
      case .failure(let failure): completion(.failure(failure))
      case .success(let moments):
        guard merge(moments, into: layers[number]) else { return completion(.success(nil)) }
        findMoments(number + 1)
      }
    }
  }

  /// Makes the cohort's moments of the clients'; false when there are none.
  private func merge(_ moments: [(mean: [Double], variance: [Double], rows: Int)?], into layer: JointLayer) -> Bool {
    let present = weighted(moments)
    guard !present.isEmpty else { return false }
    counts[layer.number] = present.reduce(0) { $0 + Double($1.value.rows) }
    for channel in 0..<layer.channels {
      let (mean, variance) = pooledMoments(
        present.map { ($0.weight, $0.value.mean[channel], $0.value.variance[channel]) })
      statistics[layer.mean + channel] = Float(mean)
      statistics[layer.variance + channel] = Float(variance)
    }
    return true
  }

  // MARK: Backward

  private func findSums(_ number: Int) {
    guard number >= 0 else { return completion(.success(known)) }
    let joint = known
    let loss = work.configuration.loss
    ClientJobs.run(cohort, on: work.queue) { [self] client, worker in
      try onFirstBatch(client, worker, joint) { plan, labels, key in
        try worker.workspace.gradientSums(of: plan.jointLayers[number], plan, labels: labels, loss: loss, stepKey: key)
      }
    } then: { [self] outcome in
      switch outcome {
      case .failure(let failure): completion(.failure(failure))
      case .success(let sums):
        let layer = layers[number]
        for channel in 0..<layer.channels {
          var (sum, dot) = (0.0, 0.0)
          for (value, weight) in weighted(sums.map { $0 ?? nil }) {
            sum += weight * Double(value.sum[channel])
            dot += weight * Double(value.dot[channel])
          }
          gradientSums[layer.mean + channel] = Float(sum)
          gradientSums[layer.variance + channel] = Float(dot)
        }
        findSums(number - 1)
      }
    }
  }

  /// What the clients brought with weights that sum to 1.
  private func weighted<Value>(_ values: [Value?]) -> [(value: Value, weight: Double)] {
    let present = zip(values, weights).compactMap { value, weight in value.map { (value: $0, weight: weight) } }
    let sum = present.reduce(0) { $0 + $1.weight }
    return sum > 0 ? present.map { ($0.value, $0.weight / sum) } : []
  }

  /// Loads a client's state and its first batch of the round; nil when it has none that can be trained on.
  private func onFirstBatch<Value>(
    _ client: Int, _ worker: Worker, _ joint: JointStatistics,
    _ body: (NetworkPlan, UnsafePointer<Int32>, _ stepKey: UInt64) throws -> Value
  ) throws -> Value? {
    let training = LocalTraining(configuration: work.configuration, round: work.round, client: client)
    try requireMemory(bytes: work.configuration.dataset.bytesToMake(client, .train))
    let examples = work.configuration.dataset.examples(client, .train)
    guard let first = training.firstBatch(examples.count) else { return nil }
    try work.load(client, worker)
    let workspace = worker.workspace
    workspace.prepareTraining(work.configuration.optimizer)
    let plan = try workspace.plan(
      batch: first.places.count, mode: PassMode(isTraining: true, statistics: .joint))
    workspace.joint = joint
    if worker.labels.count < first.places.count { worker.labels = [Int32](repeating: 0, count: first.places.count) }
    return try worker.labels.withUnsafeMutableBufferPointer { labels in
      guard let base = labels.baseAddress else { return nil }
      examples.gather(first.places[...], values: workspace.input(of: plan), labels: base)
      return try body(plan, base, first.stepKey)
    }
  }
}

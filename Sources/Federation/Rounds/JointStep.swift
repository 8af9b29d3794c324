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
struct JointStep {
  private let context: RoundContext
  private let pool: WorkerPool
  private let layers: [JointLayer]
  private var statistics: [Float]
  private var gradientSums: [Float]
  private var counts: [Double]

  /// Prepares a step of the cohort.
  init(_ context: RoundContext, on pool: WorkerPool) {
    self.context = context
    self.pool = pool
    layers = context.configuration.network.jointLayers
    statistics = [Float](repeating: 0, count: layers.last?.end ?? 0)
    gradientSums = statistics
    counts = [Double](repeating: 0, count: layers.count)
  }

  /// The statistics; nil when no client has a batch that can be trained on.
  ///
  /// - Throws: The `ClientFailure` of the first of the cohort that failed.
  static func statistics(_ context: RoundContext, on pool: WorkerPool) async throws -> JointStatistics? {
    var step = JointStep(context, on: pool)
    for layer in step.layers {
      guard try await step.findMoments(of: layer) else { return nil }
    }
    for layer in step.layers.reversed() { try await step.findSums(of: layer) }
    return step.known
  }

  private var known: JointStatistics {
    JointStatistics(statistics: statistics, gradientSums: gradientSums, counts: counts)
  }

  // MARK: Forward

  /// Makes the cohort's moments of the clients'; false when there are none.
  private mutating func findMoments(of layer: JointLayer) async throws -> Bool {
    let (context, joint) = (context, known)
    let moments = try await pool.map(context.cohort) { client, worker in
      try context.onFirstBatch(client, worker, joint) { plan, _, key in
        try worker.workspace.moments(before: plan.jointLayers[layer.number], of: plan, stepKey: key)
      }
    }
    let present = context.weighted(moments)
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

  private mutating func findSums(of layer: JointLayer) async throws {
    let (context, joint) = (context, known)
    let sums = try await pool.map(context.cohort) { client, worker in
      try context.onFirstBatch(client, worker, joint) { plan, targets, key in
        try worker.workspace.gradientSums(
          of: plan.jointLayers[layer.number], plan, targets: targets, loss: context.configuration.loss, stepKey: key)
      }
    }
    for channel in 0..<layer.channels {
      var (sum, dot) = (0.0, 0.0)
      for (value, weight) in context.weighted(sums.map { $0 ?? nil }) {
        sum += weight * Double(value.sum[channel])
        dot += weight * Double(value.dot[channel])
      }
      gradientSums[layer.mean + channel] = Float(sum)
      gradientSums[layer.variance + channel] = Float(dot)
    }
  }
}

extension RoundContext {
  /// Loads a client's state and its first batch of the round; nil when it has none that can be trained on.
  ///
  /// - Throws: `ClientFailure`.
  fileprivate func onFirstBatch<Value>(
    _ client: Int, _ worker: Worker, _ joint: JointStatistics,
    _ body: (NetworkPlan, BatchTargets, _ stepKey: UInt64) throws -> Value
  ) throws -> Value? {
    try blaming(client) {
      let training = LocalTraining(configuration: configuration, round: round, client: client)
      try requireMemory(bytes: configuration.trainingData.bytesToMake(client, .train))
      let examples = configuration.trainingData.examples(client, .train)
      var batches = training.batches(of: examples)
      guard let first = batches.next() else { return nil }
      try load(client, on: worker)
      let workspace = worker.workspace
      workspace.prepareTraining(configuration.optimizer)
      let plan = try workspace.plan(
        batch: first.places.count, mode: PassMode(isTraining: true, statistics: .joint))
      workspace.joint = joint
      let targets = worker.targets.room(for: first.places.count, of: configuration.dataset)
      let values = workspace.input(of: plan)
      examples.gather(first.places, values: values, targets: targets)
      BatchAugmentation(training)?.apply(to: values, first, room: worker.image)
      return try body(plan, targets, first.stepKey)
    }
  }
}

internal import Datasets
internal import Networks
internal import Randomness
internal import Records
internal import Tensors

/// What a client's training leaves behind for the round.
struct ClientResult: Sendable {
  let client: Int
  let samples: Int
  var steps = 0
  var skippedBatches = 0
  var seen = 0
  var lossSum = 0.0
  var correct = 0
  /// ‖w_k − w‖₂ over the trainable values.
  var updateNorm = 0.0
  /// The difference over the shared trainable values, folded onto the sketch's size.
  var sketch: [Float] = []
  /// Everything of normalization layers after training: γ, β, mixing, then statistics.
  var normalization: [Float] = []
  /// The same for drift: where local steps leave running statistics alone, with the raw ones of the batches they saw.
  var observed: [Float] = []
  var counters: [Int64] = []
  /// `counters` before training; empty unless the client is recorded.
  var countersBefore: [Int64] = []
  var optimizerSlots: [Float] = []
  var optimizerSteps = 0
  /// p_k s_k: its weight in the cohort times the strategy's influence.
  var influence = 0.0
  /// What its half of the strategy keeps.
  var keptVectors: [[Float]] = []
  /// Evaluations of its model as it left the training, before aggregation.
  var evaluations: [EvaluationRecord] = []
  /// Its weights and biases, where each client has its own.
  var weights: [Float] = []

  /// Copies what the server or the client needs of the numbers that training left in a workspace.
  ///
  /// - Parameter collectsMoments: Whether the steps collected them.
  mutating func take(
    from workspace: NetworkWorkspace, _ configuration: RunConfiguration, _ local: LocalRanges, collectsMoments: Bool
  ) {
    let layout = configuration.network.layout
    let range = layout.normalizationRange
    normalization = Array(UnsafeBufferPointer(start: workspace.values + range.lowerBound, count: range.count))
    observed = normalization
    if collectsMoments {
      let start = layout.statisticsRange.lowerBound - range.lowerBound
      observed.replaceSubrange(start..., with: workspace.collectedMoments.statistics.map { Float($0) })
      if configuration.norm.component.sendsRawMoments { normalization = observed }
    }
    counters = Array(UnsafeBufferPointer(start: workspace.counters, count: layout.counterCount))
    weights = Array(UnsafeBufferPointer(start: workspace.values, count: local.weights.count))
    if configuration.work.keepsOptimizer { optimizerSlots = workspace.optimizerSlots(configuration.optimizer) }
  }

  /// The result without what the client keeps, which may be as large as its model.
  var withoutMemory: ClientResult {
    var result = self
    result.optimizerSlots = []
    result.keptVectors = []
    result.weights = []
    return result
  }

  /// Whether there is anything to aggregate.
  var isTrained: Bool { steps > 0 }
}

/// Trains one client from the received state, on the worker's copy of it.
struct LocalTraining {
  let configuration: RunConfiguration
  let round: Int
  let client: Int
  /// The statistics that the first step of the round takes, where the policy wants joint ones.
  var joint: JointStatistics?

  private var norm: NormTraining {
    configuration.norm.component.training(inRound: round, of: configuration.rounds)
  }

  /// Whether raw moments are wanted: by the server, or for drift where running statistics do not follow the batches.
  var collectsMoments: Bool {
    configuration.norm.component.sendsRawMoments
      || norm.statistics != .batch && configuration.recordsDrift(round)
  }

  /// Whether a batch of so many examples can be trained on.
  private func isUsable(_ count: Int) -> Bool {
    configuration.network.canTrain(batchOf: count, statistics: norm.statistics)
  }

  private var orderStream: RandomStream {
    RandomStream(seed: configuration.seed, .batchOrder, UInt64(round), UInt64(client))
  }

  private var dropoutStream: RandomStream {
    RandomStream(seed: configuration.seed, .dropout, UInt64(round), UInt64(client))
  }

  /// Which of `count` examples the first step of the round is for, and what distinguishes its dropout masks; nil when
  /// there is no step.
  func firstBatch(_ count: Int) -> (places: [Int], stepKey: UInt64)? {
    var order = Array(0..<count)
    var (orderStream, dropoutStream) = (orderStream, dropoutStream)
    if configuration.work.shuffle { orderStream.shuffle(&order) }
    guard let batch = configuration.work.batches(of: count).first(where: { isUsable($0.count) }) else { return nil }
    return (Array(order[batch]), dropoutStream.next())
  }

  /// Trains on the state loaded in the worker's workspace; the trained numbers are left there.
  ///
  /// - Throws: `NonFiniteLoss`, `RunProblem.undeclaredGradientTerm`, or `LibraryError` when oneDNN can't plan a layer.
  func train(_ examples: ClientExamples, received: ReceivedState, memory: ClientMemory?, on worker: Worker) throws
    -> ClientResult
  {
    let workspace = worker.workspace
    let optimizer = configuration.optimizer
    var result = ClientResult(client: client, samples: examples.count)
    let policy = configuration.norm.component
    let layout = configuration.network.layout
    workspace.prepareTraining(optimizer, held: policy.affine == .frozen ? layout.affineRange : 0..<0)
    if collectsMoments { workspace.beginMoments() }
    workspace.joint = joint
    let later = PassMode(isTraining: true, statistics: norm.statistics, collectsMoments: collectsMoments)
    let first = joint == nil ? later : PassMode(isTraining: true, statistics: .joint)
    if configuration.work.keepsOptimizer, let memory, memory.optimizerSteps > 0 {
      workspace.restoreOptimizerSlots(memory.optimizerSlots)
      result.optimizerSteps = memory.optimizerSteps
    }
    let strategy = configuration.strategy.component
    let term = strategy.gradientTerm(received)
    if term != nil, !strategy.hasGradientTerm { throw RunProblem.undeclaredGradientTerm }
    var (orderStream, dropoutStream) = (orderStream, dropoutStream)
    worker.order.removeAll(keepingCapacity: true)
    worker.order.append(contentsOf: 0..<examples.count)

    let batches = configuration.work.batches(of: examples.count)
    var plan: NetworkPlan?

    func pass(limit: Int) throws {
      if configuration.work.shuffle { orderStream.shuffle(&worker.order) }
      for batch in batches {
        if result.steps >= limit { return }
        guard isUsable(batch.count) else {
          result.skippedBatches += 1
          continue
        }
        // Most batches of a pass have the same size, and then the same plan.
        let mode = result.steps == 0 ? first : later
        if plan?.batch != batch.count || plan?.mode != mode {
          plan = try workspace.plan(batch: batch.count, mode: mode)
        }
        guard let plan else { continue }
        if worker.labels.count < batch.count { worker.labels = [Int32](repeating: 0, count: batch.count) }
        try worker.labels.withUnsafeMutableBufferPointer { labels in
          guard let base = labels.baseAddress else { return }
          examples.gather(worker.order[batch], values: workspace.input(of: plan), labels: base)
          result.optimizerSteps += 1
          let step = try workspace.trainStep(
            plan, labels: base, loss: configuration.loss, optimizer: optimizer, step: result.optimizerSteps,
            stepKey: dropoutStream.next(), adjust: term)
          result.lossSum += step.loss
          result.correct += step.correct
        }
        result.steps += 1
        result.seen += batch.count
      }
    }
    switch configuration.work.amount {
    case .epochs(let epochs):
      for _ in 0..<epochs { try pass(limit: Int.max) }
    case .steps(let steps):
      var before = -1
      // A pass without a usable batch would come back for ever.
      while result.steps < steps, result.steps > before {
        before = result.steps
        try pass(limit: steps)
      }
    }
    return result
  }
}

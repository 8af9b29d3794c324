internal import Datasets
internal import Networks
internal import Randomness
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
  /// Everything of normalization layers after training: γ, β, then statistics.
  var normalization: [Float] = []
  var counters: [Int64] = []
  /// `counters` before training; empty unless the client is recorded.
  var countersBefore: [Int64] = []
  var optimizerSlots: [Float] = []
  var optimizerSteps = 0
  /// p_k s_k: its weight in the cohort times the strategy's influence.
  var influence = 0.0
  /// What its half of the strategy keeps.
  var keptVectors: [[Float]] = []

  /// The result without what the client keeps, which may be as large as its model.
  var withoutMemory: ClientResult {
    var result = self
    result.optimizerSlots = []
    result.keptVectors = []
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

  /// Trains on the state loaded in the worker's workspace; the trained numbers are left there.
  ///
  /// - Throws: `NonFiniteLoss`, or `LibraryError` when oneDNN can't plan a layer.
  func train(_ examples: ClientExamples, received: ReceivedState, memory: ClientMemory?, on worker: Worker) throws
    -> ClientResult
  {
    let workspace = worker.workspace
    let optimizer = configuration.optimizer
    var result = ClientResult(client: client, samples: examples.count)
    workspace.prepareTraining(optimizer)
    if configuration.work.keepsOptimizer, let memory, memory.optimizerSteps > 0 {
      workspace.restoreOptimizerSlots(memory.optimizerSlots)
      result.optimizerSteps = memory.optimizerSteps
    }
    let strategy = configuration.strategy.component
    let term = strategy.hasGradientTerm ? strategy.gradientTerm(received) : nil
    let number = UInt64(client)
    var orderStream = RandomStream(seed: configuration.seed, .batchOrder, UInt64(round), number)
    var dropoutStream = RandomStream(seed: configuration.seed, .dropout, UInt64(round), number)
    worker.order.removeAll(keepingCapacity: true)
    worker.order.append(contentsOf: 0..<examples.count)

    let batches = batches(examples.count)
    var plan: NetworkPlan?

    func pass(limit: Int) throws {
      if configuration.work.shuffle { orderStream.shuffle(&worker.order) }
      for batch in batches {
        if result.steps >= limit { return }
        guard configuration.network.canTrain(batchOf: batch.count) else {
          result.skippedBatches += 1
          continue
        }
        // Most batches of a pass have the same size, and then the same plan.
        if plan?.batch != batch.count { plan = try workspace.plan(batch: batch.count, mode: .training) }
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

  /// The places of each batch in a pass over `count` examples.
  private func batches(_ count: Int) -> [Range<Int>] {
    let size = configuration.work.batchSize
    var batches = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    guard let last = batches.last, last.count < size else { return batches }
    switch configuration.work.lastBatch {
    case .keep: break
    case .drop: batches.removeLast()
    case .merge:
      if batches.count > 1 {
        batches.removeLast(2)
        batches.append((last.lowerBound - size)..<last.upperBound)
      }
    }
    return batches
  }
}

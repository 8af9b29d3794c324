internal import Datasets
internal import Networks
internal import Randomness
internal import Tensors

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
    if let memory { result.optimizerSteps = workspace.restoreOptimizer(of: configuration, memory.slots) }
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

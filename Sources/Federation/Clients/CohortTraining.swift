internal import Datasets
internal import Networks
internal import Randomness
internal import Tensors

/// Trains the clients of a round, and takes in what they send as it arrives.
struct CohortTraining: Sendable {
  let context: RoundContext
  /// The participations that are trained, as the context's cohort has them.
  let participations: [PlannedParticipation]
  /// Where the first of them stands among all of the round that are trained.
  let offset: Int
  /// The versions of the server's state that clients start from, where that is not the newest.
  let versions: [Int: ModelState]
  let updates: UpdateCollection
  /// The statistics that first steps take, where the policy wants joint ones.
  var joint: JointStatistics?
  /// Where steps are put off.
  let deferral: Deferral?
  /// Clients whose rows are recorded.
  let recorded: Set<Int>
  let afterTraining: AfterTrainingEvaluation?
  /// Called when a client is done, from any thread.
  let clientDidFinish: @Sendable () -> Void

  private var configuration: RunConfiguration { context.configuration }

  /// What the clients of the cohort made, in its order.
  ///
  /// - Throws: The `ClientFailure` of the first of the cohort that failed.
  func results(on pool: WorkerPool) async throws -> [ClientResult] {
    let size = context.cohort.count
    let blockSize = deferral?.blockSize ?? 1
    let blocks = stride(from: 0, to: size, by: blockSize).map { $0..<min($0 + blockSize, size) }
    return try await pool.map(blocks) { block, worker in try results(of: block, on: worker) }.flatMap { $0 }
  }

  /// Trains the clients of a part of the cohort, one after another.
  private func results(of block: Range<Int>, on worker: Worker) throws(ClientFailure) -> [ClientResult] {
    let first = context.cohort[block.lowerBound]
    let deferred = try blaming(first) {
      try deferral.map { try worker.deferredSteps($0.weights, capacity: $0.capacity) }
    }
    return try context.state.global.values.withUnsafeBufferPointer { global throws(ClientFailure) in
      if let deferred, let base = global.baseAddress { deferred.begin(at: base + deferred.weights.range.lowerBound) }
      var results: [ClientResult] = []
      var failure: (position: Int, failure: ClientFailure)?
      for position in block {
        do throws(ClientFailure) {
          results.append(try blaming(context.cohort[position]) { try result(of: position, on: worker, deferred) })
        } catch {
          failure = failure ?? (position, error)
        }
        clientDidFinish()
      }
      do {
        if let deferred { try updates.add(deferred) }
      } catch let error as DeferredProblem {
        let position = block.lowerBound + error.client
        if position <= failure?.position ?? position {
          failure = (position, ClientFailure(client: context.cohort[position], error: error.problem))
        }
      } catch {
        failure = (block.lowerBound, ClientFailure(client: first, error: error))
      }
      if let failure { throw failure.failure }
      return results
    }
  }

  /// Has a client begin its part in the round, as far as `body` goes with it.
  ///
  /// - Parameter body: It is given the round, where the client started, and the server's state that it started from.
  private func withRound<Result>(
    of position: Int, joint: JointStatistics?, _ deferred: DeferredSteps?, on worker: Worker,
    _ body: (ClientRound, [(range: Range<Int>, values: UnsafePointer<Float>)], ModelState) throws -> Result
  ) throws -> Result {
    let client = context.cohort[position]
    let participation = participations[position]
    let start = versions[participation.baseVersion] ?? context.state.global
    let memory = try context.load(client, on: worker, from: start, deferred: deferred)
    let layout = configuration.network.layout
    return try StartingPoint(worker.workspace, context.local, layout).withBlocks(start) { blocks in
      try requireMemory(bytes: configuration.trainingData.bytesToMake(client, .train))
      let examples = configuration.trainingData.examples(client, .train)
      let round = ClientRound(
        context, client: client, number: participation.baseVersion + 1, examples, memory: memory, blocks: blocks,
        joint: joint, deferred: deferred,
        draw: configuration.schedule.component.isAsynchronous ? participation.turn : nil, on: worker)
      return try body(round, blocks, start)
    }
  }

  /// The first joint statistics that a client's first step wants and that are not known yet; nil where it wants none, or
  /// has no batch to train on.
  ///
  /// - Throws: `ClientFailure`.
  func need(
    of position: Int, given joint: JointStatistics, on worker: Worker
  ) throws(ClientFailure) -> JointStatisticsNeed? {
    try blaming(context.cohort[position]) { () throws -> JointStatisticsNeed? in
      try withRound(of: position, joint: joint, nil, on: worker) { round, _, _ in
        round.endsAfterFirstStep = true
        do {
          try configuration.personalMethod.train(round) { try configuration.strategy.component.train(round) }
        } catch let need as JointStatisticsNeed {
          return need
        } catch is ClientRound.FirstStepTaken {}
        return nil
      }
    }
  }

  private func result(of position: Int, on worker: Worker, _ deferred: DeferredSteps?) throws -> ClientResult {
    let client = context.cohort[position]
    let workspace = worker.workspace
    let isRecorded = recorded.contains(client)
    return try withRound(of: position, joint: joint, deferred, on: worker) { round, blocks, start in
      let countersBefore = Array(
        UnsafeBufferPointer(
          start: workspace.counters, count: isRecorded ? configuration.network.layout.counterCount : 0))
      try configuration.personalMethod.train(round) { try configuration.strategy.component.train(round) }
      var result = round.result
      result.position = offset + position
      guard result.isTrained else { return result }
      result.countersBefore = countersBefore
      result.take(
        from: workspace, configuration, context.local,
        collectsMoments: round.collectsMoments, isObserved: configuration.mayRecordDrift(context.round))
      if isRecorded { try round.writeDeferred() }
      try UpdateMeasure(configuration, cohortSize: context.cohort.count)
        .measure(&result, blocks: blocks, values: workspace.values, isRecorded: isRecorded)
      try start.values.withUnsafeBufferPointer {
        try send(
          round, &result, weight: context.weights[position], participations[position], from: $0.baseAddress)
      }
      if let afterTraining, isRecorded, configuration.isEvaluated(context.round) {
        result.evaluations = try afterTraining.rows(of: client, on: worker)
      }
      return result
    }
  }

  /// Passes what a client sends on, through the clients' halves of the transforms, to where updates are collected.
  private func send(
    _ round: ClientRound, _ result: inout ClientResult, weight: Double, _ participation: PlannedParticipation,
    from server: UnsafePointer<Float>?
  ) throws {
    guard let server else { return }
    var update = try round.update(weight: weight, from: server, isWhole: configuration.needsWholeUpdates)
    for (number, transform) in configuration.transforms.enumerated() {
      var stream = RandomStream(
        seed: configuration.seed, .noise, UInt64(round.draw), UInt64(round.client), UInt64(number))
      transform.component.onClient(&update, memory: &round.memory, stream: &stream)
      update.encoding = transform.component.encoding(update.encoding)
    }
    // In one place nothing travels.
    let isSent = configuration.bound != .central
    result.bytesUp = isSent ? update.bytes + configuration.bytesBesideUpdate(inRound: round.number) : 0
    configuration.strategy.component.arrived(&update)
    // Below that nothing of it would be left in the sum.
    update.influence *= max(participation.weightFactor, 0x1p-40)
    result.influence = weight * update.influence
    try updates.add(update, at: result.position)
    precondition(
      round.memory.isDeclared(
        by: configuration.clientSlots, configuration.network.layout, shared: configuration.sharedTrainableCount),
      "what client \(round.client) remembers is not what the components of the run declare")
    result.slots = round.memory
  }
}

internal import Datasets
internal import Networks
internal import Tensors

/// Trains the clients of a round, and sums what they hand back as it arrives.
struct CohortTraining: Sendable {
  let context: RoundContext
  let sums: CohortSums
  /// The statistics that first steps take, where the policy wants joint ones.
  let joint: JointStatistics?
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
        if let deferred { try sums.add(deferred) }
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

  private func result(of position: Int, on worker: Worker, _ deferred: DeferredSteps?) throws -> ClientResult {
    let client = context.cohort[position]
    let layout = configuration.network.layout
    let workspace = worker.workspace
    let memory = try context.load(client, on: worker, deferred: deferred)
    let isRecorded = recorded.contains(client)
    let countersBefore = Array(
      UnsafeBufferPointer(start: workspace.counters, count: isRecorded ? layout.counterCount : 0))
    return try StartingPoint(workspace, context.local, layout).withBlocks(context.state.global) { blocks in
      try requireMemory(bytes: configuration.dataset.bytesToMake(client, .train))
      let examples = configuration.dataset.examples(client, .train)
      let training = LocalTraining(configuration: configuration, round: context.round, client: client, joint: joint)
      let received = ReceivedState(blocks, of: configuration, server: context.state.slots, client: memory)
      var result = try training.train(examples, received: received, memory: memory, on: worker)
      guard result.isTrained else { return result }
      result.countersBefore = countersBefore
      result.take(from: workspace, configuration, context.local, collectsMoments: training.collectsMoments)
      if let deferred, isRecorded {
        try deferred.writeClient(into: workspace.values + deferred.weights.range.lowerBound)
      }
      try UpdateMeasure(configuration, cohortSize: context.cohort.count)
        .measure(&result, blocks: blocks, values: workspace.values, isRecorded: isRecorded)
      try sums.add(
        &result, received, values: workspace.values, weight: context.weights[position], deferred: deferred)
      if let afterTraining, isRecorded, configuration.isEvaluated(context.round) {
        result.evaluations = try afterTraining.rows(of: client, on: worker)
      }
      return result
    }
  }
}

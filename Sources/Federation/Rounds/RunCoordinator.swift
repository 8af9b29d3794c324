internal import Catalogs
internal import Datasets
internal import Foundation
internal import Locks
internal import Networks
internal import Records
internal import Tensors

/// Takes one run from round to round: puts its clients' jobs on the queue, and makes the next global state when the
/// last one is back. What is recorded of a round is put together by a job of its own while the next round trains, and
/// written by the thread of the `RecordQueue`.
///
/// Why unchecked: `run`, `cohort`, `weights`, `sums`, `deferral`, `joint`, `record`, `bookkeeping` and
/// `trainedEvaluations` change only between the phases of a round, when none of the jobs that read them is on the queue;
/// what jobs of one phase write is behind `phase`'s lock.
final class RunCoordinator: @unchecked Sendable {
  /// What the jobs of the phase at hand have brought so far.
  private struct Phase {
    var results: [ClientResult?] = []
    var failures: [(position: Int, message: String)] = []
    var remaining = 0
  }

  private let configuration: RunConfiguration
  private let index: Int
  private unowned let simulation: Simulation
  private let queue: WorkQueue
  private let records: RecordSequence
  private let local: LocalRanges
  private let recordedClients: [Int]
  private let recorded: Set<Int>
  private let unseenClients: [Int]
  private let evaluationPlan: EvaluationPlan
  private let afterTraining: AfterTrainingEvaluation?
  private let phase = Locked(Phase())
  private var run: RunState
  private var completion: (@Sendable (RunOutcome) -> Void)?
  private var cohort: [Int] = []
  private var weights: [Double] = []
  private var sums: CohortSums?
  private var deferral: Deferral?
  private var joint: JointStatistics?
  private var record = RoundRecord(round: 0)
  private var bookkeeping: RoundBookkeeping?
  private var trainedEvaluations: [EvaluationRecord] = []
  private var started = ContinuousClock.now
  private var fetch: (@Sendable () throws -> CheckpointRecord)?

  /// Prepares a run from its start or its checkpoint.
  ///
  /// - Throws: `CheckpointProblem`.
  init(
    _ planned: PlannedRun, index: Int, simulation: Simulation, queue: WorkQueue, records: RecordQueue
  ) throws(CheckpointProblem) {
    configuration = planned.configuration
    self.index = index
    self.simulation = simulation
    self.queue = queue
    self.records = RecordSequence(records)
    local = LocalRanges(configuration.norm.component, configuration.network.layout)
    recordedClients = configuration.recordedClients
    recorded = Set(recordedClients)
    unseenClients = configuration.recordedUnseenClients
    evaluationPlan = configuration.evaluationPlan
    afterTraining = AfterTrainingEvaluation(configuration, evaluationPlan)
    switch planned.beginning {
    case .checkpoint(let checkpoint): run = try RunState(checkpoint, of: configuration)
    // Its numbers are made or fetched when it begins: of many runs most wait, and a model may be large.
    case .stored(_, let fetch): (run, self.fetch) = (.none, fetch)
    case .start: run = .none
    }
  }

  /// Begins; `completion` is called once, when all that the run has to record is recorded.
  func start(_ completion: @escaping @Sendable (RunOutcome) -> Void) {
    self.completion = completion
    if let fetch {
      queue.add([
        { [self] _ in
          // The checkpoint that it would go on from is there already.
          if simulation.shouldStop { return end(.interrupted) }
          do {
            self.fetch = nil
            run = try RunState(fetch(), of: configuration)
          } catch {
            simulation.abort(error)
            return end(.interrupted)
          }
          nextRound()
        }
      ])
    } else if run.round < 0 {
      // Round 0 is the initial model: nothing is trained.
      queue.add([
        { [self] _ in
          // Nothing is lost: without a checkpoint it begins anew.
          if simulation.shouldStop { return end(.interrupted) }
          started = .now
          record = RoundRecord(round: 0)
          do {
            try requireMemory(bytes: 4 * configuration.network.layout.valueCount)
          } catch {
            return end(.failed("\(error)"))
          }
          run.global =
            configuration.initialState
            ?? ModelState(initial: configuration.network.layout, seed: configuration.seed)
          evaluateOrFinish()
        }
      ])
    } else {
      queue.add([
        { [self] _ in
          // The checkpoint that it would go on from is there already.
          if simulation.shouldStop, run.round < configuration.rounds { return end(.interrupted) }
          nextRound()
        }
      ])
    }
  }

  private var words: RunWords { RunWords(configuration: configuration, round: record.round) }

  private func end(_ outcome: RunOutcome) {
    run = .none
    sums = nil
    guard let completion else { return }
    self.completion = nil
    records.deliver(records.ticket()) { completion(outcome) }
  }

  // MARK: Training

  private func nextRound() {
    if simulation.hasAborted { return end(.interrupted) }
    guard run.round < configuration.rounds else { return end(.finished) }
    started = .now
    let round = run.round + 1
    let population = configuration.dataset.clientCount
    cohort = configuration.cohort.cohort(round: round, population: population, seed: configuration.seed)
    record = RoundRecord(round: round, cohortSize: cohort.count)
    let counts = cohort.map { configuration.weighting == .uniform ? 1 : Double(configuration.dataset.trainCount($0)) }
    let total = max(1, counts.reduce(0, +))
    weights = counts.map { $0 / total }
    do {
      // What the server makes of the round: the next values, their means, and copies that a strategy takes.
      try requireMemory(bytes: 16 * configuration.network.layout.valueCount)
      sums = try CohortSums(configuration, cohortSize: cohort.count, after: sums)
    } catch {
      return end(.failed("round \(round): \(error)"))
    }
    deferral = Deferral(configuration, cohort: cohort)
    guard configuration.norm.component.training(inRound: round, of: configuration.rounds).isFirstStepJoint else {
      return trainCohort(nil)
    }
    JointStep(work, cohort: cohort, weights: weights) { [self] in
      if let joint = value($0) { trainCohort(joint) }
    }.start()
  }

  /// What the jobs of a phase found; ends the run when one failed.
  private func value<Value>(_ outcome: Result<Value, ClientFailure>) -> Value? {
    switch outcome {
    case .success(let value): return value
    case .failure(let failure):
      end(.failed(words.message(failure.error, client: failure.client)))
      return nil
    }
  }

  /// What phases need that have a file of their own.
  private var work: ClientWork {
    ClientWork(configuration: configuration, round: record.round, queue: queue) { [self] client, worker in
      _ = try load(client, on: worker)
    }
  }

  /// Puts what a client starts from into a worker's workspace; returns what it kept.
  private func load(_ client: Int, on worker: Worker, deferred: DeferredSteps? = nil) throws -> ClientMemory? {
    let memory = try run.clients[client]
    try worker.workspace.makeRoom(for: configuration.network, configuration.optimizer)
    worker.workspace.load(run.global, of: configuration.network, deferred: deferred)
    local.restore(memory, values: worker.workspace.values, counters: worker.workspace.counters)
    return memory
  }

  private func trainCohort(_ joint: JointStatistics?) {
    self.joint = joint
    let size = cohort.count
    let blockSize = deferral?.blockSize ?? 1
    let blocks = stride(from: 0, to: size, by: blockSize).map { $0..<min($0 + blockSize, size) }
    phase.withLock { phase in
      phase = Phase()
      phase.results = Array(repeating: nil, count: size)
      phase.remaining = blocks.count
    }
    queue.add(blocks.map { block in { [self] worker in trainBlock(block, on: worker) } })
  }

  /// Trains the clients of a part of the cohort, one after another.
  private func trainBlock(_ block: Range<Int>, on worker: Worker) {
    run.global.values.withUnsafeBufferPointer { global in
      let deferred: DeferredSteps?
      do {
        deferred = try deferral.map { try worker.deferredSteps($0.weights, capacity: $0.capacity) }
      } catch {
        let first = words.message(error, client: cohort[block.lowerBound])
        return phase.withLock { $0.failures.append((block.lowerBound, first)) }
      }
      if let deferred, let base = global.baseAddress { deferred.begin(at: base + deferred.weights.range.lowerBound) }
      for position in block {
        let client = cohort[position]
        do {
          let result = try train(client, position: position, on: worker, deferred: deferred)
          phase.withLock { $0.results[position] = result }
        } catch {
          phase.withLock { $0.failures.append((position, words.message(error, client: client))) }
        }
        simulation.clientDidFinish()
      }
      do {
        if let deferred { try sums?.add(deferred) }
      } catch let error as DeferredProblem {
        let position = block.lowerBound + error.client
        phase.withLock { $0.failures.append((position, words.message(error.problem, client: cohort[position]))) }
      } catch {
        let first = words.message(error, client: cohort[block.lowerBound])
        phase.withLock { $0.failures.append((block.lowerBound, first)) }
      }
    }
    if isLast() { finishTraining() }
  }

  private func train(
    _ client: Int, position: Int, on worker: Worker, deferred: DeferredSteps?
  ) throws -> ClientResult {
    let layout = configuration.network.layout
    let workspace = worker.workspace
    let memory = try load(client, on: worker, deferred: deferred)
    let seenBefore = recorded.contains(client) ? layout.counterCount : 0
    let countersBefore = Array(UnsafeBufferPointer(start: workspace.counters, count: seenBefore))
    return try StartingPoint(workspace, local, layout).withBlocks(run.global) { blocks in
      try requireMemory(bytes: configuration.dataset.bytesToMake(client, .train))
      let examples = configuration.dataset.examples(client, .train)
      let training = LocalTraining(configuration: configuration, round: record.round, client: client, joint: joint)
      let received = ReceivedState(blocks, of: configuration, server: run.strategy, client: memory)
      var result = try training.train(examples, received: received, memory: memory, on: worker)
      guard result.isTrained else { return result }
      result.countersBefore = countersBefore
      result.take(from: workspace, configuration, local, collectsMoments: training.collectsMoments)
      if let deferred, recorded.contains(client) {
        try deferred.writeClient(into: workspace.values + deferred.weights.range.lowerBound)
      }
      try UpdateMeasure(configuration, cohortSize: cohort.count)
        .measure(&result, blocks: blocks, values: workspace.values, isRecorded: recorded.contains(client))
      try sums?.add(
        &result, received, values: workspace.values, weight: weights[position], deferred: deferred)
      if let afterTraining, recorded.contains(client), configuration.isEvaluated(record.round) {
        result.evaluations = try afterTraining.rows(of: client, on: worker)
      }
      return result
    }
  }

  /// Counts a job of the phase as done; true for the last one.
  private func isLast() -> Bool {
    phase.withLock { phase in
      phase.remaining -= 1
      return phase.remaining == 0
    }
  }

  // MARK: Aggregation

  private func finishTraining() {
    let (results, failures) = phase.withLock { ($0.results, $0.failures) }
    phase.withLock { $0.results = [] }
    // The first of the cohort, whoever failed first.
    if let failure = failures.min(by: { $0.position < $1.position }) { return end(.failed(failure.message)) }
    let all = results.compactMap { $0 }
    let reported = zip(all, weights).filter { $0.0.isTrained }
    let weightSum = reported.reduce(0) { $0 + $1.1 }
    guard weightSum > 0 else { return finishWithoutReports(all) }
    let weighted = reported.map { (result: $0.0, weight: $0.1 / weightSum) }
    let members = cohort.filter(recorded.contains)
    let lastRounds = lastRounds(of: members)
    trainedEvaluations = all.flatMap(\.evaluations)
    let meanSketch = aggregate(weighted)
    bookkeeping = RoundBookkeeping(
      configuration: configuration, recorded: recorded, results: all.map(\.withoutMemory),
      weighted: weighted.map { ($0.result.withoutMemory, $0.weight) }, lastRounds: lastRounds, meanSketch: meanSketch)
    guard !local.weights.isEmpty else { return keep(weighted.map(\.result)) }
    let mixing = WeightMixing(
      weighted, policy: configuration.norm.component, layout: configuration.network.layout, global: run.global)
    ClientJobs.run(Array(weighted.indices), on: queue) { position, _ in
      var result = weighted[position].result
      result.weights = mixing.weights(position)
      return result
    } then: { [self] in
      if let results = value($0) { keep(results) }
    }
  }

  /// Goes on from a round in which nobody of the cohort could train: the server's state, what the strategy keeps and what
  /// clients keep stay as they are. No half of a strategy is called, and no phase of a norm policy comes behind.
  private func finishWithoutReports(_ results: [ClientResult]) {
    let population = configuration.dataset.clientCount
    let canEver = (0..<population).contains {
      configuration.lackOfBatches(examples: configuration.dataset.trainCount($0)) == nil
    }
    guard canEver else {
      return end(.failed("round \(record.round): none of the \(population) clients had a batch to train on"))
    }
    bookkeeping = RoundBookkeeping(
      configuration: configuration, recorded: recorded, results: results, weighted: [],
      lastRounds: lastRounds(of: cohort.filter(recorded.contains)), meanSketch: [])
    evaluateOrFinish()
  }

  /// The round that each of some clients last trained in, where it did.
  private func lastRounds(of clients: [Int]) -> [Int: Int] {
    Dictionary(
      uniqueKeysWithValues: clients.compactMap { client in run.clients.lastRound(of: client).map { (client, $0) } })
  }

  /// Stores what clients keep of the round, and measures the next global model where the policy wants that.
  private func keep(_ results: [ClientResult]) {
    do {
      for result in results {
        let memory = ClientMemory(of: result, round: record.round, configuration, local)
        try run.clients.set(memory, for: result.client)
      }
    } catch {
      return end(.failed("round \(record.round): \(error)"))
    }
    guard
      configuration.norm.component.statistics(inRound: record.round, of: configuration.rounds) == .recalibrated
    else { return evaluateOrFinish() }
    Recalibration.run(work, cohort: cohort, weights: weights) { [self] in
      guard let statistics = value($0) else { return }
      if let statistics {
        let policy = configuration.norm.component
        for (place, found) in zip(configuration.network.layout.statisticsRange, statistics) {
          run.global.values[place] = policy.followed(run.global.values[place], found)
        }
      }
      evaluateOrFinish()
    }
  }

  /// Makes the next global state; returns the sketch of the mean update, empty where nobody of the cohort is recorded.
  private func aggregate(_ weighted: [(result: ClientResult, weight: Double)]) -> [Float] {
    let layout = configuration.network.layout
    let policy = configuration.norm.component
    let normalization = NormalizationMean(
      policy: policy, statistics: policy.statistics(inRound: record.round, of: configuration.rounds), layout: layout
    ).next(weighted, global: run.global)
    let shared = configuration.sharedTrainableCount
    guard
      let update = sums?.takeUpdate(
        weighted, sharedAffine: normalization.values[0..<(shared - layout.weightCount)], global: run.global.values,
        updates: deferral?.weights.range ?? 0..<0)
    else { preconditionFailure("round \(record.round) has nothing to aggregate") }
    var sketch: [Float] = []
    if cohort.contains(where: recorded.contains) {
      sketch = UpdateMeasure(configuration, cohortSize: cohort.count).emptySketch
      run.global.values.withUnsafeBufferPointer { before in
        update.mean.withUnsafeBufferPointer { after in
          guard let before = before.baseAddress, let after = after.baseAddress else { return }
          UpdateSketch.add(after, before, count: shared, offset: 0, to: &sketch)
        }
      }
    }
    let next = configuration.strategy.component.next(
      global: run.global.values[0..<shared], update: update, memory: &run.strategy)
    precondition(
      next.count == shared, "strategy \(configuration.strategy.name) returned \(next.count) values of \(shared)")
    run.global.values.replaceSubrange(0..<shared, with: next)
    run.global.values.replaceSubrange(
      shared..<layout.valueCount, with: normalization.values[(shared - layout.weightCount)...])
    run.global.counters = normalization.counters
    return sketch
  }

  // MARK: Evaluation

  private func evaluateOrFinish() {
    guard configuration.isEvaluated(record.round) else { return finishRound([]) }
    let trained = trainedEvaluations
    trainedEvaluations = []
    RoundEvaluation(configuration, evaluationPlan, round: record.round, state: run, queue: queue)
      .start(clients: recordedClients, unseen: unseenClients, trained: trained) { [self] outcome in
        switch outcome {
        case .success(let evaluations): finishRound(evaluations)
        case .failure(let failure): end(.failed(failure.message))
        }
      }
  }

  private func finishRound(_ evaluations: [EvaluationRecord]) {
    record.evaluations = evaluations
    run.round = record.round
    let elapsed = started.duration(to: .now).components
    record.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    if simulation.hasAborted { return end(.interrupted) }
    let stops = simulation.shouldStop
    var checkpoint: CheckpointRecord?
    var problem: String?
    // Nothing will be summed any more, and a checkpoint takes memory of its own.
    if stops || run.round == configuration.rounds { sums = nil }
    if configuration.hasCheckpoint(record.round) || stops {
      do {
        checkpoint = try run.checkpoint(for: configuration)
      } catch {
        problem = plainWords(of: error)
      }
    }
    keepRecord(checkpoint)
    if let problem { return end(.failed("round \(record.round): \(problem)")) }
    // The same answer as for the checkpoint: an interruption that came in between waits for the next round.
    if stops, run.round < configuration.rounds { return end(.interrupted) }
    nextRound()
  }

  /// Has the round's record put together and written while the run goes on.
  private func keepRecord(_ checkpoint: CheckpointRecord?) {
    let (record, bookkeeping, ticket) = (record, bookkeeping, records.ticket())
    self.bookkeeping = nil
    queue.add([
      { [self] _ in
        var whole = record
        bookkeeping?.fill(&whole)
        records.deliver(ticket, bytes: whole.approximateBytes + (checkpoint?.state.count ?? 0)) { [self, whole] in
          guard !simulation.hasAborted else { return }
          do {
            try simulation.record(whole, checkpoint: checkpoint, ofRun: index)
          } catch {
            simulation.abort(error)
          }
        }
      }
    ])
  }
}

internal import Catalogs
internal import Datasets
internal import Foundation
internal import Networks
internal import Records
internal import Tensors

/// One run, from round to round. What is recorded of a round is put together by a worker while the next round trains, and
/// written by the thread of the `RecordQueue`.
struct FederatedRun: Sendable {
  /// Why a run ends before its last round, with all rounds that it made recorded.
  struct Interruption: Error {}

  let configuration: RunConfiguration
  let index: Int
  private let beginning: PlannedRun.Beginning
  let simulation: Simulation
  let pool: WorkerPool
  let records: RecordSequence
  private let local: LocalRanges
  private let recordedClients: [Int]
  private let recorded: Set<Int>
  private let unseenClients: [Int]
  private let evaluationPlan: EvaluationPlan
  private let afterTraining: AfterTrainingEvaluation?
  var state: RunState
  /// Those of the round before, whose memory is used again.
  var sums: CohortSums?

  /// Prepares a run from its start or its checkpoint.
  ///
  /// - Throws: `CheckpointProblem`.
  init(
    _ planned: PlannedRun, index: Int, simulation: Simulation, pool: WorkerPool, records: RecordQueue
  ) throws(CheckpointProblem) {
    configuration = planned.configuration
    self.index = index
    self.simulation = simulation
    self.pool = pool
    self.records = RecordSequence(records)
    local = LocalRanges(configuration.norm.component, configuration.network.layout)
    recordedClients = configuration.recordedClients
    recorded = Set(recordedClients)
    unseenClients = configuration.recordedUnseenClients
    evaluationPlan = configuration.evaluationPlan
    afterTraining = AfterTrainingEvaluation(configuration, evaluationPlan)
    // The numbers of the others are made or fetched when they begin: of many runs most wait, and a model may be large.
    if case .checkpoint(let checkpoint) = planned.beginning {
      state = try RunState(checkpoint, of: configuration)
    } else {
      state = .none
    }
    beginning = planned.beginning
  }

  /// Computes the run to its end, and has `ended` told on the recording thread how it ended, behind all that it records.
  mutating func compute(_ ended: @escaping @Sendable (RunOutcome) -> Void) async {
    let outcome = await outcome()
    state = .none
    sums = nil
    await records.finish { ended(outcome) }
  }

  private mutating func outcome() async -> RunOutcome {
    do {
      try await begin()
      while state.round < configuration.rounds {
        if simulation.hasAborted { throw Interruption() }
        try await makeRound(state.round + 1)
      }
      return simulation.hasAborted ? .interrupted : .finished
    } catch is Interruption {
      return .interrupted
    } catch let failure as ClientFailure {
      let words = RunWords(configuration: configuration, round: state.round + 1)
      return .failed(words.message(failure.error, client: failure.client))
    } catch {
      return .failed(state.round < 0 ? "\(error)" : "round \(state.round + 1): \(plainWords(of: error))")
    }
  }

  /// Makes the state that the first round starts from, and evaluates it where it is the initial model.
  private mutating func begin() async throws {
    // Nothing is lost: what it would go on from is there already, and without a checkpoint it begins anew.
    if simulation.shouldStop, state.round < configuration.rounds { throw Interruption() }
    switch beginning {
    case .checkpoint: break
    case .stored(_, let fetch):
      do {
        state = try RunState(fetch(), of: configuration)
      } catch {
        simulation.abort(error)
        throw Interruption()
      }
    case .start:
      let started = ContinuousClock.now
      try requireMemory(bytes: 4 * configuration.network.layout.valueCount)
      state.global =
        configuration.initialState ?? ModelState(initial: configuration.network.layout, seed: configuration.seed)
      var record = RoundRecord(round: 0)
      record.evaluations = try await evaluations(ofRound: 0)
      try finish(record, nil, since: started)
    }
  }

  // MARK: A round

  private mutating func makeRound(_ round: Int) async throws {
    let started = ContinuousClock.now
    let (cohort, weights) = cohort(ofRound: round)
    let (bookkeeping, trained) = try await update(cohort, weights, round: round)
    var record = RoundRecord(round: round, cohortSize: cohort.count)
    record.evaluations = try await evaluations(ofRound: round) + trained
    try finish(record, bookkeeping, since: started)
  }

  /// Makes the next state of what a cohort trains; returns what is to be recorded of that, and the rows of clients that
  /// were evaluated after their training.
  private mutating func update(
    _ cohort: [Int], _ weights: [Double], round: Int
  ) async throws -> (RoundBookkeeping, trained: [EvaluationRecord]) {
    let deferral = Deferral(configuration, cohort: cohort)
    let results = try await train(cohort, weights, deferral, round: round)
    let weightSum = zip(results, weights).reduce(0) { $0 + ($1.0.isTrained ? $1.1 : 0) }
    let reported = weightSum > 0 ? zip(results, weights).filter { $0.0.isTrained } : []
    let weighted = reported.map { (result: $0.0, weight: $0.1 / weightSum) }
    let lastRounds = lastRounds(of: cohort.filter(recorded.contains))
    var meanSketch: [Float] = []
    if weighted.isEmpty {
      // The server's state, what the strategy keeps and what clients keep stay as they are.
      try requireSomebodyWithBatches()
    } else {
      meanSketch = aggregate(weighted, cohort: cohort, deferral, round: round)
      try keep(try await withPersonalWeights(weighted), round: round)
      try await recalibrate(cohort, weights, round: round)
    }
    let bookkeeping = RoundBookkeeping(
      configuration: configuration, recorded: recorded, results: results.map(\.withoutMemory),
      weighted: weighted.map { ($0.result.withoutMemory, $0.weight) }, lastRounds: lastRounds, meanSketch: meanSketch)
    return (bookkeeping, results.flatMap(\.evaluations))
  }

  /// Who takes part, and p_k of each.
  private func cohort(ofRound round: Int) -> (clients: [Int], weights: [Double]) {
    let population = configuration.dataset.clientCount
    let cohort = configuration.cohort.cohort(round: round, population: population, seed: configuration.seed)
    let counts = cohort.map { configuration.weighting == .uniform ? 1 : Double(configuration.dataset.trainCount($0)) }
    let total = max(1, counts.reduce(0, +))
    return (cohort, counts.map { $0 / total })
  }

  /// What phases start from that go by the state as it is now.
  private func context(_ cohort: [Int], _ weights: [Double], round: Int) -> RoundContext {
    RoundContext(
      configuration: configuration, round: round, cohort: cohort, weights: weights, state: state, local: local)
  }

  private mutating func train(
    _ cohort: [Int], _ weights: [Double], _ deferral: Deferral?, round: Int
  ) async throws -> [ClientResult] {
    // What the server makes of the round: the next values, their means, and copies that a strategy takes.
    try requireMemory(bytes: 16 * configuration.network.layout.valueCount)
    let sums = try CohortSums(configuration, cohortSize: cohort.count, after: sums)
    self.sums = sums
    let context = context(cohort, weights, round: round)
    let joint =
      configuration.norm.component.training(inRound: round, of: configuration.rounds).isFirstStepJoint
      ? try await JointStep.statistics(context, on: pool) : nil
    let training = CohortTraining(
      context: context, sums: sums, joint: joint, deferral: deferral,
      recorded: recorded, afterTraining: afterTraining,
      clientDidFinish: { [simulation] in simulation.clientDidFinish() })
    return try await training.results(on: pool)
  }

  /// Where nobody of a cohort could train, another one may; an error where nobody ever can.
  private func requireSomebodyWithBatches() throws {
    let population = configuration.dataset.clientCount
    let canEver = (0..<population).contains {
      configuration.lackOfBatches(examples: configuration.dataset.trainCount($0)) == nil
    }
    if !canEver { throw NobodyCanTrain(population: population) }
  }

  /// The round that each of some clients last trained in, where it did.
  private func lastRounds(of clients: [Int]) -> [Int: Int] {
    Dictionary(
      uniqueKeysWithValues: clients.compactMap { client in state.clients.lastRound(of: client).map { (client, $0) } })
  }

  /// Makes the next global state; returns the sketch of the mean update, empty where nobody of the cohort is recorded.
  private mutating func aggregate(
    _ weighted: [(result: ClientResult, weight: Double)], cohort: [Int], _ deferral: Deferral?, round: Int
  ) -> [Float] {
    let layout = configuration.network.layout
    let policy = configuration.norm.component
    let normalization = NormalizationMean(
      policy: policy, statistics: policy.statistics(inRound: round, of: configuration.rounds), layout: layout
    ).next(weighted, global: state.global)
    let shared = configuration.sharedTrainableCount
    guard
      let update = sums?.takeUpdate(
        weighted, sharedAffine: normalization.values[0..<(shared - layout.weightCount)], global: state.global.values,
        updates: deferral?.weights.range ?? 0..<0)
    else { preconditionFailure("round \(round) has nothing to aggregate") }
    var sketch: [Float] = []
    if cohort.contains(where: recorded.contains) {
      sketch = UpdateMeasure(configuration, cohortSize: cohort.count).emptySketch
      state.global.values.withUnsafeBufferPointer { before in
        update.mean.withUnsafeBufferPointer { after in
          guard let before = before.baseAddress, let after = after.baseAddress else { return }
          UpdateSketch.add(after, before, count: shared, offset: 0, to: &sketch)
        }
      }
    }
    let next = configuration.strategy.component.next(
      global: state.global.values[0..<shared], update: update, memory: &state.slots)
    precondition(
      next.count == shared, "strategy \(configuration.strategy.name) returned \(next.count) values of \(shared)")
    state.global.values.replaceSubrange(0..<shared, with: next)
    state.global.values.replaceSubrange(
      shared..<layout.valueCount, with: normalization.values[(shared - layout.weightCount)...])
    state.global.counters = normalization.counters
    return sketch
  }

  /// The results with the weights that their clients go on with, where each has its own.
  private func withPersonalWeights(_ weighted: [(result: ClientResult, weight: Double)]) async throws -> [ClientResult]
  {
    guard !local.weights.isEmpty else { return weighted.map(\.result) }
    let mixing = WeightMixing(
      weighted, policy: configuration.norm.component, layout: configuration.network.layout, global: state.global)
    var results = weighted.map(\.result)
    let weights = try await pool.map(Array(weighted.indices)) { position, _ in mixing.weights(position) }
    for (position, weights) in weights.enumerated() { results[position].weights = weights }
    return results
  }

  /// Stores what clients keep of a round.
  private mutating func keep(_ results: [ClientResult], round: Int) throws {
    for result in results {
      let memory = ClientMemory(of: result, round: round, configuration, local)
      try state.clients.set(memory, for: result.client)
    }
  }

  /// Measures the next global model where the policy wants that.
  private mutating func recalibrate(_ cohort: [Int], _ weights: [Double], round: Int) async throws {
    let policy = configuration.norm.component
    guard policy.statistics(inRound: round, of: configuration.rounds) == .recalibrated,
      let statistics = try await Recalibration.statistics(context(cohort, weights, round: round), on: pool)
    else { return }
    for (place, found) in zip(configuration.network.layout.statisticsRange, statistics) {
      state.global.values[place] = policy.followed(state.global.values[place], found)
    }
  }

  private func evaluations(ofRound round: Int) async throws -> [EvaluationRecord] {
    guard configuration.isEvaluated(round) else { return [] }
    return try await RoundEvaluation(configuration, evaluationPlan, state: state)
      .rows(clients: recordedClients, unseen: unseenClients, on: pool)
  }
}

/// No client of a federation has a batch to train on, in any round.
private struct NobodyCanTrain: Error, CustomStringConvertible {
  let population: Int

  var description: String { "none of the \(population) clients had a batch to train on" }
}

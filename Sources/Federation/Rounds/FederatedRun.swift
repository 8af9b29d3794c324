internal import Catalogs
internal import Datasets
internal import Foundation
internal import Networks
internal import Randomness
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
  let local: LocalRanges
  private let recordedClients: [Int]
  let recorded: Set<Int>
  private let unseenClients: [Int]
  private let evaluationPlan: EvaluationPlan
  private let watchedRows: EvaluationSelection?
  private let afterTraining: AfterTrainingEvaluation?
  /// What is planned of the run; made when it begins.
  private var timeline: Timeline?
  var state: RunState
  /// Those of the round before, whose memory is used again.
  var updates: UpdateCollection?

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
    local = LocalRanges(configuration)
    recordedClients = configuration.recordedClients
    recorded = Set(recordedClients)
    unseenClients = configuration.recordedUnseenClients
    evaluationPlan = configuration.evaluationPlan
    watchedRows = configuration.watchedRows
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
    updates = nil
    await records.finish { ended(outcome) }
  }

  private mutating func outcome() async -> RunOutcome {
    if let problem = configuration.modelProblem { return .failed("the loss \(problem)") }
    do {
      try await begin()
      if !isOver {
        var planned = Timeline(configuration.timelineSetting)
        try planned.pass(to: state.round)
        guard planned.time == state.time || state.round == 0 else { throw OtherTimeline(round: state.round) }
        timeline = planned
      }
      while !isOver {
        if simulation.hasAborted { throw Interruption() }
        try await makeRound(state.round + 1)
      }
      if simulation.hasAborted { return .interrupted }
      guard let reason = stopReason else { return .finished }
      simulation.runDidStop(index, after: state.round)
      return .stopped(reason)
    } catch is Interruption {
      return .interrupted
    } catch let failure as ClientFailure {
      let words = RunWords(configuration: configuration, round: state.round + 1)
      return .failed(words.message(failure.error, client: failure.client))
    } catch {
      return .failed(state.round < 0 ? "\(error)" : "round \(state.round + 1): \(plainWords(of: error))")
    }
  }

  /// Which rule has ended the run; nil where none has.
  private var stopReason: StopReason? { configuration.stop.flatMap { state.watch?.reason($0) } }

  /// Whether the run's last round is made: the last planned one, or the one in which its rule was met.
  var isOver: Bool { isLast(state.round) }

  /// Whether a round, behind which the run's rule has been asked, is its last.
  func isLast(_ round: Int) -> Bool { round >= configuration.rounds || stopReason != nil }

  /// Makes the state that the first round starts from, and evaluates it where it is the initial model.
  private mutating func begin() async throws {
    // Nothing is lost: what it would go on from is there already, and without a checkpoint it begins anew.
    if simulation.shouldStop, !isOver { throw Interruption() }
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
      state.global = configuration.startState
      if configuration.stop != nil { state.watch = StopWatch() }
      if configuration.schedule.component.isAsynchronous { state.versions = [0: state.global] }
      var record = RoundRecord(round: 0)
      record.evaluations = try await evaluations(ofRound: 0)
      try finish(record, nil, since: started)
    }
  }

  // MARK: A round

  private mutating func makeRound(_ round: Int) async throws {
    let started = ContinuousClock.now
    guard let step = try timeline?.next() else { preconditionFailure("round \(round) of a run that has not begun") }
    var (bookkeeping, trained) = try await update(step)
    state.time = step.madeAt
    if configuration.schedule.component.isAsynchronous {
      state.versions[round] = state.global
      state.versions = state.versions.filter { step.neededVersions.contains($0.key) }
    }
    var record = RoundRecord(round: round, cohortSize: step.participations.count)
    record.simulatedSeconds = step.seconds
    let evaluated = try await evaluations(ofRound: round)
    record.evaluations = evaluated + trained
    watch(evaluated, ofRound: round)
    bookkeeping.isLast = isLast(round)
    try finish(record, bookkeeping, since: started)
  }

  /// Makes the next state of what is trained for it; returns what is to be recorded of that, and the rows of clients that
  /// were evaluated after their training.
  private mutating func update(_ step: ServerStep) async throws -> (RoundBookkeeping, trained: [EvaluationRecord]) {
    // Those that are late or lost leave no trace.
    let present = step.participations.filter { $0.outcome == .reported || $0.outcome == .untrained }
    let weights = weights(of: present.map(\.client))
    let lastRounds = lastRounds(of: Set(step.participations.map(\.client)).filter(recorded.contains))
    let results = try await train(present, weights, step)
    let weightSum = zip(results, weights).reduce(0) { $0 + ($1.0.isTrained ? $1.1 : 0) }
    let reported = weightSum > 0 ? zip(results, weights).filter { $0.0.isTrained } : []
    let weighted = reported.map { (result: $0.0, weight: $0.1 / weightSum) }
    var meanSketch: [Float] = []
    if weighted.isEmpty {
      // The server's state, what the strategy keeps and what clients keep stay as they are.
      if present.count == step.participations.count, !present.isEmpty { try requireSomebodyWithBatches() }
    } else {
      meanSketch = try await aggregate(weighted, weightSum: weightSum, present, step)
      if !configuration.schedule.component.isAsynchronous {
        try keep(try await withMixedModels(weighted), round: step.version)
        try await recalibrate(present.map(\.client), weights, round: step.version)
      }
    }
    let trained = Dictionary(uniqueKeysWithValues: zip(present.map { [$0.client, $0.turn] }, results))
    let bookkeeping = RoundBookkeeping(
      configuration: configuration, recorded: recorded,
      participations: step.participations.map { ($0, trained[[$0.client, $0.turn]]?.withoutMemory) },
      weighted: weighted.map { ($0.result.withoutMemory, $0.weight) }, lastRounds: lastRounds, meanSketch: meanSketch)
    // Of a client that comes twice the row of its last participation stays.
    let evaluated = Dictionary(results.filter { !$0.evaluations.isEmpty }.map { ($0.client, $0.evaluations) }) { $1 }
    return (bookkeeping, evaluated.sorted { $0.key < $1.key }.flatMap(\.value))
  }

  /// p_k of some clients.
  private func weights(of clients: [Int]) -> [Double] {
    let counts = clients.map {
      configuration.weighting == .uniform ? 1 : Double(configuration.trainingData.trainCount($0))
    }
    let total = max(1, counts.reduce(0, +))
    return counts.map { $0 / total }
  }

  /// What phases start from that go by the state as it is now.
  func context(_ cohort: [Int], _ weights: [Double], round: Int) -> RoundContext {
    RoundContext(
      configuration: configuration, round: round, cohort: cohort, weights: weights, state: state, local: local)
  }

  /// Trains participations; of a client that comes several times, one after another.
  private mutating func train(
    _ present: [PlannedParticipation], _ weights: [Double], _ step: ServerStep
  ) async throws -> [ClientResult] {
    guard !present.isEmpty else { return [] }
    // What the server makes of the round: the next values, their means, and copies that a strategy takes.
    try requireMemory(bytes: 16 * configuration.network.layout.valueCount)
    let updates = try UpdateCollection(configuration, cohortSize: present.count, after: updates)
    self.updates = updates
    let isAsynchronous = configuration.schedule.component.isAsynchronous
    var results: [ClientResult] = []
    while results.count < present.count {
      var clients: Set<Int> = []
      let wave = present[results.count...].prefix { clients.insert($0.client).inserted }
      let cohort = wave.map(\.client)
      let context = context(cohort, Array(weights[wave.indices]), round: step.version)
      var training = CohortTraining(
        context: context, participations: Array(wave), offset: wave.startIndex, versions: state.versions,
        updates: updates, deferral: isAsynchronous ? nil : Deferral(configuration, cohort: cohort),
        recorded: recorded, afterTraining: afterTraining,
        clientDidFinish: { [simulation] in if !isAsynchronous { simulation.clientDidFinish() } })
      if configuration.norm.component.training(inRound: step.version, of: configuration.rounds).isFirstStepJoint {
        training.joint = try await JointStep.statistics(of: training, on: pool)
      }
      let made = try await training.results(on: pool)
      results += made
      // What a client keeps of one participation it has in the next.
      if isAsynchronous { try keep(made.filter(\.isTrained), round: step.version) }
    }
    for _ in isAsynchronous ? 0..<1 : present.count..<step.participations.count { simulation.clientDidFinish() }
    return results
  }

  /// Where nobody of a cohort could train, another one may; an error where nobody ever can.
  private func requireSomebodyWithBatches() throws {
    let population = configuration.trainingData.clientCount
    let canEver = (0..<population).contains {
      configuration.lackOfBatches(
        examples: configuration.trainingData.trainCount($0), configuration.setting(of: $0).work) == nil
    }
    if !canEver { throw NobodyCanTrain(population: population) }
  }

  /// The round that each of some clients last trained in, where it did.
  private func lastRounds(of clients: Set<Int>) -> [Int: Int] {
    Dictionary(
      uniqueKeysWithValues: clients.compactMap { client in state.clients.lastRound(of: client).map { (client, $0) } })
  }

  /// Shows a round's evaluations to the run's rule.
  private mutating func watch(_ evaluations: [EvaluationRecord], ofRound round: Int) {
    guard let rule = configuration.stop, let watchedRows, configuration.isEvaluated(round) else { return }
    let value = watchedValue(of: rule.measure, in: evaluations.selected(watchedRows))
    state.watch?.note(value, ofRound: round, rule)
  }

  private func evaluations(ofRound round: Int) async throws -> [EvaluationRecord] {
    guard configuration.isEvaluated(round) else { return [] }
    return try await RoundEvaluation(configuration, evaluationPlan, state: state)
      .rows(clients: recordedClients, unseen: unseenClients, on: pool)
  }
}

/// What a checkpoint was made after is not what is planned now.
private struct OtherTimeline: Error, CustomStringConvertible {
  let round: Int

  var description: String {
    "the checkpoint of round \(round) stands at another moment than what 'devices', 'availability' and 'dropouts' say now"
  }
}

/// No client of a federation has a batch to train on, in any round.
private struct NobodyCanTrain: Error, CustomStringConvertible {
  let population: Int

  var description: String { "none of the \(population) clients had a batch to train on" }
}

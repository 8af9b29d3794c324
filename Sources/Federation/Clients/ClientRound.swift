internal import Datasets
public import Networks
public import Tensors

/// One client's part in a round, as its strategy is given it: what the client received and remembers, its steps, and
/// what it sends. Valid until `Strategy.train` returns; not for two threads at once.
///
/// What `run` leaves in the model is what the client sends: Δ_k is its difference from what was received, over the
/// shared trainable values, and running statistics and counters go beside it.
public final class ClientRound {
  /// The client's number.
  public let client: Int
  /// The round's number, from 1; of an asynchronous server the version that comes behind the one that was received.
  public let number: Int
  /// The client's model.
  public var network: Network { configuration.network }
  /// N, all clients of the federation.
  public var population: Int { configuration.trainingData.clientCount }
  /// How many of the trained values are shared; they come first.
  public var sharedCount: Int { configuration.sharedTrainableCount }
  /// η, the learning rate of the client's optimizer, of which a schedule makes that of each step.
  public var learningRate: Double { training.setting.optimizer.learningRate }
  /// τ_k, the steps taken so far.
  public var steps: Int { result.steps }
  /// The sum of the learning rates of these steps: τ_k·η where there is no schedule.
  public var stepSizeSum: Double { stepSizes.sum }
  /// The slots that the server sends; empty before its half has made them.
  public let server: SlotMemory
  /// What the client remembers: at first what it had when it last reported. What `train` leaves is kept if the client
  /// reports.
  public var memory: SlotMemory

  let context: RoundContext
  var result: ClientResult
  private var stepSizes = StepSizes()
  let worker: Worker
  let examples: ClientExamples
  let training: LocalTraining
  /// What becomes of batches before they are trained on; nil is nothing.
  private let augmentation: BatchAugmentation?
  let joint: JointStatistics?
  /// Whether `run` ends by throwing `FirstStepTaken` behind its first step: the joint statistics of that are looked for.
  var endsAfterFirstStep = false
  /// Where the client started, in blocks from value 0 on.
  private let blocks: [(range: Range<Int>, values: UnsafePointer<Float>)]
  /// The same in one piece, made when somebody asks.
  var start: AlignedBuffer<Float>?
  /// Where the steps of some weights are put off.
  var deferred: DeferredSteps?
  var sent: [String: [Float]] = [:]
  /// What comes before each step.
  var actions: [(StepBatch) throws -> Void] = []

  /// Why a round ends that was begun to look for joint statistics.
  struct FirstStepTaken: Error {}

  /// Prepares the round of a client whose state lies in the worker's workspace.
  init(
    _ context: RoundContext, client: Int, number: Int, _ examples: ClientExamples, memory: ClientMemory?,
    blocks: [(range: Range<Int>, values: UnsafePointer<Float>)], joint: JointStatistics?, deferred: DeferredSteps?,
    draw: Int? = nil, on worker: Worker
  ) {
    self.client = client
    self.number = number
    self.context = context
    self.examples = examples
    self.memory = memory?.slots ?? SlotMemory()
    self.blocks = blocks
    self.joint = joint
    self.deferred = deferred
    self.worker = worker
    server = context.state.slots.keeping(context.configuration.strategy.component.sentSlots)
    training = LocalTraining(
      configuration: context.configuration, round: number, client: client, draw: draw)
    augmentation = BatchAugmentation(training)
    result = ClientResult(client: client, samples: examples.count)
    result.stepScale = training.stepScale
    if training.collectsMoments { workspace.beginMoments() }
  }

  var configuration: RunConfiguration { context.configuration }
  /// Whether its steps collect the raw moments of their batches.
  var collectsMoments: Bool { training.collectsMoments }
  /// What distinguishes its random numbers from those of the client's other participations.
  var draw: Int { training.draw }
  var workspace: NetworkWorkspace { worker.workspace }
  var trainableCount: Int { configuration.network.layout.trainableCount }

  /// The client's part in the federation: 1/N, or its share of all training examples under `weights: samples`.
  public var populationWeight: Double {
    guard configuration.weighting == .samples else { return 1 / Double(population) }
    return Double(examples.count) / Double(max(1, configuration.trainingData.trainCount))
  }

  // MARK: Steps

  /// Trains as the scenario says: `client.epochs` or `client.steps` over the client's examples.
  ///
  /// - Parameter term: What the gradient of each step gains, nil is nothing. Only without one may layers step by
  ///   themselves, or put their steps off.
  /// - Throws: `NonFiniteLoss`, or `LibraryError` when oneDNN can't plan a layer.
  public func run(_ term: GradientTerm? = nil) throws {
    if term != nil || !actions.isEmpty { try stopPuttingOff() }
    let received = term == nil ? nil : received
    try run(adjust: adjustment(term, received)) { _ in nil }
  }

  /// The same with a loss that also depends on what a layer reads, under the model that trains and under other states in
  /// evaluation passes, which are constants.
  ///
  /// - Parameters:
  ///   - layer: The layer's name.
  ///   - states: The other states.
  ///   - term: Adds to the gradient of what the layer reads.
  /// - Throws: `NonFiniteLoss`, or `LibraryError` when oneDNN can't plan a layer.
  /// - Precondition: The model has the layer.
  public func run(
    contrasting layer: String, with states: [ModelState], _ term: @escaping (ContrastStep) -> Void
  ) throws {
    guard let number = configuration.network.layers.firstIndex(where: { $0.name == layer }) else {
      preconditionFailure("the model has no layer '\(layer)'")
    }
    try stopPuttingOff()
    var evaluation = PassMode.inference
    evaluation.readLayer = number
    try run(adjust: nil, reading: number) { batch in
      let plan = try self.workspace.plan(batch: batch.places.count, mode: evaluation)
      let others = try states.map { state in
        try self.gathered(batch, plan) { _ in try self.workspace.input(ofLayer: number, plan, under: state) }
      }
      return InputTerm(layer: number) { input, gradient, rows, width in
        term(ContrastStep(input: input, gradient: gradient, others: others, rowCount: rows, width: width))
      }
    }
  }

  /// A term as the workspace takes it.
  func adjustment(
    _ term: GradientTerm?, _ received: Values?
  ) -> ((UnsafeMutablePointer<Float>, UnsafePointer<Float>) -> Void)? {
    guard let term, let received else { return nil }
    let (count, shared) = (trainableCount, sharedCount)
    return { gradients, values in
      term(
        LocalStep(
          gradient: MutableValues(gradients, count: count), current: Values(values, count: count), received: received,
          sharedCount: shared))
    }
  }

  /// Has the workspace train the client's model by an optimizer, with what else the scenario says of steps.
  func prepareTraining(_ optimizer: any Optimizer) {
    workspace.prepareTraining(
      optimizer, others: training.setting.networkOptimizers, decayed: training.setting.decayedValues,
      clip: configuration.gradientClip,
      held: [network.layout.frozenTrainable])
  }

  /// Takes steps over the client's batches.
  ///
  /// - Parameters:
  ///   - layer: The number of a layer whose input `contrast` is about; nil without one.
  ///   - contrast: What the loss of a batch gains; called before the batch lies where the plan reads it.
  private func run(
    adjust: ((UnsafeMutablePointer<Float>, UnsafePointer<Float>) -> Void)?, reading layer: Int? = nil,
    contrast: (LocalBatch) throws -> InputTerm?
  ) throws {
    prepareTraining(training.setting.optimizer)
    workspace.restoreOptimizers(of: training.setting, memory)
    var batches = training.batches(of: examples)
    var rates = StepRates(training, round: number, batches)
    var learningRate = self.learningRate
    workspace.joint = joint
    let statistics = training.norm.statistics
    var later = PassMode(isTraining: true, statistics: statistics, collectsMoments: training.collectsMoments)
    later.readLayer = layer
    var first = later
    if joint != nil { (first.statistics, first.collectsMoments) = (.joint, false) }
    var plan: NetworkPlan?
    while let batch = batches.next() {
      // Most batches of a pass have the same size, and then the same plan.
      let mode = result.steps == 0 ? first : later
      if plan?.batch != batch.places.count || plan?.mode != mode {
        plan = try workspace.plan(batch: batch.places.count, mode: mode)
      }
      guard let plan else { continue }
      if let rate = rates.next() {
        learningRate = rate(self.learningRate)
        workspace.setLearningRates(rate)
      }
      try act(before: batch, mode, learningRate: learningRate)
      let contrast = try contrast(batch)
      let made = try gathered(batch, plan) { targets in
        try workspace.trainStep(
          plan, targets: targets, loss: configuration.loss, stepKey: batch.stepKey, adjust: adjust, contrast: contrast)
      }
      result.lossSum += made.loss
      result.correct += made.correct ?? 0
      if made.correct != nil { result.judged += made.counted }
      for (name, value) in made.measures { result.measureSums[name, default: 0] += value }
      result.steps += 1
      stepSizes.add(learningRate)
      result.passed += batch.places.count
      if endsAfterFirstStep { throw FirstStepTaken() }
    }
    result.stepSizeSum = stepSizes.sum
    result.skippedBatches += batches.skipped
    workspace.takeOptimizers(of: training.setting, into: &memory)
  }

  /// Puts a batch where the plan reads it, and calls `body` with its targets.
  func gathered<Value>(
    _ batch: LocalBatch, _ plan: NetworkPlan, _ body: (BatchTargets) throws -> Value
  ) throws -> Value {
    let targets = worker.targets.room(for: batch.places.count, of: configuration.dataset)
    let values = workspace.input(of: plan)
    examples.gather(batch.places, values: values, targets: targets)
    augmentation?.apply(to: values, batch, room: worker.image)
    return try body(targets)
  }

  // MARK: Values

  /// The trainable values that the client started from: w, with its own where they are local.
  public var received: Values {
    if blocks.count == 1, let base = blocks.first?.values { return Values(base, count: trainableCount) }
    if let start { return Values(start.base, count: trainableCount) }
    let buffer = AlignedBuffer<Float>()
    buffer.reserve(trainableCount)
    for block in blocks { (buffer.base + block.range.lowerBound).update(from: block.values, count: block.range.count) }
    start = buffer
    return Values(buffer.base, count: trainableCount)
  }

  /// The state that every model of the run starts from: w⁰.
  public var initialState: ModelState { configuration.startState }

  /// The whole state of the client's model as it is now.
  ///
  /// - Throws: `LibraryError` when oneDNN fails.
  public func state() throws -> ModelState {
    try stopPuttingOff()
    return workspace.state()
  }

  /// Δ_k as it is now: the client's shared trainable values less those that it started from.
  ///
  /// - Throws: `LibraryError` when oneDNN fails.
  public func delta() throws -> [Float] {
    try stopPuttingOff()
    let values = workspace.values
    let received = received
    return (0..<sharedCount).map { values[$0] - received[$0] }
  }

  /// Sends a vector over the shared values beside Δ_k; it counts 4 bytes a value.
  ///
  /// - Precondition: The strategy's `meanVectors` has the name, as one that is sent.
  public func send(_ name: String, _ vector: [Float]) {
    precondition(
      configuration.strategy.component.sentVectors.contains(name),
      "strategy \(configuration.strategy.name) does not declare that it sends '\(name)'")
    precondition(vector.count == sharedCount, "'\(name)' has \(vector.count) values of \(sharedCount)")
    sent[name] = vector
  }

  /// Takes the steps that were put off, so that the client's model lies whole in the workspace.
  func stopPuttingOff() throws {
    guard deferred != nil else { return }
    try workspace.stopPuttingOff()
    deferred = nil
  }

  // MARK: What becomes of it

  /// What the client sends, unless it took no step.
  ///
  /// - Parameters:
  ///   - weight: p_k among the clients that were asked.
  ///   - server: The server's values, from value 0 on.
  ///   - isWhole: Whether somebody is going to ask for the numbers of Δ_k.
  func update(weight: Double, from server: UnsafePointer<Float>, isWhole: Bool) throws -> ClientUpdate {
    if isWhole { try stopPuttingOff() }
    let values = UnsafePointer(workspace.values)
    // Where models are mixed a client starts from one of its own; what it sends is its difference from the server's.
    let blocks = [(range: 0..<sharedCount, values: server)]
    var update = ClientUpdate(
      client: client, weight: weight, steps: result.steps, stepScale: training.stepScale, sharedCount: sharedCount,
      held: deferred.map { .deferred($0, values, blocks) } ?? .difference(values, blocks))
    update.leastStepScale = configuration.leastStepScale
    update.vectors = sent
    return update
  }

  /// Writes the weights whose steps are put off into the workspace, where a copy of the whole model is wanted.
  func writeDeferred() throws {
    if let deferred { try deferred.writeClient(into: workspace.values + deferred.weights.range.lowerBound) }
  }
}

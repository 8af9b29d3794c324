public import Networks
internal import Tensors

extension ClientRound {
  /// Trains another state over the same batches as `run`, with an optimizer of its own; what is sent does not change.
  ///
  /// - Parameters:
  ///   - state: A whole state of the client's model; it is left as training makes it.
  ///   - epochs: Passes over the client's examples; nil is as many as `run` takes.
  ///   - learningRate: η, before the schedule; nil is that of `run`.
  ///   - term: What the gradient of each step gains.
  /// - Throws: `NonFiniteLoss`, or `LibraryError` when oneDNN can't plan a layer.
  public func run(
    on state: inout ModelState, epochs: Int? = nil, learningRate: Double? = nil, _ term: GradientTerm? = nil
  ) throws {
    try stopPuttingOff()
    let received = received
    let shared = workspace.state()
    workspace.load(state, of: network)
    let own = training.setting
    var work = own.work
    if let epochs { work.amount = .epochs(epochs) }
    prepareTraining(learningRate.map { own.optimizer.with(learningRate: $0) } ?? own.optimizer)
    var batches = training.batches(of: examples, work: work)
    var rates = StepRates(training, round: number, batches)
    let mode = PassMode(isTraining: true, statistics: training.norm.statistics)
    let adjust = adjustment(term, received)
    while let batch = batches.next() {
      let plan = try workspace.plan(batch: batch.places.count, mode: mode)
      if let rate = rates.next() { workspace.setLearningRates(rate) }
      _ = try gathered(batch, plan) { targets in
        try workspace.trainStep(
          plan, targets: targets, loss: configuration.loss, stepKey: batch.stepKey, adjust: adjust)
      }
      result.passed += batch.places.count
    }
    state = workspace.state()
    workspace.load(shared, of: network)
  }

  /// Has each step of what `body` runs preceded by something, which is given its batch.
  ///
  /// - Throws: What `action` and `body` throw.
  public func beforeEachStep(
    _ action: @escaping (StepBatch) throws -> Void, during body: () throws -> Void
  ) rethrows {
    let others = actions
    actions.append(action)
    defer { actions = others }
    try body()
  }

  /// Does what was asked for before a step.
  func act(before batch: LocalBatch, _ mode: PassMode, learningRate: Double) throws {
    guard !actions.isEmpty else { return }
    let current = Values(workspace.values, count: trainableCount)
    let step = StepBatch(current: current, learningRate: learningRate) { state in
      // Of the model that trains alone moments are collected.
      let mode = PassMode(isTraining: true, statistics: mode.statistics == .joint ? .batch : mode.statistics)
      let plan = try self.workspace.plan(batch: batch.places.count, mode: mode)
      self.result.passed += batch.places.count
      var gradient = try self.gathered(batch, plan) { targets in
        try self.workspace.gradient(
          plan, targets: targets, loss: self.configuration.loss, stepKey: batch.stepKey, under: &state)
      }
      for place in self.network.layout.frozenTrainable { gradient[place] = 0 }
      if let clip = self.configuration.gradientClip {
        gradient.withUnsafeMutableBufferPointer { values in
          if let base = values.baseAddress { clip.clip(base, [values.indices]) }
        }
      }
      return gradient
    }
    for action in actions { try action(step) }
  }
}

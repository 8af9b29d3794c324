public import Tensors

extension NetworkWorkspace {
  /// Makes room for gradients and clears the optimizers' memory.
  ///
  /// - Parameters:
  ///   - optimizer: That of the steps.
  ///   - others: Those of networks that have one of their own, by their names.
  ///   - decayed: The values that weight decay is meant for.
  ///   - clip: What becomes of gradients before a step.
  ///   - held: Trainable values that no step changes.
  public func prepareTraining(
    _ optimizer: any Optimizer, others: [String: any Optimizer] = [:], decayed: DecayedValues = .all,
    clip: GradientClip? = nil, held: [Range<Int>] = []
  ) {
    guard let network else { preconditionFailure("no state is loaded") }
    let layout = network.layout
    self.held = held.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    self.clip = clip
    func made(_ optimizer: any Optimizer, _ ranges: [Range<Int>]) -> OptimizerSteps {
      OptimizerSteps(
        optimizer, ranges: ranges, held: self.held,
        undecayed: decayed == .all || optimizer.weightDecay == 0 ? [] : decayed.undecayed(in: layout))
    }
    steps.removeAll(keepingCapacity: true)
    if parts.isEmpty {
      steps.append(made(optimizer, [0..<layout.trainableCount]))
    } else {
      steps += parts.map { made(others[$0.name] ?? optimizer, network.trainableRanges(of: $0)) }
    }
    gradientBuffer.reserve(layout.trainableCount)
    let count = (steps.map(\.optimizer.slotNames.count).max() ?? 0) * layout.trainableCount
    slotBuffer.reserve(count)
    slotBuffer.base.update(repeating: 0, count: count)
  }

  /// Sets the learning rates of the next steps, each by what `prepareTraining` was given.
  public func setLearningRates(_ rate: (Double) -> Double) {
    for part in steps.indices { steps[part].setLearningRate(rate(steps[part].learningRate)) }
  }

  /// How many steps the optimizer of each network has taken.
  public var stepCounts: [Int] { steps.map(\.count) }

  /// What the optimizers remember: for each of their slots a number for each trainable value, 0 where the value's has no
  /// such slot.
  public var optimizerSlots: [(name: String, values: [Float])] {
    var slots: [(name: String, values: [Float])] = []
    for part in steps {
      for (number, name) in part.optimizer.slotNames.enumerated() {
        let place = slots.firstIndex { $0.name == name } ?? slots.count
        if place == slots.count { slots.append((name, [Float](repeating: 0, count: trainableCount))) }
        let start = slotBuffer.base + number * trainableCount
        for range in part.ranges { for value in range { slots[place].values[value] = start[value] } }
      }
    }
    return slots
  }

  /// Puts back what `optimizerSlots` and `stepCounts` gave.
  ///
  /// - Parameter slot: The values of a slot; nil where there are none, which leaves zeros.
  public func restoreOptimizers(stepCounts: [Int], _ slot: (_ name: String) -> [Float]?) {
    for place in steps.indices {
      steps[place].count = place < stepCounts.count ? stepCounts[place] : 0
      for (number, name) in steps[place].optimizer.slotNames.enumerated() {
        guard let values = slot(name), values.count == trainableCount else { continue }
        let start = slotBuffer.base + number * trainableCount
        for range in steps[place].ranges { for value in range { start[value] = values[value] } }
      }
    }
  }

  /// One step on the batch that lies at `input(of: plan)`.
  ///
  /// - Parameters:
  ///   - targets: A class a sample, or one for each of its steps, or the numbers of each sample.
  ///   - stepKey: Distinguishes the dropout masks of this step.
  ///   - adjust: Changes the gradients before they are clipped; nil lets layers take plain steps themselves, unless
  ///     gradients are clipped.
  ///   - contrast: What the loss gains that depends on a layer's input.
  /// - Returns: The mean loss before the step, and how many were right.
  /// - Throws: `NonFiniteLoss` when the loss is no number of use; the state is not changed then but for running
  ///   statistics.
  /// - Precondition: An objective that takes its steps by a procedure has no contrast.
  public func trainStep(
    _ plan: NetworkPlan, targets: BatchTargets, loss: any Objective, stepKey: UInt64,
    adjust: ((_ gradients: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>) -> Void)?,
    contrast: InputTerm? = nil
  ) throws -> ObjectiveValue {
    if let procedure = loss.procedure {
      precondition(contrast == nil && deferred == nil, "a step of several passes has no term of one layer's input")
      return try procedure.train(
        TrainingStep(self, plan, targets, stepKey: stepKey, model: loadedModel, adjust: adjust, collected: nil))
    }
    precondition(parts.isEmpty, "an objective of one network for a model of several")
    let isHeld = !held.isEmpty && plan.foldedRanges.contains { folded in held.contains { $0.overlaps(folded) } }
    let foldedRate = adjust == nil && clip == nil && !isHeld ? steps[0].optimizer.plainRate : nil
    precondition(deferred == nil || foldedRate != nil, "steps that are not plain can't be put off")
    let memory = memory(of: plan, foldedRate: foldedRate, stepKey: stepKey)
    let result = try forward(plan, targets: targets, loss: loss, memory)
    try plan.backward(memory, adding: contrast)
    adjust?(gradientBuffer.base, valueBuffer.base)
    take(0, without: foldedRate == nil ? [] : plan.foldedRanges)
    return result
  }

  /// Takes the step of a network by its gradients.
  ///
  /// - Parameter folded: Values whose step its layers have taken.
  func take(_ part: Int, without folded: [Range<Int>] = []) {
    clip?.clip(gradientBuffer.base, steps[part].trained)
    steps[part].take(
      values: valueBuffer.base, gradients: gradientBuffer.base, slots: slotBuffer.base, stride: trainableCount,
      without: folded)
  }

  /// Why the loss of the batch that lies at `input(of: plan)`, and was evaluated before, is no number of use.
  ///
  /// - Throws: `LibraryError` when oneDNN fails.
  public func reason(ofLoss loss: Double, _ plan: NetworkPlan, of objective: any Objective) throws -> NonFiniteLoss {
    guard let procedure = objective.procedure else { return try plan.reasonAnew(ofLoss: loss, memory(of: plan)) }
    do {
      _ = try procedure.outputs(EvaluationPass(workspace: self, plan: plan, searched: loss))
      return NonFiniteLoss(of: loss, .loss)
    } catch let reason as NonFiniteLoss {
      return reason
    }
  }

  /// What the model makes of the samples that lie at `input(of: plan)`: those of the plan's batch, one after another.
  ///
  /// - Parameter objective: Whose model it is.
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  @discardableResult
  public func outputs(_ plan: NetworkPlan, of objective: any Objective) throws -> UnsafePointer<Float> {
    if let procedure = objective.procedure {
      return try procedure.outputs(EvaluationPass(workspace: self, plan: plan)).outputs.base
    }
    try plan.forward(memory(of: plan))
    return output(of: plan)
  }

  /// The mean loss of the first `rows` samples that lie at `input(of: plan)`, how many are right, and what the model puts
  /// out; whether the loss is a number of use is for `NonFiniteLoss.allows` to say.
  public func evaluateStep(
    _ plan: NetworkPlan, targets: BatchTargets, rows: Int? = nil, loss: any Objective
  ) throws -> (value: ObjectiveValue, outputs: UnsafePointer<Float>) {
    guard let shape = network?.output else { preconditionFailure("no state is loaded") }
    let outputs = try outputs(plan, of: loss)
    let value = loss.evaluate(
      outputs: outputs, targets: targets, rows: (rows ?? plan.batch) * shape.steps, width: shape.count / shape.steps,
      gradient: nil, scratch: objectiveScratch)
    return (value, outputs)
  }
}

extension NetworkWorkspace {
  /// The gradient of the mean loss over the trainable values of another state, for the batch that lies at
  /// `input(of: plan)`; the pass moves the state's running statistics and counters. Of an objective that takes its steps by
  /// a procedure, the gradients that it would step by, all at that state.
  ///
  /// - Parameter plan: A training plan.
  /// - Throws: `NonFiniteLoss`.
  public func gradient(
    _ plan: NetworkPlan, targets: BatchTargets, loss: any Objective, stepKey: UInt64, under state: inout ModelState
  ) throws -> [Float] {
    var gradient = [Float](repeating: 0, count: trainableCount)
    try state.values.withUnsafeMutableBufferPointer { values in
      try state.counters.withUnsafeMutableBufferPointer { counters in
        try gradient.withUnsafeMutableBufferPointer { gradient in
          let result = gradient.baseAddress ?? gradientBuffer.base
          let model = PassModel(
            values: values.baseAddress ?? valueBuffer.base, counters: counters.baseAddress ?? counterBuffer.base,
            gradients: loss.procedure == nil ? result : gradientBuffer.base, isLoaded: false)
          if let procedure = loss.procedure {
            _ = try procedure.train(
              TrainingStep(self, plan, targets, stepKey: stepKey, model: model, adjust: nil, collected: result))
          } else {
            let memory = memory(of: plan, model, stepKey: stepKey)
            try forward(plan, targets: targets, loss: loss, memory)
            try plan.backward(memory)
          }
        }
      }
    }
    return gradient
  }

  /// What a layer reads under another state, for the batch that lies at `input(of: plan)`: `batch × input` numbers, one
  /// sample after another.
  ///
  /// - Parameters:
  ///   - layer: The layer's number in the network.
  ///   - plan: An inference plan.
  public func input(ofLayer layer: Int, _ plan: NetworkPlan, under state: ModelState) throws -> [Float] {
    try state.values.withUnsafeBufferPointer { values in
      try state.counters.withUnsafeBufferPointer { counters in
        // Inference writes to neither.
        let model = PassModel(
          values: UnsafeMutablePointer(mutating: values.baseAddress) ?? valueBuffer.base,
          counters: UnsafeMutablePointer(mutating: counters.baseAddress) ?? counterBuffer.base,
          gradients: gradientBuffer.base, isLoaded: false)
        return try plan.input(ofLayer: layer, memory(of: plan, model, stepKey: 0))
      }
    }
  }

  /// A training pass forward, up to the gradient of the loss.
  ///
  /// - Throws: `NonFiniteLoss`.
  @discardableResult
  func forward(
    _ plan: NetworkPlan, targets: BatchTargets, loss: any Objective, _ memory: PassMemory
  ) throws -> ObjectiveValue {
    try plan.forward(memory)
    let value = loss.evaluate(
      outputs: memory.arena + plan.outputOffset, targets: targets, rows: plan.batch * plan.outputShape.steps,
      width: plan.outputShape.count / plan.outputShape.steps, gradient: memory.arena + plan.outputGradientOffset,
      scratch: memory.scratch.assumingMemoryBound(to: Float.self))
    guard NonFiniteLoss.allows(value.loss) else { throw plan.reason(ofLoss: value.loss, memory) }
    return value
  }
}

extension Shape {
  /// Steps of a sequence `[T, C]`; 1 of any other shape.
  var steps: Int { rank == 2 ? self[0] : 1 }
}

extension NetworkWorkspace {
  /// `trainStep` with a class a sample.
  public func trainStep(
    _ plan: NetworkPlan, labels: UnsafePointer<Int32>, loss: any Objective, stepKey: UInt64,
    adjust: ((_ gradients: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>) -> Void)?,
    contrast: InputTerm? = nil
  ) throws -> ObjectiveValue {
    try trainStep(
      plan, targets: .classes(UnsafeMutablePointer(mutating: labels)), loss: loss, stepKey: stepKey, adjust: adjust,
      contrast: contrast)
  }

  /// `evaluateStep` with a class a sample.
  public func evaluateStep(
    _ plan: NetworkPlan, labels: UnsafePointer<Int32>, rows: Int? = nil, loss: any Objective
  ) throws -> ObjectiveValue {
    try evaluateStep(plan, targets: .classes(UnsafeMutablePointer(mutating: labels)), rows: rows, loss: loss).value
  }
}

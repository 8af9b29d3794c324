public import Tensors

/// What one worker needs to train and evaluate networks: a copy of a model's numbers, gradients, optimizer memory, an
/// arena for activations and the plans made so far. Made once per worker; a step allocates nothing. Not for two
/// threads at once.
public final class NetworkWorkspace {
  private struct PlanKey: Hashable {
    let network: NetworkIdentity
    let batch: Int
    let mode: PassMode
  }

  /// Plans beyond this number push out the one used longest ago; oneDNN's primitives cost tens of kilobytes each.
  private static let planLimit = 96

  private let arena = AlignedBuffer<Float>()
  private let scratch = AlignedBuffer<UInt8>()
  private let valueBuffer = AlignedBuffer<Float>()
  private let counterBuffer = AlignedBuffer<Int64>()
  private let gradientBuffer = AlignedBuffer<Float>()
  private let slotBuffer = AlignedBuffer<Float>()
  private var plans: [PlanKey: (plan: NetworkPlan, lastUse: Int)] = [:]
  private var uses = 0
  private var network: Network?
  private var deferred: DeferredSteps?
  private let moments = MomentCollector()
  /// What passes with joint statistics normalize with.
  public var joint: JointStatistics?
  /// Trainable values that no step changes, in ascending order.
  private var held: [Range<Int>] = []
  /// All others.
  private var trained: [Range<Int>] = []
  /// What becomes of gradients before a step.
  private var clip: GradientClip?
  /// Trained values that do not decay, in ascending order, where others do.
  private var undecayed: [Range<Int>] = []
  /// The optimizer of those.
  private var undecaying: (any Optimizer)?
  /// Of the network, so that a step need not ask it.
  private var trainableCount = 0

  /// Makes an empty workspace.
  public init() {}

  /// The values of the loaded state; valid until the next `load`.
  public var values: UnsafeMutablePointer<Float> { valueBuffer.base }
  /// The counters of the loaded state.
  public var counters: UnsafeMutablePointer<Int64> { counterBuffer.base }
  /// The gradients of the last step, of values that no layer stepped by itself.
  public var gradients: UnsafeMutablePointer<Float> { gradientBuffer.base }

  /// Makes room for a network's numbers, gradients and optimizer's memory, so that `load` and `prepareTraining` need
  /// none.
  ///
  /// - Parameter optimizer: Nil where nothing is trained.
  /// - Throws: `OutOfMemory`.
  public func makeRoom(for network: Network, _ optimizer: (any Optimizer)? = nil) throws {
    let layout = network.layout
    try valueBuffer.grow(to: layout.valueCount)
    try counterBuffer.grow(to: layout.counterCount)
    guard let optimizer else { return }
    try gradientBuffer.grow(to: layout.trainableCount)
    try slotBuffer.grow(to: optimizer.slotNames.count * layout.trainableCount)
  }

  /// Makes `state` the numbers that the next passes of `network` work on.
  public func load(_ state: ModelState, of network: Network) { load(state, of: network, deferred: nil) }

  /// The same for a client whose steps of some weights are put off: these are not copied, and `values` does not hold
  /// them. The state must stay where it is.
  package func load(_ state: ModelState, of network: Network, deferred: DeferredSteps?) {
    let layout = network.layout
    precondition(
      state.values.count == layout.valueCount && state.counters.count == layout.counterCount,
      "a state of \(state.values.count) values for a layout of \(layout.valueCount)")
    self.network = network
    trainableCount = layout.trainableCount
    valueBuffer.reserve(layout.valueCount)
    counterBuffer.reserve(layout.counterCount)
    state.values.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      let left = deferred?.weights.range ?? 0..<0
      valueBuffer.base.update(from: base, count: left.lowerBound)
      (valueBuffer.base + left.upperBound).update(from: base + left.upperBound, count: source.count - left.upperBound)
    }
    self.deferred = deferred
    deferred?.beginClient()
    for (place, value) in state.counters.enumerated() { counterBuffer.base[place] = value }
    joint = nil
  }

  /// Takes the steps of the client at hand that were put off, so that `values` holds its whole model.
  ///
  /// - Throws: `LibraryError` when oneDNN fails.
  package func stopPuttingOff() throws {
    guard let deferred else { return }
    try deferred.writeClient(into: valueBuffer.base + deferred.weights.range.lowerBound)
    deferred.forgetClient()
    self.deferred = nil
  }

  /// Forgets the moments collected so far; those of later passes that collect them add up until the next call.
  public func beginMoments() {
    guard let network else { preconditionFailure("no state is loaded") }
    moments.begin(network.layout)
  }

  /// The moments of all batches since `beginMoments`.
  public var collectedMoments: CollectedMoments { moments.collected }

  /// A copy of the numbers as the passes left them.
  public func state() -> ModelState {
    guard let layout = network?.layout else { preconditionFailure("no state is loaded") }
    return ModelState(
      values: Array(UnsafeBufferPointer(start: valueBuffer.base, count: layout.valueCount)),
      counters: Array(UnsafeBufferPointer(start: counterBuffer.base, count: layout.counterCount)))
  }

  /// The plan for batches of `batch` samples, made at its first use.
  ///
  /// - Throws: `LibraryError` when oneDNN can't plan a layer, `OutOfMemory` when there is none for what it needs.
  public func plan(batch: Int, mode: PassMode) throws -> NetworkPlan {
    guard let network else { preconditionFailure("no state is loaded") }
    uses += 1
    let key = PlanKey(network: network.identity, batch: batch, mode: mode)
    if let index = plans.index(forKey: key) {
      plans.values[index].lastUse = uses
      return plans.values[index].plan
    }
    let plan = try NetworkPlan(network, batch: batch, mode: mode)
    try arena.grow(to: plan.arenaCount)
    try scratch.grow(to: plan.scratchBytes)
    if plans.count >= Self.planLimit, let oldest = plans.min(by: { $0.value.lastUse < $1.value.lastUse })?.key {
      plans[oldest] = nil
    }
    plans[key] = (plan, uses)
    return plan
  }

  /// Where the input of the plan's next pass goes: `batch` samples, one after another.
  public func input(of plan: NetworkPlan) -> UnsafeMutablePointer<Float> { arena.base + plan.inputOffset }

  /// Where the output of the plan's last pass lies.
  public func output(of plan: NetworkPlan) -> UnsafePointer<Float> { UnsafePointer(arena.base + plan.outputOffset) }

  /// The addresses of a pass of `plan`.
  public func memory(foldedRate: Float? = nil, stepKey: UInt64 = 0) -> PassMemory {
    PassMemory(
      arena: arena.base, scratch: UnsafeMutableRawPointer(scratch.base), values: valueBuffer.base,
      counters: counterBuffer.base, gradients: gradientBuffer.base, foldedRate: foldedRate, stepKey: stepKey,
      deferred: deferred, moments: moments, joint: joint)
  }

  /// Makes room for gradients and clears the optimizer's memory.
  ///
  /// - Parameters:
  ///   - optimizer: That of the steps, which may have other learning rates.
  ///   - decayed: The values that its weight decay is meant for.
  ///   - clip: What becomes of gradients before a step.
  ///   - held: Trainable values that no step changes.
  public func prepareTraining(
    _ optimizer: any Optimizer, decayed: DecayedValues = .all, clip: GradientClip? = nil, held: [Range<Int>] = []
  ) {
    guard let layout = network?.layout else { preconditionFailure("no state is loaded") }
    self.held = held.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    self.clip = clip
    trained.removeAll(keepingCapacity: true)
    forEachPart(of: 0..<layout.trainableCount, without: self.held) { trained.append($0) }
    undecayed = decayed == .all || optimizer.weightDecay == 0 ? [] : decayed.undecayed(in: layout)
    undecaying = undecayed.isEmpty ? nil : optimizer
    undecaying?.weightDecay = 0
    gradientBuffer.reserve(layout.trainableCount)
    let count = optimizer.slotNames.count * layout.trainableCount
    slotBuffer.reserve(count)
    slotBuffer.base.update(repeating: 0, count: count)
  }

  /// The optimizer's memory: for each of its `slotNames` a number for each trainable value.
  public func optimizerSlots(_ optimizer: any Optimizer) -> [[Float]] {
    guard let layout = network?.layout else { preconditionFailure("no state is loaded") }
    let count = layout.trainableCount
    return optimizer.slotNames.indices.map {
      Array(UnsafeBufferPointer(start: slotBuffer.base + $0 * count, count: count))
    }
  }

  /// Puts back what `optimizerSlots` gave.
  public func restoreOptimizerSlots(_ slots: [[Float]]) {
    slotBuffer.reserve(slots.reduce(0) { $0 + $1.count })
    for (place, value) in slots.joined().enumerated() { slotBuffer.base[place] = value }
  }

  /// One optimizer step on the batch that lies at `input(of: plan)`.
  ///
  /// - Parameters:
  ///   - targets: A class a sample, or one for each of its steps, or the numbers of each sample.
  ///   - step: The number of this step in the life of the optimizer's memory, from 1.
  ///   - stepKey: Distinguishes the dropout masks of this step.
  ///   - adjust: Changes the gradients before they are clipped; nil lets layers take plain steps themselves, unless
  ///     gradients are clipped.
  ///   - contrast: What the loss gains that depends on a layer's input.
  /// - Returns: The mean loss before the step, and how many were right.
  /// - Throws: `NonFiniteLoss` when the loss is no number of use; the state is not changed then but for running
  ///   statistics.
  public func trainStep(
    _ plan: NetworkPlan, targets: BatchTargets, loss: any Objective, optimizer: any Optimizer, step: Int,
    stepKey: UInt64, adjust: ((_ gradients: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>) -> Void)?,
    contrast: InputTerm? = nil
  ) throws -> ObjectiveValue {
    let isHeld = !held.isEmpty && plan.foldedRanges.contains { folded in held.contains { $0.overlaps(folded) } }
    let foldedRate = adjust == nil && clip == nil && !isHeld ? optimizer.plainRate : nil
    precondition(deferred == nil || foldedRate != nil, "steps that are not plain can't be put off")
    let memory = memory(foldedRate: foldedRate, stepKey: stepKey)
    let result = try forward(plan, targets: targets, loss: loss, memory)
    try plan.backward(memory, adding: contrast)
    let trainable = trainableCount
    adjust?(gradientBuffer.base, valueBuffer.base)
    clip?.clip(gradientBuffer.base, trained)
    undecaying?.learningRate = optimizer.learningRate
    let optimizerMemory = OptimizerMemory(slots: slotBuffer.base, stride: trainable, step: step)
    func take(_ range: Range<Int>) {
      forEachPart(of: range, without: held) { part in
        guard let undecaying else { return takeAll(part, optimizer) }
        forEachPart(of: part, without: undecayed) { takeAll($0, optimizer) }
        for range in undecayed where range.overlaps(part) { takeAll(range.clamped(to: part), undecaying) }
      }
    }
    func takeAll(_ range: Range<Int>, _ optimizer: any Optimizer) {
      optimizer.step(
        values: valueBuffer.base, gradients: gradientBuffer.base, range: range, memory: optimizerMemory)
    }
    var start = 0
    if foldedRate != nil {
      for folded in plan.foldedRanges {
        take(start..<folded.lowerBound)
        start = folded.upperBound
      }
    }
    take(start..<trainable)
    return result
  }

  /// Calls `body` with what others, in ascending order, leave of a range.
  private func forEachPart(of range: Range<Int>, without others: [Range<Int>], _ body: (Range<Int>) -> Void) {
    var start = range.lowerBound
    for other in others where other.overlaps(range) {
      if start < other.lowerBound { body(start..<other.lowerBound) }
      start = min(range.upperBound, other.upperBound)
    }
    if start < range.upperBound { body(start..<range.upperBound) }
  }

  /// Why the loss of the batch that lies at `input(of: plan)`, and was evaluated before, is no number of use.
  ///
  /// - Throws: `LibraryError` when oneDNN fails.
  public func reason(ofLoss loss: Double, _ plan: NetworkPlan) throws -> NonFiniteLoss {
    try plan.reasonAnew(ofLoss: loss, memory())
  }

  /// The mean loss of the first `rows` samples that lie at `input(of: plan)`, and how many are right; whether
  /// the loss is a number of use is for `NonFiniteLoss.allows` to say.
  public func evaluateStep(
    _ plan: NetworkPlan, targets: BatchTargets, rows: Int? = nil, loss: any Objective
  ) throws -> ObjectiveValue {
    try plan.forward(memory())
    return loss.evaluate(
      outputs: output(of: plan), targets: targets, rows: (rows ?? plan.batch) * plan.outputShape.steps,
      width: plan.outputShape.count / plan.outputShape.steps, gradient: nil,
      scratch: UnsafeMutableRawPointer(scratch.base).assumingMemoryBound(to: Float.self))
  }
}

extension Shape {
  /// Steps of a sequence `[T, C]`; 1 of any other shape.
  fileprivate var steps: Int { rank == 2 ? self[0] : 1 }
}

extension NetworkWorkspace {
  /// The gradient of the mean loss over the trainable values of another state, for the batch that lies at
  /// `input(of: plan)`; the pass moves the state's running statistics and counters.
  ///
  /// - Parameter plan: A training plan.
  /// - Throws: `NonFiniteLoss`.
  public func gradient(
    _ plan: NetworkPlan, targets: BatchTargets, loss: any Objective, stepKey: UInt64, under state: inout ModelState
  ) throws -> [Float] {
    let count = trainableCount
    var gradient = [Float](repeating: 0, count: count)
    try state.values.withUnsafeMutableBufferPointer { values in
      try state.counters.withUnsafeMutableBufferPointer { counters in
        try gradient.withUnsafeMutableBufferPointer { gradient in
          let memory = PassMemory(
            arena: arena.base, scratch: UnsafeMutableRawPointer(scratch.base),
            values: values.baseAddress ?? valueBuffer.base, counters: counters.baseAddress ?? counterBuffer.base,
            gradients: gradient.baseAddress ?? gradientBuffer.base, foldedRate: nil, stepKey: stepKey)
          try forward(plan, targets: targets, loss: loss, memory)
          try plan.backward(memory)
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
        let memory = PassMemory(
          arena: arena.base, scratch: UnsafeMutableRawPointer(scratch.base),
          values: UnsafeMutablePointer(mutating: values.baseAddress) ?? valueBuffer.base,
          counters: UnsafeMutablePointer(mutating: counters.baseAddress) ?? counterBuffer.base,
          gradients: gradientBuffer.base, foldedRate: nil, stepKey: 0)
        return try plan.input(ofLayer: layer, memory)
      }
    }
  }

  /// The moments of the batch that lies at `input(of: plan)` in a layer, given `joint` for those before it; not rounded,
  /// since they are merged with those of others.
  ///
  /// - Parameter layer: One of the plan's `jointLayers`.
  public func moments(
    before layer: Int, of plan: NetworkPlan, stepKey: UInt64
  ) throws -> (mean: [Double], variance: [Double], rows: Int) {
    try plan.moments(before: layer, memory(stepKey: stepKey))
  }

  /// What the backward pass of the batch that lies at `input(of: plan)` sums in a layer, given `joint` for all forward
  /// passes and the backward passes of the layers behind it; nil where nobody wants a gradient from it.
  ///
  /// - Parameter layer: One of the plan's `jointLayers`.
  /// - Throws: `NonFiniteLoss`.
  public func gradientSums(
    of layer: Int, _ plan: NetworkPlan, targets: BatchTargets, loss: any Objective, stepKey: UInt64
  ) throws -> (sum: [Float], dot: [Float])? {
    let memory = memory(stepKey: stepKey)
    try forward(plan, targets: targets, loss: loss, memory)
    return try plan.gradientSums(of: layer, memory)
  }

  /// A training pass forward, up to the gradient of the loss.
  ///
  /// - Throws: `NonFiniteLoss`.
  @discardableResult
  private func forward(
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

extension NetworkWorkspace {
  /// `trainStep` with a class a sample.
  public func trainStep(
    _ plan: NetworkPlan, labels: UnsafePointer<Int32>, loss: any Objective, optimizer: any Optimizer, step: Int,
    stepKey: UInt64, adjust: ((_ gradients: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>) -> Void)?,
    contrast: InputTerm? = nil
  ) throws -> ObjectiveValue {
    try trainStep(
      plan, targets: .classes(UnsafeMutablePointer(mutating: labels)), loss: loss, optimizer: optimizer, step: step,
      stepKey: stepKey, adjust: adjust, contrast: contrast)
  }

  /// `evaluateStep` with a class a sample.
  public func evaluateStep(
    _ plan: NetworkPlan, labels: UnsafePointer<Int32>, rows: Int? = nil, loss: any Objective
  ) throws -> ObjectiveValue {
    try evaluateStep(plan, targets: .classes(UnsafeMutablePointer(mutating: labels)), rows: rows, loss: loss)
  }
}

internal import Tensors

/// What one worker needs to train and evaluate networks: a copy of a model's numbers, gradients, optimizer memory, an
/// arena for activations and the plans made so far. Made once per worker; a step allocates nothing. Not for two
/// threads at once.
public final class NetworkWorkspace {
  private struct PlanKey: Hashable {
    let network: NetworkIdentity
    let batch: Int
    let mode: PassMode
    let needsInputGradient: Bool
  }

  /// Plans beyond this number push out the one used longest ago; oneDNN's primitives cost tens of kilobytes each.
  private static let planLimit = 96

  /// One for each network of a model, whose activations outlive the passes of the others.
  private var arenas = [AlignedBuffer<Float>()]
  let scratch = AlignedBuffer<UInt8>()
  let valueBuffer = AlignedBuffer<Float>()
  let counterBuffer = AlignedBuffer<Int64>()
  let gradientBuffer = AlignedBuffer<Float>()
  let slotBuffer = AlignedBuffer<Float>()
  private var plans: [PlanKey: (plan: NetworkPlan, lastUse: Int)] = [:]
  private var uses = 0
  var network: Network?
  /// The networks of a model of several.
  var parts: [NetworkPart] = []
  /// Arenas that became too small, which passes of the step at hand may still read.
  private var outgrown: [AlignedBuffer<Float>] = []
  /// The passes that each of these has made.
  var passCounts: [Int] = [0]
  var deferred: DeferredSteps?
  let moments = MomentCollector()
  /// What passes with joint statistics normalize with, from the first of them on.
  public var joint: JointStatistics? { didSet { jointPasses = joint.map(JointPasses.init) } }
  var jointPasses: JointPasses?
  /// Trainable values that no step changes, in ascending order.
  var held: [Range<Int>] = []
  /// What becomes of gradients before a step.
  var clip: GradientClip?
  /// How steps are taken, by network.
  var steps: [OptimizerSteps] = []
  /// Of the network, so that a step need not ask it.
  var trainableCount = 0

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
  /// - Parameter optimizers: Those of its networks; none where nothing is trained.
  /// - Throws: `OutOfMemory`.
  public func makeRoom(for network: Network, _ optimizers: [any Optimizer] = []) throws {
    let layout = network.layout
    try valueBuffer.grow(to: layout.valueCount)
    try counterBuffer.grow(to: layout.counterCount)
    guard let slots = optimizers.map(\.slotNames.count).max() else { return }
    try gradientBuffer.grow(to: layout.trainableCount)
    try slotBuffer.grow(to: slots * layout.trainableCount)
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
    if self.network?.identity != network.identity {
      parts = network.hasParts ? network.parts : []
      passCounts = [Int](repeating: 0, count: max(1, parts.count))
      while arenas.count < parts.count { arenas.append(AlignedBuffer()) }
    }
    outgrown.removeAll()
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

  /// The plan for batches of `batch` samples, made at its first use; of a model of several networks that of the one which
  /// examples enter.
  ///
  /// - Throws: `LibraryError` when oneDNN can't plan a layer, `OutOfMemory` when there is none for what it needs.
  public func plan(batch: Int, mode: PassMode) throws -> NetworkPlan {
    guard let network else { preconditionFailure("no state is loaded") }
    return try plan(parts.isEmpty ? network : parts[network.entry].network, batch: batch, mode: mode)
  }

  func plan(
    _ network: Network, batch: Int, mode: PassMode, needsInputGradient: Bool = false
  ) throws -> NetworkPlan {
    uses += 1
    let key = PlanKey(
      network: network.identity, batch: batch, mode: mode, needsInputGradient: needsInputGradient)
    if let index = plans.index(forKey: key) {
      plans.values[index].lastUse = uses
      return plans.values[index].plan
    }
    let plan = try NetworkPlan(network, batch: batch, mode: mode, needsInputGradient: needsInputGradient)
    if parts.isEmpty {
      try arenas[plan.part].grow(to: plan.arenaCount)
    } else if arenas[plan.part].capacity < plan.arenaCount {
      // What an earlier pass put out may be what this one is going to read.
      let small = arenas[plan.part]
      let large = try AlignedBuffer<Float>(asking: plan.arenaCount)
      large.base.update(from: small.base, count: small.capacity)
      outgrown.append(small)
      arenas[plan.part] = large
    }
    try scratch.grow(to: plan.scratchBytes)
    if plans.count >= Self.planLimit, let oldest = plans.min(by: { $0.value.lastUse < $1.value.lastUse })?.key {
      plans[oldest] = nil
    }
    plans[key] = (plan, uses)
    return plan
  }

  func arena(of plan: NetworkPlan) -> UnsafeMutablePointer<Float> { arenas[plan.part].base }

  /// Where the input of the plan's next pass goes: `batch` samples, one after another.
  public func input(of plan: NetworkPlan) -> UnsafeMutablePointer<Float> { arena(of: plan) + plan.inputOffset }

  /// Where the output of the plan's last pass lies.
  public func output(of plan: NetworkPlan) -> UnsafePointer<Float> {
    UnsafePointer(arena(of: plan) + plan.outputOffset)
  }

  /// The addresses of a pass of `plan`.
  func memory(of plan: NetworkPlan, foldedRate: Float? = nil, stepKey: UInt64 = 0) -> PassMemory {
    PassMemory(
      arena: arena(of: plan), scratch: UnsafeMutableRawPointer(scratch.base), values: valueBuffer.base,
      counters: counterBuffer.base, gradients: gradientBuffer.base, foldedRate: foldedRate, stepKey: stepKey,
      deferred: deferred, moments: moments, joint: jointPasses)
  }
}

internal import Randomness
public import Tensors

/// One step of a client's training as a `StepProcedure` takes it: passes of the model's networks over a batch, forward and
/// backward, and steps of their optimizers. Valid until `train` returns; not for two threads at once.
public final class TrainingStep {
  /// Examples in the batch.
  public var batch: Int { entry.batch }
  /// Their targets.
  public let targets: BatchTargets
  private let workspace: NetworkWorkspace
  /// The plan of the network that examples enter.
  private let entry: NetworkPlan
  private let stepKey: UInt64
  private let adjust: ((_ gradients: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>) -> Void)?
  /// The model that the passes are of.
  private let model: PassModel
  /// Where gradients go instead of steps being taken; nil is nowhere.
  private let collected: UnsafeMutablePointer<Float>?
  /// The newest pass of each network.
  private var newest: [NetworkPass] = []
  private var passCounts: [Int]
  private var noises: UInt64 = 0

  init(
    _ workspace: NetworkWorkspace, _ entry: NetworkPlan, _ targets: BatchTargets, stepKey: UInt64, model: PassModel,
    adjust: ((_ gradients: UnsafeMutablePointer<Float>, _ values: UnsafePointer<Float>) -> Void)?,
    collected: UnsafeMutablePointer<Float>?
  ) {
    self.workspace = workspace
    self.entry = entry
    self.targets = targets
    self.stepKey = stepKey
    self.adjust = adjust
    self.model = model
    self.collected = collected
    passCounts = [Int](repeating: 0, count: workspace.partCount)
  }

  /// The examples: `batch × input`, until the network that they enter makes a pass over something else.
  public var examples: Values { workspace.examples(of: entry) }

  /// Numbers from N(0, 1), other ones at each call: of a client's own stream, the same on any threads and after resume.
  ///
  /// - Parameter count: How many.
  public func noise(_ count: Int) -> [Float] {
    noises += 1
    var stream = RandomStream(seed: stepKey, .noise, noises)
    return (0..<count).map { _ in Float(stream.normal()) }
  }

  /// The addresses of a plan's newest pass, each of which has dropout masks of its own.
  private func memory(of plan: NetworkPlan) -> PassMemory {
    let pass = UInt64(max(1, passCounts[plan.part]) - 1)
    return workspace.memory(of: plan, model, stepKey: stepKey &+ pass &* 0x9E37_79B9_7F4A_7C15)
  }

  /// Runs a network forward. Batch normalization takes the batch's statistics, or what the norm policy says, and its
  /// running statistics move.
  ///
  /// - Parameters:
  ///   - network: Its name in the model.
  ///   - input: `batch × input` of it; nil is the examples, for the network that they enter.
  ///   - needsInputGradient: Whether `backward` is asked for the gradient of the input.
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  public func forward(
    _ network: String, _ input: Values? = nil, needsInputGradient: Bool = false
  ) throws -> NetworkPass {
    let plan = try workspace.plan(
      of: network, batch: batch, mode: entry.mode, needsInputGradient: needsInputGradient)
    workspace.put(input, into: plan, entry)
    passCounts[plan.part] += 1
    try plan.forward(memory(of: plan))
    let pass = workspace.pass(plan)
    newest.removeAll { $0.plan.part == plan.part }
    newest.append(pass)
    return pass
  }

  /// The same with numbers of one's own for an input.
  public func forward(
    _ network: String, _ input: [Float], needsInputGradient: Bool = false
  ) throws -> NetworkPass {
    try input.withUnsafeBufferPointer { input in
      guard let base = input.baseAddress else { preconditionFailure("a batch of nothing for network '\(network)'") }
      return try forward(network, Values(base, count: input.count), needsInputGradient: needsInputGradient)
    }
  }

  /// What an objective makes of a pass's outputs and the targets; its gradient is put where `backward` begins.
  ///
  /// - Throws: `NonFiniteLoss`.
  public func loss(_ objective: any Objective, of pass: NetworkPass) throws -> ObjectiveValue {
    let value = objective.evaluate(
      outputs: pass.outputs.base, targets: targets, rows: pass.rows, width: pass.width,
      gradient: pass.outputGradient.base, scratch: workspace.objectiveScratch)
    try check(value.loss)
    return value
  }

  /// Makes sure that a loss is a number of use.
  ///
  /// - Throws: `NonFiniteLoss` with the first layer that left the range of fp32's digits.
  public func check(_ loss: Double) throws {
    guard !NonFiniteLoss.allows(loss) else { return }
    for pass in newest {
      let reason = pass.plan.reason(ofLoss: loss, memory(of: pass.plan))
      if case .layer = reason.place { throw reason }
      if pass.plan === entry, reason.place == .input { throw reason }
    }
    throw NonFiniteLoss(of: loss, .loss)
  }

  /// Runs a network backward: the gradients of its values are known then.
  ///
  /// - Parameters:
  ///   - pass: The newest pass of its network.
  ///   - gradient: That of its outputs; nil is what `loss` or `outputGradient` has put there.
  ///   - adding: Whether the gradients of the network's values are added to those of its pass before, rather than taking
  ///     their place.
  /// - Returns: The gradient of the pass's input, where `forward` was asked for it; until the network's next pass.
  /// - Throws: `LibraryError` when oneDNN fails.
  @discardableResult
  public func backward(_ pass: NetworkPass, from gradient: Values? = nil, adding: Bool = false) throws -> Values? {
    if let gradient {
      let target = pass.outputGradient
      precondition(gradient.count == target.count, "a gradient of \(gradient.count) for \(target.count) outputs")
      target.base.update(from: gradient.base, count: gradient.count)
    }
    pass.checkIsNewest()
    let ranges = workspace.ranges(ofPart: pass.plan.part)
    let before = ranges.map { range in
      adding ? Array(UnsafeBufferPointer(start: model.gradients + range.lowerBound, count: range.count)) : []
    }
    try pass.plan.backward(memory(of: pass.plan))
    for (range, before) in zip(ranges, before) {
      Kernels.addScaled(before, count: before.count, factor: 1, to: model.gradients + range.lowerBound)
    }
    return pass.inputGradient
  }

  /// Takes a step of a network by the gradients that are known: with the strategy's term, clipped, decayed, by the network's
  /// optimizer.
  ///
  /// - Parameter network: Its name in the model.
  public func take(_ network: String) {
    let part = workspace.partNumber(network)
    if let collected {
      for range in workspace.ranges(ofPart: part) {
        (collected + range.lowerBound).update(from: model.gradients + range.lowerBound, count: range.count)
      }
      return
    }
    adjust?(model.gradients, model.values)
    workspace.take(part)
  }
}

/// The numbers of a model that passes work on.
struct PassModel {
  let values: UnsafeMutablePointer<Float>
  let counters: UnsafeMutablePointer<Int64>
  let gradients: UnsafeMutablePointer<Float>
  /// Whether it is the model that the workspace holds, of whose passes moments are collected.
  let isLoaded: Bool
}

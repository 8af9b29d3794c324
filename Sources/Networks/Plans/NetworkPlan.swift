public import Tensors

/// A network's forward and backward for one batch size and mode: every buffer placed, every primitive made. Not for
/// two threads at once.
public final class NetworkPlan {
  /// Samples in a batch.
  public let batch: Int
  /// How its passes run.
  public let mode: PassMode
  /// Which of the networks of a model it is of.
  let part: Int
  /// Where the input goes, `batch` samples one after another.
  public let inputOffset: Int
  /// Where the output is found.
  public private(set) var outputOffset: Int
  /// Where the gradient of the output goes before `backward`; 0 for inference.
  public private(set) var outputGradientOffset = 0
  /// Where `backward` leaves the gradient of the input; nil unless it was asked for.
  private(set) var inputGradientOffset: Int?
  /// Floats that the arena must have.
  public private(set) var arenaCount: Int
  /// Bytes that the scratch must have.
  public private(set) var scratchBytes: Int
  /// The shape of what it puts out for one sample.
  public let outputShape: Shape
  /// Values of what it reads for one sample.
  let inputSize: Int
  /// The trainable values whose step the layers take themselves under a folded rate, in ascending order.
  public let foldedRanges: [Range<Int>]
  let steps: [PlanStep]
  /// Of each layer, the step that computes it.
  private var planSteps: [Int] = []
  /// What has something to do, in the order of each pass.
  private let forwardPlans: [LayerPlan]
  private(set) var backwardPlans: [LayerPlan] = []
  /// The steps whose output another step writes over.
  private var overwritten: Set<Int> = []

  /// Plans `network` for batches of `batch` samples.
  ///
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  public convenience init(_ network: Network, batch: Int, mode: PassMode) throws {
    try self.init(network, batch: batch, mode: mode, needsInputGradient: false)
  }

  /// Plans `network`, with the gradient of its input if asked for: that of a network behind another one.
  ///
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  package init(_ network: Network, batch: Int, mode: PassMode, needsInputGradient: Bool) throws {
    self.batch = batch
    self.mode = mode
    part = network.number
    inputOffset = 0
    outputShape = network.output
    inputSize = network.input.count
    // The loss needs as much as the output has.
    scratchBytes = 4 * batch * outputShape.count
    // Nobody needs the gradient of a value without weights before it.
    let needsGradient =
      needsInputGradient
      ? [Bool](repeating: true, count: network.layers.count + 1)
      : network.valuesBehind { $0.resolved.tensors.contains { $0.role.isTrainable } }
    var steps: [PlanStep] = []
    var end = (batch * network.input.count + 15) & ~15
    for group in network.fusedGroups(readLayer: mode.readLayer) {
      let first = network.layers[group.lowerBound]
      let last = network.layers[group.upperBound - 1]
      let context = PlanContext(
        batch: batch, input: first.input, output: last.resolved.output, mode: mode,
        needsInputGradient: mode.isTraining && first.reads.contains { needsGradient[$0] }, name: first.name,
        tensors: network.layout.tensors(ofLayer: first.name), statisticsStart: network.layout.trainableCount,
        arenaStart: end)
      // The plan stands where the group ends, since it makes the value that others read there.
      for layer in network.layers[group].dropLast() { steps.append(PlanStep(plan: FusedAwayPlan(), layer: layer)) }
      let plan: LayerPlan
      if let fusing = first.layer as? any LayerFusing {
        plan = try fusing.makePlan(context, followedBy: network.layers[group].dropFirst().map(\.layer))
      } else {
        plan = try first.layer.makePlan(context)
      }
      end = context.arenaEnd
      scratchBytes = max(scratchBytes, context.scratchBytes)
      steps.append(PlanStep(plan: plan, layer: first, output: last.resolved.output))
      planSteps += [Int](repeating: group.upperBound - 1, count: group.count)
    }
    self.steps = steps
    forwardPlans = steps.map(\.plan).filter { !$0.isIdentity }
    foldedRanges = steps.compactMap(\.plan.foldedRange).sorted { $0.lowerBound < $1.lowerBound }
    let placing = ValuePlacing(steps, batch: batch, input: network.input)
    guard mode.isTraining else {
      (outputOffset, arenaCount) = placing.shareMemory(from: end)
      return
    }
    (outputOffset, overwritten, end) = placing.keepMemory(from: end)
    let gradients = placing.placeGradients(isNeeded: needsGradient, from: end)
    backwardPlans = gradients.plans
    outputGradientOffset = gradients.output
    inputGradientOffset = gradients.input
    arenaCount = gradients.end
  }

  /// Runs the layers on the input that lies at `inputOffset`.
  public func forward(_ memory: PassMemory) throws {
    for plan in forwardPlans { try plan.forward(memory) }
  }

  /// Runs the layers backwards from the gradient that lies at `outputGradientOffset`.
  ///
  /// - Precondition: A training plan.
  public func backward(_ memory: PassMemory) throws {
    precondition(mode.isTraining, "an inference plan has no backward pass")
    for plan in backwardPlans { try plan.backward(memory) }
  }

  /// Runs the layers backwards, adding to the gradient of one layer's input what a term of the loss has for it.
  ///
  /// - Precondition: A training plan.
  func backward(_ memory: PassMemory, adding term: InputTerm?) throws {
    guard let term else { return try backward(memory) }
    precondition(mode.isTraining, "an inference plan has no backward pass")
    let step = steps[planSteps[term.layer]]
    precondition(step.layer.name == steps[term.layer].layer.name, "a term of an input that is in nobody's memory")
    for plan in backwardPlans {
      try plan.backward(memory)
      // Without weights before it nobody wants the gradient.
      guard plan === step.plan, let gradient = plan.dx(memory) else { continue }
      term.add(plan.x(memory), gradient, batch, step.layer.input.count)
    }
  }

  /// What a layer reads when the layers before it ran on the input that lies at `inputOffset`.
  func input(ofLayer layer: Int, _ memory: PassMemory) throws -> [Float] {
    for step in steps[..<layer] where !step.plan.isIdentity { try step.plan.forward(memory) }
    let count = batch * steps[layer].layer.input.count
    return Array(UnsafeBufferPointer(start: steps[layer].plan.x(memory), count: count))
  }

  /// Why the loss of the pass that was just made is no number: the first layer whose output left the range of
  /// `NonFiniteLoss`; of a training plan after `forward`.
  func reason(ofLoss loss: Double, _ memory: PassMemory) -> NonFiniteLoss {
    if isInputOut(memory) { return NonFiniteLoss(of: loss, .input) }
    let first = steps.enumerated().first { index, step in
      !overwritten.contains(index) && !step.plan.isIdentity
        && isOut(memory.arena + step.plan.output, step.output.count)
    }
    return NonFiniteLoss(of: loss, first.map { .layer($0.element.layer.name) } ?? .loss)
  }

  /// The same for a plan that uses memory again: runs the layers on the input that lies at `inputOffset`, and looks at
  /// what each puts out before the next one comes.
  func reasonAnew(ofLoss loss: Double, _ memory: PassMemory) throws -> NonFiniteLoss {
    if isInputOut(memory) { return NonFiniteLoss(of: loss, .input) }
    for step in steps where !step.plan.isIdentity {
      try step.plan.forward(memory)
      if isOut(memory.arena + step.plan.output, step.output.count) {
        return NonFiniteLoss(of: loss, .layer(step.layer.name))
      }
    }
    return NonFiniteLoss(of: loss, .loss)
  }

  /// Whether the examples are; tokens may have any number.
  private func isInputOut(_ memory: PassMemory) -> Bool {
    guard let first = steps.first?.layer, first.resolved.tokenCount == nil else { return false }
    return isOut(memory.arena + inputOffset, first.input.count)
  }

  /// Whether a batch of values of a size is out of the range.
  private func isOut(_ values: UnsafePointer<Float>, _ size: Int) -> Bool {
    Kernels.firstBeyond(values, count: batch * size, limit: NonFiniteLoss.valueLimit) != nil
  }
}

/// A term of the loss that depends on what one layer reads.
public struct InputTerm {
  /// The layer's number in the network.
  public let layer: Int
  /// Adds the term's gradient to that of the layer's input; both are `rows × width`.
  public let add:
    (_ input: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, _ rows: Int, _ width: Int) -> Void

  /// Makes a term.
  public init(
    layer: Int,
    add:
      @escaping (
        _ input: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, _ rows: Int, _ width: Int
      ) -> Void
  ) {
    self.layer = layer
    self.add = add
  }
}

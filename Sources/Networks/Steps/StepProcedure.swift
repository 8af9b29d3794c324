public import Catalogs
public import Tensors

/// How an objective trains a model where that takes more than one pass forward and backward through one network: passes of
/// several networks, each with an optimizer, in an order of its own.
public protocol StepProcedure: Sendable {
  /// The names of the networks that the model must have, in the model's order; none for a model of one network.
  var networks: [String] { get }

  /// What compares the model's outputs with targets in evaluations, and says which targets it takes.
  var criterion: any Objective { get }

  /// Takes one step of a client's training, over one batch.
  ///
  /// - Returns: What is recorded of the batch.
  /// - Throws: `NonFiniteLoss`, or `LibraryError` when oneDNN can't plan a layer.
  func train(_ step: TrainingStep) throws -> ObjectiveValue

  /// What the model makes of a batch of examples in an evaluation, or where statistics are measured: what the objective
  /// and the measures compare with the targets.
  ///
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  func outputs(_ pass: EvaluationPass) throws -> NetworkPass

  /// How many forward passes a training step makes of a network: so often statistics over several clients travel.
  func trainingPasses(of network: String) -> Int

  /// Floating-point operations of a training step for one example.
  func trainingFLOPs(_ model: Network) -> Int
}

extension Objective where Self: StepProcedure {
  public var procedure: (any StepProcedure)? { self }
  public func target(for data: TargetKind) -> TargetKind? { criterion.target(for: data) }
  public func outputs(for target: TargetKind) -> OutputShapes { criterion.outputs(for: target) }
  public func problems(with target: TargetKind, width: Int) -> [OptionProblem] {
    criterion.problems(with: target, width: width)
  }
  public var canLackTargets: Bool { criterion.canLackTargets }
  public func hasTarget(_ targets: BatchTargets, count: Int) -> Bool { criterion.hasTarget(targets, count: count) }
  public func evaluate(
    outputs: UnsafePointer<Float>, targets: BatchTargets, rows: Int, width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue {
    criterion.evaluate(
      outputs: outputs, targets: targets, rows: rows, width: width, gradient: gradient, scratch: scratch)
  }
}

extension StepProcedure {
  /// Why the procedure can't train a model, to stand behind the loss's name; nil when it can.
  public func mismatch(_ model: Network) -> String? {
    let own = model.hasParts ? model.parts.map(\.name) : []
    guard own != networks else { return nil }
    func words(_ names: [String]) -> String {
      names.isEmpty ? "one network" : "networks called \(names.joined(separator: ", "))"
    }
    return "trains a model of \(words(networks)), and this one has \(words(own))"
  }
}

/// A pass of one network over a batch. Valid until the network makes its next one.
public struct NetworkPass {
  let workspace: NetworkWorkspace
  let plan: NetworkPlan
  /// How manieth pass of its network it is in the workspace.
  let count: Int

  private func start(_ offset: Int) -> UnsafeMutablePointer<Float> {
    checkIsNewest()
    return workspace.arena(of: plan) + offset
  }

  /// Stops unless what the pass left is still there.
  func checkIsNewest() {
    precondition(
      workspace.passCounts[plan.part] == count, "the network has made another pass since, and this one is gone")
  }

  private var outputCount: Int { plan.batch * plan.outputShape.count }

  /// What the network put out: `batch × output`.
  public var outputs: Values { Values(start(plan.outputOffset), count: outputCount) }

  /// Where the gradient of the outputs goes before `TrainingStep.backward`; of a training pass.
  public var outputGradient: MutableValues {
    precondition(plan.mode.isTraining, "a pass that does not train has no gradients")
    return MutableValues(start(plan.outputGradientOffset), count: outputCount)
  }

  /// Outputs of an example, or of each of its steps.
  var width: Int { plan.outputShape.count / plan.outputShape.steps }
  /// Examples, or steps of them.
  var rows: Int { plan.batch * plan.outputShape.steps }

  /// The gradient of the input, after `TrainingStep.backward`.
  var inputGradient: Values? {
    plan.inputGradientOffset.map { Values(start($0), count: plan.batch * plan.inputSize) }
  }
}

/// A batch of examples that a model is evaluated on. Valid until the call returns that was given it.
public struct EvaluationPass {
  let workspace: NetworkWorkspace
  /// Of the network that examples enter.
  let plan: NetworkPlan
  /// The loss for which the layer is looked for that made it no number; nil is none.
  var searched: Double?

  /// The examples: `batch × input`, until the network that they enter makes another pass.
  public var examples: Values { workspace.examples(of: plan) }

  /// Runs a network forward.
  ///
  /// - Parameters:
  ///   - network: Its name in the model.
  ///   - input: `batch × input` of it; nil is the examples, for the network that they enter.
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  public func forward(_ network: String, _ input: Values? = nil) throws -> NetworkPass {
    let entry = plan
    let plan = try workspace.plan(of: network, batch: entry.batch, mode: entry.mode)
    workspace.put(input, into: plan, entry)
    let memory = workspace.memory(of: plan)
    if let searched {
      let reason = try plan.reasonAnew(ofLoss: searched, memory)
      if case .layer = reason.place { throw reason }
      if input == nil, reason.place == .input { throw reason }
    } else {
      try plan.forward(memory)
    }
    return workspace.pass(plan)
  }
}

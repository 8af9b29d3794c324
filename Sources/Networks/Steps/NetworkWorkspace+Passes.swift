internal import Tensors

/// What procedures are made of.
extension NetworkWorkspace {
  /// How many networks the model has.
  var partCount: Int { max(1, parts.count) }

  var loadedModel: PassModel {
    PassModel(values: valueBuffer.base, counters: counterBuffer.base, gradients: gradientBuffer.base, isLoaded: true)
  }

  /// The number of a network of the model, by its name.
  ///
  /// - Precondition: The model has it.
  func partNumber(_ name: String) -> Int {
    if parts.isEmpty, name.isEmpty { return 0 }
    guard let number = parts.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("the model has no network '\(name)'")
    }
    return number
  }

  /// The plan of one of the model's networks.
  func plan(
    of part: String, batch: Int, mode: PassMode, needsInputGradient: Bool = false
  ) throws -> NetworkPlan {
    guard let network else { preconditionFailure("no state is loaded") }
    let number = partNumber(part)
    return try plan(
      parts.isEmpty ? network : parts[number].network, batch: batch, mode: mode,
      needsInputGradient: needsInputGradient)
  }

  /// Where the trainable values of one of the model's networks lie.
  func ranges(ofPart part: Int) -> [Range<Int>] { steps[part].ranges }

  /// The examples that lie at a plan's input.
  func examples(of plan: NetworkPlan) -> Values { Values(input(of: plan), count: plan.batch * plan.inputSize) }

  /// Puts what a network reads where its plan begins; nil is the examples, which lie there if it is the one that they enter.
  func put(_ values: Values?, into plan: NetworkPlan, _ entry: NetworkPlan) {
    guard let values else {
      precondition(plan.part == entry.part, "examples do not enter this network: it has to be given its input")
      return
    }
    precondition(values.count == plan.batch * plan.inputSize, "\(values.count) values for a batch of \(plan.batch)")
    input(of: plan).update(from: values.base, count: values.count)
  }

  /// The pass that a plan has just made.
  func pass(_ plan: NetworkPlan) -> NetworkPass {
    passCounts[plan.part] += 1
    return NetworkPass(workspace: self, plan: plan, count: passCounts[plan.part])
  }

  /// Room for what an objective computes of a batch.
  var objectiveScratch: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(scratch.base).assumingMemoryBound(to: Float.self)
  }

  /// The addresses of a pass on the numbers of a model.
  func memory(of plan: NetworkPlan, _ model: PassModel, stepKey: UInt64) -> PassMemory {
    PassMemory(
      arena: arena(of: plan), scratch: UnsafeMutableRawPointer(scratch.base), values: model.values,
      counters: model.counters, gradients: model.gradients, foldedRate: nil, stepKey: stepKey, deferred: nil,
      moments: model.isLoaded ? moments : nil, joint: model.isLoaded ? jointPasses : nil)
  }
}

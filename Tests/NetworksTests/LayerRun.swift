import Tensors

@testable import Networks

/// A network's passes with memory of their own, where the gradient of the input can be had too.
final class LayerRun {
  let network: Network
  let plan: NetworkPlan
  /// The numbers; a training pass updates running statistics.
  var state: ModelState
  private let arena = AlignedBuffer<Float>()
  private let scratch = AlignedBuffer<UInt8>()
  private let gradientBuffer = AlignedBuffer<Float>()

  init(
    _ network: Network, batch: Int, mode: PassMode, state: ModelState? = nil, plan: NetworkPlan? = nil
  ) throws {
    self.network = network
    self.state = state ?? ModelState(initial: network.layout, seed: 1)
    self.plan = try plan ?? NetworkPlan(network, batch: batch, mode: mode, needsInputGradient: mode.isTraining)
    let plan = self.plan
    arena.reserve(plan.arenaCount)
    scratch.reserve(plan.scratchBytes)
    gradientBuffer.reserve(network.layout.trainableCount)
    // What is left over from other plans must not matter.
    arena.base.update(repeating: 7, count: arena.capacity)
    gradientBuffer.base.update(repeating: 7, count: gradientBuffer.capacity)
  }

  /// Runs `body` on the addresses of a pass.
  private func pass(_ body: (PassMemory) throws -> Void) throws {
    let values = AlignedBuffer<Float>(capacity: state.values.count)
    let counters = AlignedBuffer<Int64>(capacity: state.counters.count)
    for (place, value) in state.values.enumerated() { values.base[place] = value }
    for (place, value) in state.counters.enumerated() { counters.base[place] = value }
    try body(
      PassMemory(
        arena: arena.base, scratch: UnsafeMutableRawPointer(scratch.base), values: values.base, counters: counters.base,
        gradients: gradientBuffer.base, foldedRate: nil, stepKey: 11))
    state = ModelState(
      values: Array(UnsafeBufferPointer(start: values.base, count: state.values.count)),
      counters: Array(UnsafeBufferPointer(start: counters.base, count: state.counters.count)))
  }

  /// The output of `input`, `batch` samples one after another.
  func forward(_ input: [Float]) throws -> [Float] {
    precondition(input.count == plan.batch * network.input.count)
    for (place, value) in input.enumerated() { arena.base[plan.inputOffset + place] = value }
    try pass { try plan.forward($0) }
    let count = plan.batch * network.output.count
    return Array(UnsafeBufferPointer(start: arena.base + plan.outputOffset, count: count))
  }

  /// The gradients from that of the output, after `forward`.
  func backwardWithoutInput(_ outputGradient: [Float]) throws {
    precondition(outputGradient.count == plan.batch * network.output.count)
    for (place, value) in outputGradient.enumerated() { arena.base[plan.outputGradientOffset + place] = value }
    try pass { try plan.backward($0) }
  }

  /// The gradient of the input from that of the output, after `forward`; `gradients` has the others then.
  func backward(_ outputGradient: [Float]) throws -> [Float] {
    try backwardWithoutInput(outputGradient)
    guard let offset = plan.inputGradientOffset else { preconditionFailure("an inference plan has no gradients") }
    return Array(UnsafeBufferPointer(start: arena.base + offset, count: plan.batch * network.input.count))
  }

  /// The gradients of the trainable values, after `backward`.
  var gradients: [Float] {
    Array(UnsafeBufferPointer(start: gradientBuffer.base, count: network.layout.trainableCount))
  }

  /// The values of an array of the state.
  func values(_ tensor: StateTensor) -> [Float] { Array(state.values[tensor.range]) }
}

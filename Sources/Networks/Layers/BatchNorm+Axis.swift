internal import Tensors

extension BatchNorm {
  /// The sample's axis of channels, from 0.
  ///
  /// - Throws: `LayerProblem` when the input has no such axis.
  func channelAxis(of input: Shape) throws(LayerProblem) -> Int {
    guard axis > 0 else { return input.rank - 1 }
    guard axis <= input.rank else {
      let allowed = input.rank == 1 ? "-1 or 1" : "-1, or 1 to \(input.rank)"
      throw LayerProblem("its input [\(input)] has no axis \(axis) (allowed: \(allowed); 0 is the batch)")
    }
    return axis - 1
  }

  /// One sample with its channels as the last axis: `[before, behind, channels]`; nil where they are the last already.
  func permuted(_ input: Shape) -> Shape? {
    guard let axis = try? channelAxis(of: input), axis < input.rank - 1 else { return nil }
    let extents = input.dimensions
    return [extents[..<axis].reduce(1, *), extents[(axis + 1)...].reduce(1, *), extents[axis]]
  }

  /// Complains unless the channel is the last axis, as that of the layer that is to take its place.
  func checkLastAxis(for kind: String, input: Shape) throws(LayerProblem) {
    guard try channelAxis(of: input) < input.rank - 1 else { return }
    throw LayerProblem("its channels are axis \(axis), those of \(kind) are the last axis")
  }
}

/// Batch normalization over another axis than the last: what a plain plan makes of turned activations, turned back.
final class PermutedBatchNormPlan: LayerPlan {
  private let inner: BatchNormPlan
  /// Matrices `channels × behind` that are turned.
  private let batch: Int
  private let channels: Int
  private let behind: Int

  init(_ layer: BatchNorm, _ context: PlanContext, permuted: Shape, relu: Bool) {
    batch = context.batch * permuted[0]
    behind = permuted[1]
    channels = permuted[2]
    let turned = context.turned(input: permuted)
    inner = BatchNormPlan(layer, turned, relu: relu, pool: nil)
    context.adopt(turned)
    let count = context.batch * permuted.count
    inner.input = context.reserve(floats: count)
    // The backward pass reads no output, and writes the input's gradient over the output's.
    inner.output = context.reserve(floats: count)
    inner.outputGradient = inner.output
  }

  override var sharesGradient: Bool { true }
  override var backwardReadsOutput: Bool { false }

  private func turn(_ values: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) {
    Kernels.transpose(values, batch: batch, rows: channels, columns: behind, into: result)
  }

  private func turnBack(_ values: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) {
    Kernels.transpose(values, batch: batch, rows: behind, columns: channels, into: result)
  }

  override func forward(_ memory: PassMemory) throws {
    turn(x(memory), into: memory.arena + inner.input)
    try inner.forward(memory)
    turnBack(memory.arena + inner.output, into: y(memory))
  }

  override func backward(_ memory: PassMemory) throws {
    turn(dy(memory), into: memory.arena + inner.outputGradient)
    inner.inputGradient = inputGradient == nil ? nil : inner.outputGradient
    try inner.backward(memory)
    if let dx = dx(memory) { turnBack(memory.arena + inner.outputGradient, into: dx) }
  }
}

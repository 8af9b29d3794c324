internal import Tensors

/// A network's forward and backward for one batch size and mode: every buffer placed, every primitive made. Not for
/// two threads at once.
public final class NetworkPlan {
  /// Samples in a batch.
  public let batch: Int
  /// How its passes run.
  public let mode: PassMode
  /// Where the input goes, `batch` samples one after another.
  public let inputOffset: Int
  /// Where the output is found.
  public private(set) var outputOffset: Int
  /// Where the gradient of the output goes before `backward`; 0 for inference.
  public private(set) var outputGradientOffset = 0
  /// Where `backward` leaves the gradient of the input; nil unless it was asked for.
  var inputGradientOffset: Int? { steps.first?.plan.inputGradient }
  /// Floats that the arena must have.
  public private(set) var arenaCount: Int
  /// Bytes that the scratch must have.
  public private(set) var scratchBytes = 0
  /// The trainable values whose step the layers take themselves under a folded rate, in ascending order.
  public let foldedRanges: [Range<Int>]
  private var steps: [(plan: LayerPlan, layer: NetworkLayer)] = []

  /// Plans `network` for batches of `batch` samples.
  ///
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  public convenience init(_ network: Network, batch: Int, mode: PassMode) throws {
    try self.init(network, batch: batch, mode: mode, needsInputGradient: false)
  }

  /// Plans `network`, with the gradient of its input if asked for; training has no use for it, but checks of
  /// gradients have.
  ///
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  init(_ network: Network, batch: Int, mode: PassMode, needsInputGradient: Bool) throws {
    self.batch = batch
    self.mode = mode
    inputOffset = 0
    let firstWithWeights =
      needsInputGradient
      ? -1 : network.layers.firstIndex { $0.resolved.tensors.contains { $0.role.isTrainable } } ?? network.layers.count
    var end = Self.rounded(batch * network.input.count)
    // Inference needs two buffers, training keeps every output for the backward pass.
    var spare: [Int] = []
    if !mode.isTraining {
      let largest = network.layers.map { Self.rounded(batch * $0.resolved.output.count) }.max() ?? 0
      spare = [end, end + largest]
      end += 2 * largest
    }
    var current = inputOffset
    for (index, placed) in network.layers.enumerated() {
      let context = PlanContext(
        batch: batch, input: placed.input, output: placed.resolved.output,
        layouts: (
          index == 0 ? .channelsLast : network.layout(of: placed.input), network.layout(of: placed.resolved.output)
        ),
        mode: mode,
        needsInputGradient: mode.isTraining && index > firstWithWeights, name: placed.name, index: index,
        tensors: network.layout.tensors(ofLayer: placed.name), arenaStart: end)
      let plan: LayerPlan
      let next = index + 1 < network.layers.count ? network.layers[index + 1].layer : nil
      if let fusing = placed.layer as? any ReLUFusing, next is ReLU {
        plan = try fusing.makeFusedPlan(context)
      } else if placed.layer is ReLU, index > 0, network.layers[index - 1].layer is any ReLUFusing {
        plan = FusedAwayPlan()
      } else {
        plan = try placed.layer.makePlan(context)
      }
      end = context.arenaEnd
      scratchBytes = max(scratchBytes, context.scratchBytes)
      plan.input = current
      if plan.isIdentity {
        plan.output = current
      } else if mode.isTraining {
        plan.output = end
        end += Self.rounded(batch * placed.resolved.output.count)
      } else {
        plan.output = spare[0] == current ? spare[1] : spare[0]
      }
      current = plan.output
      steps.append((plan, placed))
    }
    outputOffset = current
    arenaCount = end
    foldedRanges = steps.compactMap(\.plan.foldedRange).sorted { $0.lowerBound < $1.lowerBound }
    if mode.isTraining { placeGradients(firstWithWeights: firstWithWeights) }
  }

  private func placeGradients(firstWithWeights: Int) {
    let largest =
      steps.map { Self.rounded(batch * max($0.layer.resolved.output.count, $0.layer.input.count)) }.max() ?? 0
    let buffers = [arenaCount, arenaCount + largest]
    arenaCount += 2 * largest
    var current = buffers[0]
    outputGradientOffset = current
    for index in steps.indices.reversed() {
      let plan = steps[index].plan
      plan.outputGradient = current
      guard index > firstWithWeights else { continue }
      if !plan.isIdentity, !plan.sharesGradient { current = current == buffers[0] ? buffers[1] : buffers[0] }
      plan.inputGradient = current
    }
    self.firstWithWeights = firstWithWeights
  }

  /// The first layer whose gradients anyone wants; −1 when the input's gradient is wanted too.
  private var firstWithWeights = 0

  private static func rounded(_ count: Int) -> Int { (count + 15) & ~15 }

  /// Runs the layers on the input that lies at `inputOffset`.
  public func forward(_ memory: PassMemory) throws {
    for step in steps where !step.plan.isIdentity { try step.plan.forward(memory) }
  }

  /// Runs the layers backwards from the gradient that lies at `outputGradientOffset`.
  ///
  /// - Precondition: A training plan.
  public func backward(_ memory: PassMemory) throws {
    precondition(mode.isTraining, "an inference plan has no backward pass")
    var index = steps.count - 1
    while index >= max(0, firstWithWeights) {
      let plan = steps[index].plan
      if !plan.isIdentity { try plan.backward(memory) }
      index -= 1
    }
  }

  /// The name of the first layer whose output holds a value that is infinite or not a number; of a training plan
  /// after `forward`.
  public func firstNonFiniteLayer(_ memory: PassMemory) -> String? {
    steps.first { step in
      Kernels.firstNonFinite(memory.arena + step.plan.output, count: batch * step.layer.resolved.output.count) != nil
    }?.layer.name
  }
}

public import Tensors

/// How a pass runs.
public struct PassMode: Hashable, Sendable {
  /// Where normalization layers take their statistics from.
  public enum Statistics: Hashable, Sendable {
    /// The batch at hand; running statistics are updated when training.
    case batch
    /// The running statistics, which stay as they are.
    case running
    /// Part batch, part running statistics, which stay as they are: the part is the layer's `mixing`, and a layer
    /// without one takes the batch.
    case mixed
    /// What `PassMemory.joint` holds: the statistics of several clients' batches. Running statistics are updated with
    /// them.
    case joint
  }

  /// Whether dropout is active and a backward pass follows.
  public var isTraining: Bool
  /// Where statistics come from.
  public var statistics: Statistics
  /// Whether each batch's own mean and variance are added to `PassMemory.moments`.
  public var collectsMoments: Bool
  /// The number of a layer whose input must lie in memory, since somebody looks at it.
  package var readLayer: Int?

  /// Training on batch statistics.
  public static let training = PassMode(isTraining: true, statistics: .batch)
  /// Inference on running statistics.
  public static let inference = PassMode(isTraining: false, statistics: .running)

  /// Makes a mode.
  public init(isTraining: Bool, statistics: Statistics, collectsMoments: Bool = false) {
    self.isTraining = isTraining
    self.statistics = statistics
    self.collectsMoments = collectsMoments
  }
}

/// What a layer is told when it plans itself: the batch, the shapes, where its arrays lie; and where it reserves
/// memory.
///
/// Places are offsets into the worker's arena, not addresses: plans of other batch sizes share the arena, and it may
/// grow between passes.
public final class PlanContext {
  /// Samples in the batch.
  public let batch: Int
  /// One sample's input.
  public let input: Shape
  /// One sample's output.
  public let output: Shape
  /// How the passes will run.
  public let mode: PassMode
  /// Whether anyone wants the gradient of the input.
  public let needsInputGradient: Bool
  /// The layer's name.
  public let name: String
  /// Where running statistics begin in the state.
  let statisticsStart: Int
  private let tensors: [StateTensor]
  private(set) var arenaEnd: Int
  private(set) var scratchBytes = 0

  init(
    batch: Int, input: Shape, output: Shape, mode: PassMode,
    needsInputGradient: Bool, name: String, tensors: [StateTensor], statisticsStart: Int, arenaStart: Int
  ) {
    self.statisticsStart = statisticsStart
    self.batch = batch
    self.input = input
    self.output = output
    self.mode = mode
    self.needsInputGradient = needsInputGradient
    self.name = name
    self.tensors = tensors
    arenaEnd = arenaStart
  }

  /// Where the layer's tensor with this role lies in the state, or nil when it has none.
  public func offset(_ role: TensorRole) -> Int? { tensors.first { $0.role == role }?.range.lowerBound }

  /// Where the layer's tensor of this name lies in the state, for layers that have several of a role.
  ///
  /// - Precondition: The layer has such a tensor.
  public func offset(named tensor: String) -> Int {
    guard let found = tensors.first(where: { $0.name == "\(name).\(tensor)" }) else {
      preconditionFailure("layer '\(name)' has no tensor '\(tensor)'")
    }
    return found.range.lowerBound
  }

  /// Reserves room for `count` floats from one pass's forward to its backward; returns the offset.
  public func reserve(floats count: Int) -> Int {
    defer { arenaEnd += (count + 15) & ~15 }
    return arenaEnd
  }

  /// The context of a plan within the layer's, for the same values in another arrangement.
  func turned(input: Shape) -> PlanContext {
    PlanContext(
      batch: batch, input: input, output: input, mode: mode,
      needsInputGradient: needsInputGradient, name: name, tensors: tensors,
      statisticsStart: statisticsStart, arenaStart: arenaEnd)
  }

  /// Takes over what the plan of a `turned` context reserved.
  func adopt(_ other: PlanContext) {
    arenaEnd = other.arenaEnd
    requireScratch(bytes: other.scratchBytes)
  }

  /// Asks for scratch that lives for one call.
  public func requireScratch(bytes: Int) { scratchBytes = max(scratchBytes, bytes) }
}

/// The memory of one pass: where the plan's offsets start, and the numbers of the model. Made anew for each batch;
/// holds addresses only.
public struct PassMemory {
  /// The start of the worker's arena.
  public let arena: UnsafeMutablePointer<Float>
  /// Scratch for one call.
  public let scratch: UnsafeMutableRawPointer
  /// The state's values; a training pass updates running statistics.
  public let values: UnsafeMutablePointer<Float>
  /// The state's counters.
  public let counters: UnsafeMutablePointer<Int64>
  /// Gradients of the trainable values, laid out as they are.
  public let gradients: UnsafeMutablePointer<Float>
  /// Where layers may take the optimizer's step themselves: the learning rate of a plain step w −= rate·g; nil where
  /// the optimizer needs the gradient.
  public let foldedRate: Float?
  /// Distinguishes the dropout masks of this step from all others of the run.
  public let stepKey: UInt64
  /// Where the first layer with weights puts its steps off; nil where it takes them.
  let deferred: DeferredSteps?
  /// Where passes that collect them add each batch's moments.
  let moments: MomentCollector?
  /// What passes with `joint` statistics normalize with.
  let joint: JointPasses?

  /// Makes the memory of a pass.
  public init(
    arena: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer, values: UnsafeMutablePointer<Float>,
    counters: UnsafeMutablePointer<Int64>, gradients: UnsafeMutablePointer<Float>, foldedRate: Float?, stepKey: UInt64
  ) {
    self.init(
      arena: arena, scratch: scratch, values: values, counters: counters, gradients: gradients, foldedRate: foldedRate,
      stepKey: stepKey, deferred: nil, moments: nil, joint: nil)
  }

  init(
    arena: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer, values: UnsafeMutablePointer<Float>,
    counters: UnsafeMutablePointer<Int64>, gradients: UnsafeMutablePointer<Float>, foldedRate: Float?, stepKey: UInt64,
    deferred: DeferredSteps?, moments: MomentCollector?, joint: JointPasses?
  ) {
    self.deferred = deferred
    self.moments = moments
    self.joint = joint
    self.arena = arena
    self.scratch = scratch
    self.values = values
    self.counters = counters
    self.gradients = gradients
    self.foldedRate = foldedRate
    self.stepKey = stepKey
  }
}

/// One layer's forward and backward for a fixed batch. A class, not a protocol, so that a step costs a table look-up
/// and nothing more.
open class LayerPlan {
  /// Where the input, the output and their gradients lie in the arena. `inputGradient` is nil when nobody wants it.
  public internal(set) final var input = 0
  public internal(set) final var output = 0
  public internal(set) final var inputGradient: Int?
  public internal(set) final var outputGradient = 0
  /// Where the other input of a layer with two lies; `inputGradient` is that of both.
  public internal(set) final var secondInput = 0
  /// Where another part of the output's gradient lies, to be added to the one at `outputGradient`; only for layers that
  /// sum gradients.
  public internal(set) final var secondOutputGradient: Int?

  /// Makes a plan.
  public init() {}

  /// Whether `backward` may write the input's gradient over the output's.
  open var sharesGradient: Bool { false }
  /// Whether `forward` may write the output over the first input, and `backward` does without the inputs.
  open var sharesOutput: Bool { false }
  /// Whether the output is the input, untouched.
  open var isIdentity: Bool { false }
  /// Whether the gradient of the inputs is that of the output, untouched, so that there is nothing to do for `backward`
  /// but to add a second part.
  open var passesGradient: Bool { false }
  /// Whether `backward` takes the gradient of the output in two parts.
  open var sumsGradients: Bool { false }
  /// Whether `backward` needs what `forward` wrote to the output.
  open var backwardReadsOutput: Bool { true }

  /// output = f(input).
  open func forward(_ memory: PassMemory) throws { preconditionFailure("a layer without forward") }

  /// inputGradient = and the layer's gradients = from outputGradient, after `forward` on the same memory. With
  /// `memory.foldedRate`, a layer may update its weights instead of writing their gradient, if it said so by
  /// `foldedRange`.
  open func backward(_ memory: PassMemory) throws { preconditionFailure("a layer without backward") }

  /// The trainable values that `backward` updates by itself under `foldedRate`; the optimizer leaves them alone.
  open var foldedRange: Range<Int>? { nil }
}

extension LayerPlan {
  @inline(__always) final func x(_ memory: PassMemory) -> UnsafeMutablePointer<Float> { memory.arena + input }
  @inline(__always) final func y(_ memory: PassMemory) -> UnsafeMutablePointer<Float> { memory.arena + output }
  @inline(__always) final func dy(_ memory: PassMemory) -> UnsafeMutablePointer<Float> { memory.arena + outputGradient }
  @inline(__always) final func dx(_ memory: PassMemory) -> UnsafeMutablePointer<Float>? {
    inputGradient.map { memory.arena + $0 }
  }
}

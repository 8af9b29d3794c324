/// The numbers that an optimizer keeps between steps, laid out as the values it changes.
public struct OptimizerMemory {
  /// `slotNames.count` blocks of one float a value.
  public let slots: UnsafeMutablePointer<Float>
  /// Values a block.
  public let stride: Int
  /// The number of this step, from 1.
  public let step: Int

  /// Makes the memory of a step.
  public init(slots: UnsafeMutablePointer<Float>, stride: Int, step: Int) {
    self.slots = slots
    self.stride = stride
    self.step = step
  }

  /// Block `index`, from the value at `offset` on.
  func slot(_ index: Int, from offset: Int) -> UnsafeMutablePointer<Float> { slots + index * stride + offset }
}

/// How a client turns gradients into steps: hyperparameters only. Its memory starts at zero.
public protocol Optimizer: Sendable {
  /// What it keeps for each value, a float each, by PyTorch's names.
  var slotNames: [String] { get }
  /// The learning rate η of the next steps.
  var learningRate: Double { get set }
  /// The weight decay λ; 0 is none.
  var weightDecay: Double { get set }
  /// The learning rate when a step is nothing but w −= rate·g, so that a layer may take it itself; else nil.
  var plainRate: Float? { get }

  /// Changes the values of `range` by their gradients; both pointers and the slots start at value 0.
  func step(
    values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, range: Range<Int>, memory: OptimizerMemory)
}

extension Optimizer {
  public var plainRate: Float? { nil }

  /// The same optimizer with another learning rate.
  public func with(learningRate: Double) -> Self {
    var other = self
    other.learningRate = learningRate
    return other
  }
}

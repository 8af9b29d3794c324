public import Tensors

/// A step of a client's training when its gradient is known and nothing has changed yet.
public struct LocalStep {
  /// The gradient over all values that the client trains; what is added to it is part of the step.
  public let gradient: MutableValues
  /// The values before the step: w_local.
  public let current: Values
  /// The values that the client started the round from: w, with the client's own where they are local.
  public let received: Values
  /// How many of the values are shared; they come first, and vectors over the shared values have one number for each.
  public let sharedCount: Int

  /// The shared values before the step.
  public var sharedCurrent: Values { Values(current.base, count: sharedCount) }
  /// The shared values that the client received: w.
  public var sharedReceived: Values { Values(received.base, count: sharedCount) }
}

/// Adds to the gradient of a step.
public typealias GradientTerm = (LocalStep) -> Void

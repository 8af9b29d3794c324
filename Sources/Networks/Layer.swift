public import Tensors

/// One step of a network: hyperparameters only. The numbers live in a `ModelState`, the buffers in a plan.
public protocol Layer: Sendable {
  /// The layer's kind as a scenario writes it: `batch_norm`.
  static var kind: String { get }
  /// What the name begins with when none is given: `bn` makes `bn1`, `bn2`, …
  static var namePrefix: String { get }
  /// The name given to it, or nil to be numbered.
  var name: String? { get }

  /// What comes out of it and what it keeps, for one sample's input shape.
  ///
  /// - Throws: `LayerProblem` when the input does not fit.
  func resolve(input: Shape) throws(LayerProblem) -> ResolvedLayer

  /// Plans forward and backward for a batch.
  ///
  /// - Throws: `LibraryError` when oneDNN can't plan it.
  func makePlan(_ context: PlanContext) throws -> LayerPlan
}

/// A layer that normalizes, whatever its name.
public protocol NormalizationLayer: Layer {
  /// Whether a ReLU follows in the same pass.
  var hasReLU: Bool { get }
}

extension NormalizationLayer {
  public var hasReLU: Bool { false }
}

/// What a layer makes of an input shape.
public struct ResolvedLayer: Sendable {
  /// One sample's output.
  public var output: Shape
  /// The arrays that it keeps, in PyTorch's order.
  public var tensors: [TensorSpec]
  /// Floating-point operations of the forward pass for one sample; a multiplication and an addition are two.
  public var flops: Int
  /// For layers that need a variance over the batch: values per channel that one sample brings; else nil.
  public var batchPositions: Int?
  /// For layers that look their input up: it must be whole numbers below this; else nil.
  public var tokenCount: Int?

  /// Makes a description.
  public init(
    output: Shape, tensors: [TensorSpec] = [], flops: Int = 0, batchPositions: Int? = nil, tokenCount: Int? = nil
  ) {
    self.output = output
    self.tensors = tensors
    self.flops = flops
    self.batchPositions = batchPositions
    self.tokenCount = tokenCount
  }
}

/// The product of extents or of operations, as far as any machine could hold or do them.
///
/// - Throws: `LayerProblem` when it is beyond 2⁵⁰, long before anything overflows.
func sized(_ factors: Int...) throws(LayerProblem) -> Int {
  var product = 1
  for factor in factors {
    let (next, overflows) = product.multipliedReportingOverflow(by: factor)
    guard !overflows, next <= 1 << 50 else {
      throw LayerProblem("is too large: \(factors.map(String.init).joined(separator: "·")) is more than 2^50")
    }
    product = next
  }
  return product
}

/// Why a layer does not fit where it stands.
public struct LayerProblem: Error, Equatable, CustomStringConvertible {
  /// What is wrong and what would fit.
  public let message: String

  /// Makes a problem.
  public init(_ message: String) { self.message = message }

  public var description: String { message }
}

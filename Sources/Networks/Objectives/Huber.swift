internal import Catalogs
public import Tensors

/// Squared error near the target and absolute error far from it, against values or one-hot classes.
///
/// With e = z − y: the mean over rows and outputs of ½e² where |e| ≤ δ, else δ(|e| − δ/2).
///
/// Source: Huber 1964; PyTorch `torch.nn.HuberLoss`.
public struct Huber: Objective {
  /// δ.
  public let delta: Double

  /// Makes the objective.
  public init(delta: Double = 1) { self.delta = delta }

  public func target(for data: TargetKind) -> TargetKind? { valuesOrClasses(data) }

  public func evaluate(
    outputs: UnsafePointer<Float>, targets: BatchTargets, rows: Int, width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue {
    errorMean(
      outputs: outputs, targets: targets, rows: rows, width: width, gradient: gradient, scratch: scratch
    ) { error in
      abs(error) <= delta
        ? (0.5 * error * error, error) : (delta * (abs(error) - delta / 2), error > 0 ? delta : -delta)
    }
  }

  static let entry = CatalogEntry<any Objective>(
    "huber", "squared error near the target, absolute error far from it", source: "torch.nn.HuberLoss",
    options: [
      Option("delta", .number(.above(0)), default: .number(1), "the error up to which it is squared")
    ]
  ) { options in Huber(delta: options.number("delta")) }
}

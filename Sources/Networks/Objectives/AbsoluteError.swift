internal import Catalogs
public import Tensors

/// Absolute error: the mean of |z − y| over rows and outputs, against values or one-hot classes. The gradient where z = y
/// is 0.
///
/// Source: PyTorch `torch.nn.L1Loss`.
public struct AbsoluteError: Objective {
  /// Makes the objective.
  public init() {}

  public func target(for data: TargetKind) -> TargetKind? { valuesOrClasses(data) }

  public func evaluate(
    outputs: UnsafePointer<Float>, targets: BatchTargets, rows: Int, width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue {
    errorMean(
      outputs: outputs, targets: targets, rows: rows, width: width, gradient: gradient, scratch: scratch
    ) { error in (abs(error), error > 0 ? 1 : error < 0 ? -1 : 0) }
  }

  static let entry = CatalogEntry<any Objective>(
    "mae", "absolute error against values, or one-hot classes", source: "torch.nn.L1Loss"
  ) { _ in AbsoluteError() }
}

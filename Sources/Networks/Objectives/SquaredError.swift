internal import Catalogs
public import Tensors

/// Squared error: the mean of (z − y)² over rows and outputs, against values or one-hot classes.
///
/// Source: PyTorch `torch.nn.MSELoss`.
public struct SquaredError: Objective {
  /// Makes the objective.
  public init() {}

  public func target(for data: TargetKind) -> TargetKind? { valuesOrClasses(data) }

  public func evaluate(
    outputs: UnsafePointer<Float>, targets: BatchTargets, rows: Int, width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue {
    elementMean(outputs: outputs, targets: targets, rows: rows, width: width, gradient: gradient, scratch: scratch) {
      Kernels.squaredError(outputs, targets: $0, count: $1, factor: $2, gradient: $3)
    }
  }

  static let entry = CatalogEntry<any Objective>(
    "mse", "squared error against values, or one-hot classes", source: "torch.nn.MSELoss"
  ) { _ in SquaredError() }
}

extension Objective {
  /// What an objective that compares with values takes data's targets as.
  func valuesOrClasses(_ data: TargetKind) -> TargetKind? {
    switch data {
    case .classes, .values: data
    case .labels(let count): .values(count)
    case .tokens: nil
    }
  }
}

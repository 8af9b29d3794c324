/// Which values of a model weight decay pulls to zero.
public enum DecayedValues: String, Sendable, CaseIterable {
  /// All that are trained.
  case all
  /// All but those of normalization layers: γ, β, and how they mix statistics.
  case noNorm = "no-norm"
  /// Weights alone: biases neither.
  case weights

  /// Whether values of a role decay.
  public func includes(_ role: TensorRole) -> Bool {
    switch self {
    case .all: role.isTrainable
    case .noNorm: role.isTrainable && !role.isNormalization
    case .weights: role == .weight
    }
  }

  /// Where the trained values lie that do not decay, in ascending order.
  public func undecayed(in layout: StateLayout) -> [Range<Int>] {
    layout.ranges { $0.role.isTrainable && !includes($0.role) }
  }
}

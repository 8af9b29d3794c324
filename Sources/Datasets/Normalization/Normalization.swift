internal import Tensors

/// How inputs are normalized before the first layer: each feature of a vector, each channel of an image or a sequence.
///
///     x ← (x − m)/√(v + 10⁻⁵)
///
/// with m and v of training examples; where v = 0 a feature becomes 0, in every split. It comes after every shift.
public enum Normalization: Sendable, Equatable {
  /// Values as the source gives them.
  case none
  /// (x − mean)/deviation: one number for all channels, or one a channel.
  case fixed(mean: [Double], deviation: [Double])
  /// m_k and v_k of each client's own training examples. A client that never trains takes those of the examples that it
  /// is evaluated on.
  case local
  /// m = Σ n_k m_k/Σ n_k and v = Σ n_k (v_k + (m_k − m)²)/Σ n_k over all clients that train, exchanged once before round 1.
  ///
  /// Source: StatAvg (Bouzinis et al. 2024); the law of total variance.
  case federated

  /// What a scenario calls it.
  public var name: String {
    switch self {
    case .none: "none"
    case .fixed: "fixed"
    case .local: "local"
    case .federated: "federated"
    }
  }

  /// Checks it against examples of a shape.
  ///
  /// - Throws: `NormalizationProblem` for another number of constants than there are channels.
  func check(_ shape: Shape) throws(NormalizationProblem) {
    guard case .fixed(let mean, let deviation) = self else { return }
    for (option, values) in [("mean", mean), ("std", deviation)] where values.count != 1 {
      guard values.count == shape.channels else {
        throw NormalizationProblem(
          option: option,
          description:
            "has \(values.count) values for \(shape.channels) channels (allowed: a number, or a list of \(shape.channels))"
        )
      }
    }
  }
}

/// Why examples can't be normalized as asked.
public struct NormalizationProblem: Error, Equatable, CustomStringConvertible {
  /// The option to point at.
  public let option: String
  /// What is wrong.
  public let description: String
}

/// What an array of a model is; everything that treats arrays differently goes by this, never by a name.
public enum TensorRole: String, Codable, Sendable, CaseIterable {
  /// Weights of a convolution, a dense layer …
  case weight
  /// Their additive part.
  case bias
  /// γ of a normalization layer.
  case normScale
  /// β of a normalization layer.
  case normShift
  /// How a normalization layer mixes batch and running statistics: s, of which a = 1/(1 + e^−s) is the batch's part.
  case normMixing
  /// Running mean μ of a normalization layer.
  case runningMean
  /// Running variance σ² of a normalization layer.
  case runningVariance
  /// Batches that a normalization layer has seen: a whole number.
  case batchCount

  /// Whether an optimizer changes it.
  public var isTrainable: Bool {
    switch self {
    case .weight, .bias, .normScale, .normShift, .normMixing: true
    case .runningMean, .runningVariance, .batchCount: false
    }
  }

  /// Whether `client.frozen` holds it: weights, biases, γ and β.
  public var canFreeze: Bool {
    switch self {
    case .weight, .bias, .normScale, .normShift: true
    case .normMixing, .runningMean, .runningVariance, .batchCount: false
    }
  }

  /// Whether it belongs to a normalization layer.
  public var isNormalization: Bool {
    switch self {
    case .weight, .bias: false
    case .normScale, .normShift, .normMixing, .runningMean, .runningVariance, .batchCount: true
    }
  }
}

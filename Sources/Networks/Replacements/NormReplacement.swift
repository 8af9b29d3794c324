/// A rewrite of a network's normalization layers: `replace_norm` of a scenario.
///
/// It goes by the type of a layer, whatever the layer is called.
public protocol NormReplacement: Sendable {
  /// The layer that takes the place of one of the network's, or nil to keep it.
  ///
  /// - Throws: `LayerProblem` when there is none that could.
  func layer(for placed: NetworkLayer) throws(LayerProblem) -> (any Layer)?

  /// Why a network is none that it can be used on, or nil: it would change nothing, or not what it is about.
  func mismatch(_ network: Network) -> String?
}

extension Network {
  /// The network with its normalization layers replaced; names, and what each layer reads, stay as they are.
  ///
  /// - Throws: `NetworkProblem` with the name of the first layer that can't be replaced so, or without a name when
  ///   there is nothing to replace.
  public func replacingNormalization(by replacement: any NormReplacement) throws(NetworkProblem) -> Network {
    if let problem = replacement.mismatch(self) { throw NetworkProblem(message: problem) }
    return try replacing { placed throws(LayerProblem) in try replacement.layer(for: placed) }
  }

  /// Why there is no batch normalization to replace, or nil.
  var lackOfBatchNorm: String? {
    layers.contains { $0.layer is BatchNorm } ? nil : "the model has no batch_norm layer to replace"
  }
}

/// What is left of a normalization layer that is removed: its ReLU, if it has one.
func removed(_ layer: any NormalizationLayer) -> any Layer { layer.hasReLU ? ReLU() : Identity() }

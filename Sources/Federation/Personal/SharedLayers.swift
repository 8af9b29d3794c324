internal import Catalogs
public import Networks

/// All layers but the named ones are each client's own: clients share the head and have representations for themselves.
///
/// Without names the last layer with weights is shared.
///
/// Source: Liang et al., "Think Locally, Act Globally: Federated Learning with Local and Global Representations", 2020
/// (LG-FedAvg).
/// Differs: the authors' code starts from a model trained by FedAvg; `init:` does so.
public struct SharedLayers: PersonalMethod {
  /// The layers that are shared; nil is the last one with weights.
  public let layers: [String]?

  /// Makes the method.
  public init(layers: [String]? = nil) { self.layers = layers }

  public func sharing(of tensor: StateTensor, in network: Network) -> TensorSharing {
    network.names(layers, include: tensor.layer) ? .shared : .local
  }

  public func problems(with run: RunConfiguration) -> [String] { run.model.unknownLayers(layers) }

  static let entry = CatalogEntry<any PersonalMethod>(
    "lg-fedavg", "all layers but the head are each client's own", source: "Liang et al. 2020",
    options: [
      .optional(
        "shared", .either([.list(.text, count: 1...10_000), .text]), "what is shared; the last layer with weights")
    ]
  ) { SharedLayers(layers: $0.texts("shared")) }
}

internal import Catalogs
public import Networks

/// The named layers are each client's own: weights, biases, γ, β, statistics and counters. The others are shared as the
/// norm policy has it.
///
/// The name of a block or of a network stands for all its layers. Without names it is the last layer with weights.
///
/// Source: Arivazhagan, Aggarwal, Singh & Choudhary, "Federated Learning with Personalization Layers", 2019 (FedPer).
public struct LocalLayers: PersonalMethod {
  /// The layers; nil is the last one with weights.
  public let layers: [String]?

  /// Makes the method.
  public init(layers: [String]? = nil) { self.layers = layers }

  public func sharing(of tensor: StateTensor, in network: Network) -> TensorSharing {
    network.names(layers, include: tensor.layer) ? .local : .shared
  }

  public func problems(with run: RunConfiguration) -> [String] { run.model.unknownLayers(layers) }

  static let layersEntry = CatalogEntry<any PersonalMethod>(
    "layers", "the named layers are each client's own", source: "Arivazhagan et al. 2019",
    options: [.required("layers", .either([.list(.text, count: 0...10_000), .text]), "layers or blocks by name")],
    shorthand: "layers"
  ) { LocalLayers(layers: $0.texts("layers") ?? []) }

  static let fedPerEntry = CatalogEntry<any PersonalMethod>(
    "fedper", "the head is each client's own", source: "Arivazhagan et al. 2019",
    options: [
      .optional("layers", .either([.list(.text, count: 1...10_000), .text]), "the head; the last layer with weights")
    ]
  ) { LocalLayers(layers: $0.texts("layers")) }
}

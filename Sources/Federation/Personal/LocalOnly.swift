internal import Catalogs
public import Networks

/// Everything is local: nothing travels, each client trains alone, and rounds only cut its training.
public struct LocalOnly: PersonalMethod {
  /// Makes the method.
  public init() {}

  public func sharing(of tensor: StateTensor, in network: Network) -> TensorSharing { .local }

  static let entry = CatalogEntry<any PersonalMethod>("local-only", "each client trains alone; nothing travels") { _ in
    LocalOnly()
  }
}

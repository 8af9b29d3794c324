internal import Catalogs

/// Clients have nothing for themselves but what the norm policy leaves with them.
public struct NoPersonalMethod: PersonalMethod {
  /// Makes the method.
  public init() {}

  static let entry = CatalogEntry<any PersonalMethod>("none", "nothing but what the norm policy leaves with clients") {
    _ in NoPersonalMethod()
  }
}

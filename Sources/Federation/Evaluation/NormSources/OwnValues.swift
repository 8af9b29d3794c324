internal import Catalogs
public import Records

/// The client's own values of what is local under the policy; the initial ones of a client that never trained.
///
/// After training, and of a personal model that is the client's own as a whole, they are all values as training left
/// them, under any policy.
public struct OwnValues: NormValueSource {
  public var word: NormSource { .own }

  /// Makes the source.
  public init() {}

  public func problem(_ setting: EvaluationSetting) -> String? {
    if setting.phase == .afterTraining || setting.isOwnModel { return nil }
    switch setting.subject {
    case .unseen: return "clients that never train have no values of their own"
    case .union: return "the clients together have no values of their own"
    case .client: break
    }
    if setting.model == .global { return "the global model has nothing of one client" }
    return setting.hasLocalValues ? nil : setting.nothingIsLocal
  }

  public func setValues(of model: EvaluatedModel) -> Bool { true }

  static let entry = CatalogEntry<any NormValueSource>(
    "own", "the client's own values of what its policy leaves with it"
  ) { _ in OwnValues() }
}

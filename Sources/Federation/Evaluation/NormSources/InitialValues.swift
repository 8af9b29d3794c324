internal import Catalogs
public import Records

/// The initial values of what is local under the policy, and of all running statistics.
public struct InitialValues: NormValueSource {
  public var word: NormSource { .initial }

  /// Makes the source.
  public init() {}

  public func problem(_ setting: EvaluationSetting) -> String? {
    setting.hasLocalValues || setting.hasStatistics
      ? nil : "nothing is local, and the model has no running statistics"
  }

  public func setValues(of model: EvaluatedModel) -> Bool {
    model.takeInitialValues()
    return true
  }

  static let entry = CatalogEntry<any NormValueSource>(
    "initial", "the initial values of what is local and of all running statistics"
  ) { _ in InitialValues() }
}

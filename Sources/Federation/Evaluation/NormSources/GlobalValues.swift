internal import Catalogs
public import Records

/// The server's copy as it is. What is local under the policy has its initial value there.
public struct GlobalValues: NormValueSource {
  public var word: NormSource { .global }

  /// Makes the source.
  public init() {}

  public func problem(_ setting: EvaluationSetting) -> String? {
    setting.phase == .afterTraining ? setting.notAggregated : nil
  }

  public func setValues(of model: EvaluatedModel) -> Bool {
    model.takeServersValues()
    return true
  }

  static let entry = CatalogEntry<any NormValueSource>("global", "the server's copy as it is") { _ in GlobalValues() }
}

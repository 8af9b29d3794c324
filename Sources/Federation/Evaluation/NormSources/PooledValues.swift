internal import Catalogs
public import Records

/// As `average`, with local statistics pooled by the law of total variance: σ² = Σp_k[σ²_k + (μ_k − μ)²].
public struct PooledValues: NormValueSource {
  public var word: NormSource { .pooled }

  /// Makes the source.
  public init() {}

  public func problem(_ setting: EvaluationSetting) -> String? {
    if setting.phase == .afterTraining { return setting.notAggregated }
    return setting.hasLocalStatistics ? nil : setting.noLocalStatistics
  }

  public func setValues(of model: EvaluatedModel) -> Bool {
    model.takeMeanValues(pooled: true)
    return true
  }

  static let entry = CatalogEntry<any NormValueSource>(
    "pooled", "the same with statistics pooled by the law of total variance"
  ) { _ in PooledValues() }
}

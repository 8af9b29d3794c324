internal import Catalogs
public import Records

/// What is local under the policy averaged over the clients that trained so far: γ = Σp_kγ_k, β = Σp_kβ_k, μ = Σp_kμ_k,
/// σ² = Σp_kσ²_k, which loses the variance between the clients.
public struct AverageValues: NormValueSource {
  public var word: NormSource { .average }

  /// Makes the source.
  public init() {}

  public func problem(_ setting: EvaluationSetting) -> String? {
    if setting.phase == .afterTraining { return setting.notAggregated }
    return setting.hasLocalValues ? nil : setting.nothingIsLocal
  }

  public func setValues(of model: EvaluatedModel) -> Bool {
    model.takeMeanValues(pooled: false)
    return true
  }

  static let entry = CatalogEntry<any NormValueSource>(
    "average", "the clients' weighted mean of what is local, each value by itself"
  ) { _ in AverageValues() }
}

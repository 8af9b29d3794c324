internal import Catalogs
public import Networks
public import Records

/// The statistics of each evaluated batch itself, of `client.batch_size` examples; γ and β as the model has them.
///
/// A last batch of one example, in which a layer would have no variance, joins the batch before it.
public struct BatchValues: NormValueSource {
  public var word: NormSource { .batch }
  public var statistics: PassMode.Statistics { .batch }

  /// Makes the source.
  public init() {}

  public func problem(_ setting: EvaluationSetting) -> String? {
    setting.normalizesOverBatch ? nil : "no layer of the model normalizes over the batch"
  }

  public func setValues(of model: EvaluatedModel) -> Bool { true }

  static let entry = CatalogEntry<any NormValueSource>("batch", "the statistics of each evaluated batch") { _ in
    BatchValues()
  }
}

internal import Catalogs
public import Records

/// Statistics measured on unlabelled examples of the subject by one forward pass; γ and β as the model has them.
///
/// Each batch is normalized with its own statistics on its way; per layer, the batches' are pooled by the law of total
/// variance. Labels are never looked at.
public struct RecalibratedValues: NormValueSource {
  public var word: NormSource { .recalibrated }
  public var description: String { "recalibrated(\(samples))" }
  /// How many training examples of the subject, at most.
  public let samples: Int

  /// Makes the source.
  ///
  /// - Precondition: samples ≥ 1.
  public init(samples: Int = 64) {
    precondition(samples >= 1, "\(samples) samples")
    self.samples = samples
  }

  public func problem(_ setting: EvaluationSetting) -> String? {
    setting.hasStatistics ? nil : "the model has no running statistics"
  }

  public func setValues(of model: EvaluatedModel) throws -> Bool {
    guard let measured = try model.measureStatistics(samples: samples) else { return false }
    model.takeStatistics(measured)
    return true
  }

  static let entry = CatalogEntry<any NormValueSource>(
    "recalibrated", "statistics measured on unlabelled training examples of the subject",
    options: [.measuredSamples], shorthand: "samples"
  ) { RecalibratedValues(samples: $0.integer("samples")) }
}

extension Option {
  /// How many examples a forward pass measures statistics on.
  static let measuredSamples = Option(
    "samples", .integer(1...10_000_000), default: .integer(64), "unlabelled examples of the subject, at most")
}

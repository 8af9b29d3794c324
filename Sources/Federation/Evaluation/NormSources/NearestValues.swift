internal import Catalogs
public import Records

/// The local values of the one client, of those that trained, whose statistics are nearest to the subject's; of several
/// the one with the lowest number.
///
/// d = Σ_ℓ √(Σ_c[(μ_i − μ_j)² + (σ_i − σ_j)²]): over the layers, W₂ between Gaussians with one mean and variance a
/// channel. The subject's are measured as `recalibrated` measures them, on unlabelled examples.
///
/// Source: the distance of Lu et al. 2022 (FedAP), there between the clients' statistics.
public struct NearestValues: NormValueSource {
  public var word: NormSource { .nearest }
  public var description: String { "nearest(\(samples))" }
  /// How many examples measure the subject's statistics, at most.
  public let samples: Int

  /// Makes the source.
  ///
  /// - Precondition: samples ≥ 1.
  public init(samples: Int = 64) {
    precondition(samples >= 1, "\(samples) samples")
    self.samples = samples
  }

  public func problem(_ setting: EvaluationSetting) -> String? {
    if setting.phase == .afterTraining { return setting.notAggregated }
    return setting.hasLocalStatistics ? nil : setting.noLocalStatistics
  }

  public func setValues(of model: EvaluatedModel) throws -> Bool {
    guard let measured = try model.measureStatistics(samples: samples) else { return false }
    try model.takeValuesOfNearestClient(to: measured)
    return true
  }

  static let entry = CatalogEntry<any NormValueSource>(
    "nearest", "the values of the client whose statistics are nearest to the subject's",
    options: [.measuredSamples], shorthand: "samples"
  ) { NearestValues(samples: $0.integer("samples")) }
}

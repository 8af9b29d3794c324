internal import Catalogs

/// A norm policy that is its two treatments and nothing more; `norm: {affine: …, statistics: …}` in a scenario.
public struct NormMatrix: NormPolicy {
  public let affine: NormTreatment
  public let statistics: NormTreatment
  /// With `recalibrated` statistics, how many batches each client measures; nil is all.
  public let recalibrationBatches: Int?

  /// Makes the policy.
  ///
  /// - Parameter recalibrationBatches: Batches that each client measures where statistics are recalibrated; nil is all.
  /// - Precondition: γ and β are averaged, local or frozen: there is no variance to them.
  public init(affine: NormTreatment, statistics: NormTreatment, recalibrationBatches: Int? = nil) {
    precondition(NormTreatment.forAffine.contains(affine), "γ and β can't be \(affine.rawValue)")
    self.affine = affine
    self.statistics = statistics
    self.recalibrationBatches = recalibrationBatches
  }

  public var exchange: NormExchange { NormExchange(recalibrationBatches: recalibrationBatches) }

  static let entry = CatalogEntry<any NormPolicy>(
    "matrix", "free choice of how γ, β and statistics are treated; the kind may be left out",
    options: [
      Option("affine", .choice(NormTreatment.forAffine.map(\.rawValue)), default: .text("averaged"), "γ and β"),
      Option(
        "statistics", .choice(NormTreatment.allCases.map(\.rawValue)), default: .text("averaged"), "means and variances"
      ),
    ]
  ) { options in
    NormMatrix(
      affine: NormTreatment(rawValue: options.text("affine")) ?? .averaged,
      statistics: NormTreatment(rawValue: options.text("statistics")) ?? .averaged)
  }
}

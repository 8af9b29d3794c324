internal import Catalogs

/// γ and β are averaged; the statistics of training are forgotten. When the next global model is made, each client of the
/// cohort runs it forward over some of its batches, and the server pools the raw statistics that they find.
///
/// So the statistics are those of the model that they stand in, which the mean of the clients' statistics is not.
///
///     μ = Σp_k μ_k        σ² = Σp_k[σ²_k + (μ_k − μ)²]
///
/// where μ_k and σ²_k are over all the values of client k's batches. Each batch is normalized with its own statistics
/// on the way, as in training; dropout is off.
///
/// Source: Wu & Johnson, "Rethinking 'Batch' in BatchNorm", 2021 (PreciseBN), here over clients.
enum RecalibratedPolicy {
  static let entry = CatalogEntry<any NormPolicy>(
    "recalibrated", "γ, β averaged; statistics measured anew on the aggregated model and pooled",
    source: "PreciseBN, Wu & Johnson 2021",
    options: [
      Option(
        "batches", .integer(1...1_000_000), default: .integer(8), "batches that each client of the cohort measures")
    ]
  ) { options in
    NormMatrix(
      affine: .averaged, statistics: .recalibrated, recalibrationBatches: options.integer("batches"))
  }
}

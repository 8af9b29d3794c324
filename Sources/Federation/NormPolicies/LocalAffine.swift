internal import Catalogs

/// γ and β stay with the client; statistics are averaged, or pooled.
///
/// Source: Mills, Hu & Min, "Multi-Task Federated Learning for Personalised Deep Neural Networks in Edge Computing",
/// 2021 (MTFL with private γ, β).
/// Differs: the paper also keeps the optimizer's memory of the private values; `client.keep_optimizer` does so.
enum LocalAffinePolicy {
  static let entry = CatalogEntry<any NormPolicy>(
    "local-affine", "γ and β stay with the client; statistics averaged or pooled", source: "MTFL, Mills et al. 2021",
    options: [
      Option("statistics", .choice(["averaged", "pooled"]), default: .text("averaged"), "means and variances")
    ]
  ) { options in
    NormMatrix(affine: .local, statistics: NormTreatment(rawValue: options.text("statistics")) ?? .averaged)
  }
}

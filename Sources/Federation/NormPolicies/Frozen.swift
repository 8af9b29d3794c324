internal import Catalogs

/// Running statistics are never updated: clients train and everybody evaluates with the initial or imported values.
/// γ and β are averaged, or frozen as well.
///
/// With the initial statistics, 0 and 1, normalization layers are scales and shifts; imported statistics come from
/// `init:`. With `affine: frozen` no optimizer touches γ and β either, weight decay included.
///
/// Source: frozen batch normalization, as in fine-tuning (torchvision's `FrozenBatchNorm2d`).
enum FrozenPolicy {
  static let entry = CatalogEntry<any NormPolicy>(
    "frozen", "initial or imported statistics, never updated; γ, β averaged or frozen",
    source: "torchvision FrozenBatchNorm2d",
    options: [Option("affine", .choice(["averaged", "frozen"]), default: .text("averaged"), "γ and β")]
  ) { options in
    NormMatrix(affine: NormTreatment(rawValue: options.text("affine")) ?? .averaged, statistics: .frozen)
  }
}

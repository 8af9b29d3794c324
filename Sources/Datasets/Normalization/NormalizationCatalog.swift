public import Catalogs

/// Every way to normalize inputs before the first layer.
public let normalizationCatalog = Catalog<Normalization>(
  kind: "normalization",
  [
    CatalogEntry("none", "inputs as the source gives them") { _ in .none },
    CatalogEntry(
      "fixed", "(x − mean)/std",
      options: [
        .required(
          "mean", .either([.number(.any), .list(.number(.any), count: 1...65_536)]),
          "subtracted, one for all or one a channel"),
        .required(
          "std", .either([.number(.above(0)), .list(.number(.above(0)), count: 1...65_536)]), "then divided by"),
      ]
    ) { .fixed(mean: $0.numbers("mean") ?? [0], deviation: $0.numbers("std") ?? [1]) },
    CatalogEntry("local", "by mean and variance of each client's training examples") { _ in .local },
    CatalogEntry(
      "federated", "by mean and variance over all clients that train, exchanged once", source: "Bouzinis et al., 2024"
    ) { _ in .federated },
  ])

internal import Catalogs

/// Flower's guide to FedBN and its way with PyTorch states: what is local is every array with "bn" in its name; counters
/// are averaged with everything else and cut to whole numbers when they are loaded.
///
/// Counters matter with `momentum: cumulative` and to whoever reads them.
///
/// Source: github.com/adap/flower, "Implement FedBN" and `FedAvg` over `state_dict`.
enum FlowerQuirk {
  static let entry = CatalogEntry<Quirk>(
    "flower", "local is what has \"bn\" in its name; counters are averaged and cut", source: "adap/flower"
  ) { _ in
    Quirk(
      match: "names with \"bn\"", exemptsAffine: Quirk.isCalledOtherwise, exemptsStatistics: Quirk.isCalledOtherwise,
      counterRule: .truncatedMean)
  }
}

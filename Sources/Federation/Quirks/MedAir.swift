internal import Catalogs

/// The FedBN authors' code: what is local is every array with "bn" in its name, and counters are those of the first
/// client.
///
/// A layer that is called otherwise, as `layer2.0.downsample.1` of a residual network, is averaged.
///
/// Source: github.com/med-air/FedBN, `federated/fed_digits.py`, `communication`.
enum MedAirQuirk {
  static let entry = CatalogEntry<Quirk>(
    "med-air", "local is what has \"bn\" in its name; counters are the first client's", source: "med-air/FedBN"
  ) { _ in
    Quirk(
      match: "names with \"bn\"", exemptsAffine: Quirk.isCalledOtherwise, exemptsStatistics: Quirk.isCalledOtherwise,
      counterRule: .first)
  }
}

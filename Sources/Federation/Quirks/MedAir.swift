internal import Catalogs

/// The FedBN authors' code: what is local is every array with "bn" in its name. Counters of the others are averaged with
/// everything else and cut to whole numbers; where nothing is local, they are those of the first client.
///
/// A layer that is called otherwise, as `layer2.0.downsample.1` of a residual network, is averaged.
///
/// Source: github.com/med-air/FedBN, `federated/fed_digits.py`, `communication`.
/// Differs: where nothing is local, the code leaves each client its own counter beside the server's.
enum MedAirQuirk {
  static let entry = CatalogEntry<Quirk>(
    "med-air", "local is what has \"bn\" in its name; counters as in its code", source: "med-air/FedBN"
  ) { _ in
    Quirk(
      match: "names with \"bn\"", exemptsAffine: Quirk.isCalledOtherwise, exemptsStatistics: Quirk.isCalledOtherwise,
      counterRule: .first, counterRuleBesideLocal: .truncatedMean)
  }
}

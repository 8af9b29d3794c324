internal import Catalogs

/// PFLlib: only parameters travel, so that running statistics and counters stay with the clients under every policy, and
/// its FedAvg is SiloBN. Its FedBN keeps the γ and β with "bn" in their names.
///
/// Source: github.com/TsingZ0/PFLlib, `clientbn.py`, `serverbase.py`; its issues 84 and 260.
enum PFLlibQuirk {
  static let entry = CatalogEntry<Quirk>(
    "pflib", "statistics always stay with the clients; γ, β are local if \"bn\" is in their name",
    source: "TsingZ0/PFLlib"
  ) { _ in Quirk(exemptsAffine: Quirk.isCalledOtherwise, keepsStatistics: true) }
}

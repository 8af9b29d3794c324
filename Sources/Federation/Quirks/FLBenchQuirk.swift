internal import Catalogs
internal import Networks

/// FL-bench with its buffers local: running statistics and counters stay with the clients under every policy. Its FedBN
/// keeps γ and β of batch normalization over images alone (`BatchNorm2d`), not behind dense layers.
///
/// Source: github.com/KarhouTam/FL-bench, `src/client/fedbn.py`; its issue 72. With `buffers: drop` it is `norm: drop`.
enum FLBenchQuirk {
  static let entry = CatalogEntry<Quirk>(
    "fl-bench", "statistics always stay with the clients; γ, β are local over images alone",
    source: "KarhouTam/FL-bench"
  ) { _ in Quirk(exemptsAffine: { $0.input.rank != 3 || !($0.layer is BatchNorm) }, keepsStatistics: true) }
}

internal import ArgumentParser
internal import Measures
internal import RunStore

/// The columns of the rows that `covey history` shows of runs, for shells that complete one.
enum ColumnCompletion {
  /// Offers those of the rows that the other options ask for.
  static let kind = CompletionKind.custom { words, _, prefix in candidates(for: prefix, words) }

  /// The columns that may continue `prefix`.
  static func candidates(for prefix: String, _ words: [String]) -> [String] {
    func names(_ options: String...) -> Bool {
      words.contains { word in options.contains { word == $0 || word.hasPrefix($0 + "=") } }
    }
    let listing: Listing =
      names("--clients", "--client", "--domain")
      ? .clients : names("--layers", "--layer") ? .layers : names("--evaluations") ? .evaluations : .rounds
    let measures = listing.hasMeasures ? measureCatalog.names : []
    return (listing.columns.map(\.key) + measures).filter { $0.hasPrefix(prefix) }
  }
}

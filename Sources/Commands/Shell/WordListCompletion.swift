internal import ArgumentParser

/// Words of a list with commas, for shells that complete one.
enum WordListCompletion {
  /// Completes the last word of a list of `words`.
  static func kind(_ words: [String]) -> CompletionKind {
    .custom { _, _, prefix in candidates(for: prefix, words) }
  }

  /// The lists that begin as `prefix` does and end in one of `words` that it does not name yet.
  static func candidates(for prefix: String, _ words: [String]) -> [String] {
    let parts = prefix.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let given = parts.dropLast()
    let beginning = given.map { $0 + "," }.joined()
    return words.filter { !given.contains($0) && $0.hasPrefix(parts.last ?? "") }.map { beginning + $0 }
  }
}

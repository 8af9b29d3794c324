internal import Catalogs

/// Why a question about runs has no answer: what it names is not recorded. Its description is one line.
package enum QuestionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is called in one way where something else was asked for: an arm, a seed, a domain, a layer, a client.
  package struct Name: Sendable, Equatable {
    /// What kind of thing was asked for.
    package let kind: String
    /// The name that was asked for.
    package let word: String
    /// The names that there are.
    package let known: [String]

    /// Makes a value.
    package init(_ kind: String, _ word: String, known: [String]) {
      self.kind = kind
      self.word = word
      self.known = known
    }
  }

  /// No run of those that `asked` names has this arm or seed.
  case noRun(of: String, with: Name)
  /// Nothing of this name is recorded of a run.
  case notRecorded(run: Int64, Name)
  /// A run has no client of this number; `last` is the largest that there is.
  case noClient(Int, run: Int64, last: Int)
  /// None of the runs that are shown has a client or a domain of this name.
  case notShown(Name)
  /// One run was to be named, and `asked` names several.
  case severalRuns(asked: String, names: [String])
  /// The round was not evaluated.
  case notEvaluated(round: Int, evaluated: [Int])
  /// The runs have no evaluation of the kind asked for.
  case noEvaluation(String, known: [String])

  /// The words for the user.
  package var description: String {
    switch self {
    case .noRun(let asked, let name): "'\(asked)' has no run with \(name.kind) '\(name.word)'" + name.hint
    case .notRecorded(let run, let name): "run \(run) has no \(name.kind) '\(name.word)'" + name.hint
    case .noClient(let client, let run, let last): "run \(run) has no client \(client) (allowed: 0 to \(last))"
    case .notShown(let name): "there is no \(name.kind) '\(name.word)'" + name.hint
    case .severalRuns(let asked, let names):
      "'\(asked)' names \(names.count) runs; give one of them: "
        + names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", …" : "")
    case .notEvaluated(let round, let evaluated):
      "round \(round) was not evaluated (evaluated: \(shortened(evaluated.map(String.init))))"
    case .noEvaluation(let words, let known):
      "there is no evaluation of \(words) (there is: \(known.joined(separator: "; ")))"
    }
  }
}

extension QuestionError.Name {
  /// "; did you mean 'ink'? (allowed: ink, chalk)".
  fileprivate var hint: String {
    // A number is no misspelling of another.
    let nearest = Int(word) != nil ? nil : nearestName(to: word, in: known)
    return (nearest.map { "; did you mean '\($0)'?" } ?? "") + " (allowed: \(shortened(known)))"
  }
}

/// Returns up to 20 words, joined by commas; of more, some of the first and the last.
private func shortened(_ words: [String]) -> String {
  (words.count <= 20 ? words : words.prefix(12) + ["…", words[words.count - 1]]).joined(separator: ", ")
}

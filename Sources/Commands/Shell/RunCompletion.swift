internal import ArgumentParser
internal import Foundation
internal import Records
internal import RunStore

/// The names of runs, for shells that complete a RUN.
enum RunCompletion {
  /// Asks the program itself, which looks into the database.
  static let kind = CompletionKind.custom { words, _, prefix in
    let names = candidates(for: prefix, in: database(words))
    // zsh takes what stands behind a colon for a description.
    return CompletionShell.requesting == .zsh ? names.map { $0.replacing(":", with: "\\:") } : names
  }

  /// The names that may continue `prefix`, as deep as it is: experiments, or their arms, or seeds.
  static func candidates(for prefix: String, in path: String) -> [String] {
    guard let store = try? RunStore(path: path, access: .readOnly), let runs = try? store.allRuns(limit: 1000) else {
      return []
    }
    let depth = prefix.count { $0 == "/" } + 1
    var names: [String] = []
    var known: Set<String> = []
    func add(_ name: String) {
      if name.hasPrefix(prefix), TerminalText.isSafe(name), known.insert(name).inserted { names.append(name) }
    }
    let shared = (try? store.sharedExperimentNames()) ?? []
    for run in runs {
      let rest = run.arm.split(separator: "/").map(String.init) + [String(run.seed)]
      if shared.contains(run.experiment) || prefix.contains("#") {
        let numbered = NumberedExperiment(name: run.experiment, number: run.experimentID).text
        add(([numbered] + rest).prefix(depth).joined(separator: "/"))
      }
      let parts = [run.experiment] + rest
      add(parts.prefix(depth).joined(separator: "/"))
      if Int64(prefix) != nil { add(String(run.id)) }
    }
    if depth == 1 {
      add("latest")
      let tags = (try? store.tags()) ?? [:]
      for tag in Set(tags.values.joined()).sorted() { add("tag:\(tag)") }
    }
    return names
  }

  /// The database that a command line means.
  static func database(_ words: [String]) -> String {
    var given: String?
    for (index, word) in words.enumerated() {
      if word == "--db", index + 1 < words.count { given = unquoted(words[index + 1]) }
      if word.hasPrefix("--db=") { given = unquoted(String(word.dropFirst("--db=".count))) }
    }
    return DatabaseOptions.path(given)
  }

  /// A shell's word without its quotes and backslashes.
  private static func unquoted(_ word: String) -> String {
    var result = ""
    var isEscaped = false
    for character in word {
      if isEscaped || !"\\'\"".contains(character) { result.append(character) }
      isEscaped = !isEscaped && character == "\\"
    }
    return result
  }
}

internal import Algorithms
internal import ArgumentParser
internal import RunStore

/// The names of recorded arms, for shells that complete one.
enum ArmCompletion {
  /// Asks the program itself, which looks into the database.
  static let kind = CompletionKind.custom { words, _, prefix in
    let names = candidates(for: prefix, in: RunCompletion.database(words))
    // zsh takes what stands behind a colon for a description.
    return CompletionShell.requesting == .zsh ? names.map { $0.replacing(":", with: "\\:") } : names
  }

  /// The arms that may continue `prefix`, those of the newest runs first.
  static func candidates(for prefix: String, in path: String) -> [String] {
    guard let store = try? RunStore(path: path, access: .readOnly), let runs = try? store.allRuns(limit: 1000) else {
      return []
    }
    return runs.map(\.arm).uniqued().filter { $0.hasPrefix(prefix) && TerminalText.isSafe($0) }
  }
}

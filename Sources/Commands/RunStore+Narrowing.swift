internal import Catalogs
internal import Records
internal import RunStore

/// Runs that were asked for.
struct ChosenRuns {
  /// The runs; never none.
  var runs: [StoredRun]
  /// Whether the names mean several runs, of which filters may leave one.
  var areSeveral: Bool
  /// What was asked for, for messages.
  var name: String

  /// The runs' numbers.
  var ids: [Int64] { runs.map(\.id) }

  /// The one run that there is.
  ///
  /// - Throws: `CommandFailure` when there are several.
  func single() throws -> StoredRun {
    guard runs.count == 1, let run = runs.first else {
      let isNumbered = name.contains("#")
      let shown =
        runs.prefix(6).map { isNumbered ? $0.numberedName : $0.name }.joined(separator: ", ")
        + (runs.count > 6 ? ", …" : "")
      throw CommandFailure("error: '\(name)' names \(runs.count) runs; give one of them: \(shown)", .usage)
    }
    return run
  }
}

extension RunStore {
  /// The runs that names mean and a filter leaves, in the order of their numbers.
  ///
  /// - Throws: `StoreError`; `CommandFailure` when no run has the arm or the seed.
  func chosenRuns(_ names: [String], _ filter: RunFilterOptions) throws -> ChosenRuns {
    let runs = try runs(named: names).sorted { $0.id < $1.id }
    var chosen = ChosenRuns(runs: runs, areSeveral: runs.count > 1, name: names.joined(separator: " "))
    try chosen.narrow(by: filter)
    return chosen
  }

  /// Complains about an arm or a seed that no run of the database has.
  ///
  /// - Throws: `StoreError`; `CommandFailure`.
  func check(_ filter: RunFilterOptions) throws {
    guard !filter.arm.isEmpty || filter.seed != nil else { return }
    let runs = try allRuns()
    if runs.isEmpty { return }
    let all = ChosenRuns(runs: runs.reversed(), areSeveral: true, name: path)
    for arm in filter.arm { try all.requireArm(arm) }
    for seed in filter.seed?.values ?? [] { try all.requireSeed(seed) }
  }

  /// Complains about a client of whom nothing is recorded in any of the runs.
  ///
  /// - Throws: `CommandFailure`.
  func checkClient(_ client: Int, of runs: [StoredRun]) throws {
    var first: (run: StoredRun, last: Int)?
    for run in runs {
      let known = try domains(run: run.id).keys
      if known.contains(client) { return }
      first = first ?? (run, known.max() ?? 0)
    }
    guard let first else { return }
    throw CommandFailure(
      "error: run \(first.run.id) has no client \(client) (allowed: 0 to \(first.last))", .missingInput)
  }

  /// Complains about a domain that no client of the runs has.
  ///
  /// - Throws: `CommandFailure`.
  func checkDomain(_ domain: String, of runs: [StoredRun]) throws {
    try check(domain, "domain", of: runs) { run in
      let known = try domains(run: run.id)
      return unique(known.keys.sorted().compactMap { known[$0] }.filter { !$0.isEmpty })
    }
  }

  /// Complains about a normalization layer that none of the runs has.
  ///
  /// - Throws: `CommandFailure`.
  func checkLayer(_ layer: String, of runs: [StoredRun]) throws {
    try check(layer, "normalization layer", of: runs) { try normLayers(run: $0.id).map(\.layer) }
  }

  private func check(
    _ word: String, _ what: String, of runs: [StoredRun], _ known: (StoredRun) throws -> [String]
  ) throws {
    var first: (run: StoredRun, known: [String])?
    for run in runs {
      let words = try known(run)
      if words.contains(word) { return }
      first = first ?? (run, words)
    }
    guard let first else { return }
    throw CommandFailure(
      "error: run \(first.run.id) has no \(what) '\(word)'" + hint(word, first.known), .missingInput)
  }
}

extension ChosenRuns {
  /// Leaves the runs that a filter names, in their order.
  ///
  /// - Throws: `CommandFailure` when no run has the arm or the seed.
  mutating func narrow(by filter: RunFilterOptions) throws {
    for arm in filter.arm { try requireArm(arm) }
    if !filter.arm.isEmpty { runs.removeAll { !filter.arm.contains($0.arm) } }
    guard let seeds = filter.seed?.values else { return }
    for seed in seeds { try requireSeed(seed) }
    runs.removeAll { !seeds.contains($0.seed) }
  }

  fileprivate func requireArm(_ arm: String) throws {
    try require(arm, "arm", among: unique(runs.map(\.arm)))
  }

  fileprivate func requireSeed(_ seed: UInt64) throws {
    try require(String(seed), "seed", among: unique(runs.map { String($0.seed) }))
  }

  /// Complains about a word that none of the runs has.
  fileprivate func require(_ word: String, _ what: String, among known: [String]) throws {
    if known.contains(word) { return }
    throw CommandFailure("error: '\(name)' has no run with \(what) '\(word)'" + hint(word, known), .missingInput)
  }
}

/// "; did you mean 'ink'? (allowed: ink, chalk)".
private func hint(_ word: String, _ known: [String]) -> String {
  // A number is no misspelling of another.
  (Int(word) != nil ? "" : nearestName(to: word, in: known).map { "; did you mean '\($0)'?" } ?? "")
    + " (allowed: \(shortened(known).joined(separator: ", ")))"
}

/// Up to 20 words; of more, some of the first and the last.
private func shortened(_ words: [String]) -> [String] {
  words.count <= 20 ? words : words.prefix(12) + ["…", words[words.count - 1]]
}

/// The words in the order in which they come first.
private func unique(_ words: [String]) -> [String] {
  var seen: Set<String> = []
  return words.filter { seen.insert($0).inserted }
}

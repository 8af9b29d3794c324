internal import Algorithms
package import Records
package import RunStore

extension RunStore {
  /// The runs that names mean and a filter leaves, in the order of their numbers.
  ///
  /// - Throws: `StoreError`; `QuestionError.noRun` for an arm or a seed that no run has.
  package func chosenRuns(_ names: [String], _ filter: RunFilter) throws -> ChosenRuns {
    let runs = try runs(named: names).sorted { $0.id < $1.id }
    var chosen = ChosenRuns(runs, asked: names.joined(separator: " "))
    try chosen.narrow(by: filter)
    return chosen
  }

  /// The runs that a question is about, in the order of its names; those of several experiments with the experiment in
  /// the arm's name (`withDistinctArms`).
  ///
  /// - Throws: `StoreError`; `QuestionError.noRun` for an arm or a seed that no run has.
  package func runs(of question: RunQuestion) throws -> [StoredRun] {
    var named: [StoredRun]
    if question.names.isEmpty, let newest = try resolve("latest").first {
      named = try runs(ofExperiment: newest.experimentID)
    } else {
      named = try runs(named: question.names)
    }
    if question.widensToExperiment, question.names.count == 1, named.count == 1, let only = named.first {
      named = try runs(ofExperiment: only.experimentID)
    }
    let asked = question.names.isEmpty ? named.first?.experiment ?? "" : question.names.joined(separator: " ")
    var chosen = ChosenRuns(named, asked: asked)
    try chosen.narrow(by: question.filter)
    let left = Set(chosen.ids)
    return named.withDistinctArms.filter { left.contains($0.id) }
  }

  /// Complains about an arm or a seed that no run of the database has.
  ///
  /// - Throws: `StoreError`; `QuestionError.noRun`.
  package func require(_ filter: RunFilter) throws {
    if filter.isEmpty { return }
    let runs = try allRuns()
    if runs.isEmpty { return }
    let all = ChosenRuns(runs.reversed(), asked: path)
    for arm in filter.arms { try all.requireArm(arm) }
    for seed in filter.seeds { try all.requireSeed(seed) }
  }

  /// Complains about a client of whom nothing is recorded in any of the runs.
  ///
  /// - Throws: `StoreError`; `QuestionError.noClient`.
  package func requireClient(_ client: Int, of runs: [StoredRun]) throws {
    var first: (run: StoredRun, last: Int)?
    for run in runs {
      let known = try domains(run: run.id).keys
      if known.contains(client) { return }
      first = first ?? (run, known.max() ?? 0)
    }
    if let first { throw QuestionError.noClient(client, run: first.run.id, last: first.last) }
  }

  /// Complains about a domain that no client of the runs has.
  ///
  /// - Throws: `StoreError`; `QuestionError.notRecorded`.
  package func requireDomain(_ domain: String, of runs: [StoredRun]) throws {
    try require("domain", domain, of: runs) { run in
      let known = try domains(run: run.id)
      return known.keys.sorted().compactMap { known[$0] }.filter { !$0.isEmpty }.uniqued().map { $0 }
    }
  }

  /// Complains about a normalization layer that none of the runs has.
  ///
  /// - Throws: `StoreError`; `QuestionError.notRecorded`.
  package func requireLayer(_ layer: String, of runs: [StoredRun]) throws {
    try require("normalization layer", layer, of: runs) { try normLayers(run: $0.id).map(\.layer) }
  }

  private func require(
    _ kind: String, _ word: String, of runs: [StoredRun], _ known: (StoredRun) throws -> [String]
  ) throws {
    var first: (run: StoredRun, known: [String])?
    for run in runs {
      let words = try known(run)
      if words.contains(word) { return }
      first = first ?? (run, words)
    }
    if let first {
      throw QuestionError.notRecorded(run: first.run.id, QuestionError.Name(kind, word, known: first.known))
    }
  }
}

package import Records
package import Reports

extension ListedRun {
  /// The line of a stored run; what is said of it is what `covey history` says.
  ///
  /// - Parameters:
  ///   - accuracy: Of the last evaluated round.
  ///   - untested: How many clients without test examples are not in it; nil where nothing was evaluated.
  ///   - seconds: Of all rounds.
  ///   - tags: In alphabetical order.
  ///   - note: What people say of it.
  package init(_ run: StoredRun, accuracy: Double?, untested: Int?, seconds: Double?, tags: [String], note: String?) {
    self.init(
      id: run.id, experiment: run.experiment, arm: run.arm, strategy: run.strategy, norm: run.norm,
      seed: run.seed, status: run.status, roundsDone: run.roundsDone, roundsPlanned: run.roundsPlanned,
      accuracy: accuracy, startedAt: PageDate.date(run.startedAt), seconds: seconds,
      error: run.error)
    untestedClients = untested
    experimentID = run.experimentID
    self.tags = tags
    self.note = note
    isCutOff = run.isCutOff
    instructionSet = run.instructionSet
    hashes = run.hashes
    stopReason = run.stopReason
  }
}

extension [RoundRow] {
  /// Wall-clock seconds of the rounds, to the millisecond; nil where there are none.
  package var seconds: Double? { isEmpty ? nil : (map(\.seconds).reduce(0, +) * 1000).rounded() / 1000 }
}

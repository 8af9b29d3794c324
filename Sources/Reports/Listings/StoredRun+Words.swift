package import Records

extension StoredRun {
  /// Where the run stands, as people are told: `finished`, or `cut off` where it says `running` and its process is gone.
  package var statusWords: String { RunListing.words(status, isCutOff: isCutOff) }

  /// How far it is: `finished, 20 of 20 rounds`, `stopped at round 37 of 100: patience` where a rule ended it.
  package var progressWords: String {
    if status == .finished, let stopReason, stopReason.isByRule {
      return "stopped at round \(roundsDone) of \(roundsPlanned): \(stopReason.rawValue)"
    }
    return "\(statusWords), \(roundsDone) of \(roundsPlanned) rounds"
  }
}

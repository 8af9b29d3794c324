package import Records

extension StoredRun {
  /// Where the run stands, as people are told: `finished`, or `cut off` where it says `running` and its process is gone.
  package var statusWords: String { RunListing.words(status, isCutOff: isCutOff) }
}

internal import Records

extension StoredRun {
  /// "finished, 20 of 20 rounds", "cut off, 3 of 20 rounds".
  var summary: String {
    var text = "\(statusWords), \(roundsDone) of \(roundsPlanned) rounds"
    if let error { text += ": \(error)" }
    return text
  }
}

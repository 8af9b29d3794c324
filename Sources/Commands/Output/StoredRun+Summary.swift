internal import Records
internal import Reports

extension StoredRun {
  /// "finished, 20 of 20 rounds", "cut off, 3 of 20 rounds", "stopped at round 37 of 100: patience".
  var summary: String {
    var text = progressWords
    if let error { text += ": \(error)" }
    return text
  }
}

package import Records

/// Short names for states of what a page shows: two that differ say that it differs.
package enum Revision {
  /// The name of what pages show of runs.
  ///
  /// - Parameter remarks: What people have said of the runs, by their numbers.
  package static func of(_ runs: [StoredRun], remarks: [Int64: [String]]) -> String {
    of(runs.map { of($0) + (remarks[$0.id] ?? []).joined(separator: " ") + "\n" }.joined())
  }

  /// What changes whenever something of a run does.
  ///
  /// The number alone does not say which run it is: a new one gets that of one that was removed.
  package static func of(_ run: StoredRun) -> String {
    let began = "\(run.id) \(run.name) \(run.startedAt)"
    let ended = "\(run.finishedAt ?? "") \(run.resultHash ?? "")"
    return "\(began) \(run.roundsDone) \(run.status.rawValue) \(run.isAlive) \(ended);"
  }

  /// The name of a text: FNV-1a, 64 bits.
  package static func of(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}

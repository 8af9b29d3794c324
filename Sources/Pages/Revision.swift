package import Records

/// Short names for states of what a page shows: two that differ say that it differs.
package enum Revision {
  /// The name of what pages show of runs.
  package static func of(_ runs: [StoredRun]) -> String {
    of(runs.map { "\($0.id) \($0.roundsDone) \($0.status.rawValue) \($0.isAlive);" }.joined())
  }

  /// The name of a text: FNV-1a, 64 bits.
  package static func of(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}

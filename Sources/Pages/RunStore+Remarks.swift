package import RunStore

extension RunStore {
  /// What people have said of runs, tags and notes, by the runs' numbers: pages show it.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func remarks() throws(StoreError) -> [Int64: [String]] {
    var remarks = try tags()
    for (run, note) in try notes() { remarks[run, default: []].append("note: \(note)") }
    return remarks
  }
}

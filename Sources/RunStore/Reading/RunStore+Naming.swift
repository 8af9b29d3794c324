internal import GRDB

extension RunStore {
  /// The shortest name that means an experiment: its own, or with its number where that means a newer one or something
  /// else.
  ///
  /// - Throws: `StoreError`.
  package func shortName(ofExperiment id: Int64) throws(StoreError) -> String {
    let name = try experiment(id: id).record.name
    let numbered = NumberedExperiment(name: name, number: id).text
    let runs = try runs(ofExperiment: id).map(\.id)
    guard let meant = try? resolve(name).map(\.id) else { return numbered }
    return meant == runs ? name : numbered
  }

  /// The names that several experiments share.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func sharedExperimentNames() throws(StoreError) -> Set<String> {
    try reading { database in
      try Set(Self.all(Self.sharedNames, [], database, self.path) { try $0.required(0) as String })
    }
  }

  private static let sharedNames = "SELECT name FROM experiments GROUP BY name HAVING COUNT(*) > 1"
}

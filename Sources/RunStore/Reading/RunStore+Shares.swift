internal import GRDB

extension RunStore {
  /// What the run's clients hold, by number; none where the population was not recorded.
  ///
  /// - Throws: `StoreError`, of which `unknownRun`.
  package func shares(run id: Int64) throws(StoreError) -> [RecordedShare] {
    try reading(run: id) { database in
      try Self.all(Self.shareSelection, [id], database, self.path) { row in
        RecordedShare(
          client: try row.required(0), domain: try row.required(1), trainSamples: try row.required(2),
          testSamples: try row.required(3), labels: try row.required(4), name: try row.required(5))
      }
    }
  }

  static let shareSelection = """
    SELECT client, domain, train_samples, test_samples, label_histogram, name FROM clients WHERE run_id = ? ORDER BY client
    """
}
